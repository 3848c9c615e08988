"""Keras on torch: the traced text over torch's operations, as it runs and, of a few, compiled by inductor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from unisched_keras import UnischedSchedule
from unisched_keras.torch_engine import namespace

from numerics.case import Case
from numerics.mode import Given, Mode
from unisched.plugin import float32_view

__all__ = ["MODES"]

WIDE: Final = "torch graph namespace, float64"
NARROW: Final = "torch graph namespace, cast"
COMPILED: Final = "keras torch, compiled"


def _text(cases: Sequence[Case]) -> Given:
    xp = namespace()
    wide = [case.program.traced(xp)(torch.tensor(case.steps)) for case in cases]
    return {
        WIDE: [values.numpy() for values in wide],
        NARROW: [float32_view(values, xp).to(torch.float32).numpy() for values in wide],
    }


def _compiled(cases: Sequence[Case]) -> Given:
    return {COMPILED: [_inductor(UnischedSchedule(case.program), case.steps.tolist()) for case in cases]}


def _inductor(schedule: Any, steps: Sequence[int]) -> Any:
    torch.compiler.reset()
    compiled: Any = torch.compile(schedule.__call__, fullgraph=True)
    return torch.stack([compiled(torch.tensor(step)) for step in steps]).numpy()


def _takes(case: Case) -> bool:
    # Inductor needs seconds for each.
    return len(case.steps) <= 64 and not case.kind.startswith(("optax.", "keras.", "torch."))


MODES: Final = (
    Mode(gives={WIDE: "float64", NARROW: "float32"}, run=_text),
    Mode(gives={COMPILED: "float32"}, run=_compiled, share=128, compiled=True, takes=_takes),
)
