"""optax schedules: called, and inside compiled functions, scans, loops and maps; in float32, and with JAX's x64 on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import jax
from unisched_optax import Schedules

from numerics.case import Case
from numerics.mode import Given, Mode
from numerics.modes.jax_loops import Evaluate, Schedule, eagerly, inside, mapped, one_by_one, scanned, spun
from numerics.rows import by_case, padded

__all__ = ["MODES"]


def _schedules(cases: Sequence[Case]) -> list[Schedule]:
    return [Schedules(case.program)["learning_rate"] for case in cases]


def _mode(name: str, evaluate: Evaluate, share: int = 1, *, double: bool = False) -> Mode:
    def run(cases: Sequence[Case]) -> Given:
        with jax.enable_x64(double):
            return {name: by_case(evaluate(_schedules(cases), padded(cases)), cases)}

    return Mode(gives={name: "float64" if double else "float32"}, run=run, batch=24, share=share,
                compiled=evaluate is not eagerly)  # fmt: skip


MODES: Final = (
    _mode("optax, eager", eagerly),
    _mode("optax, jit and scan", inside(scanned)),
    _mode("optax, jit", one_by_one),
    _mode("optax, jit and vmap", inside(mapped)),
    _mode("optax, jit and while_loop", inside(spun), 4),
    _mode("optax x64, jit and scan", inside(scanned), 8, double=True),
    _mode("optax x64, jit and vmap", inside(mapped), 8, double=True),
)
