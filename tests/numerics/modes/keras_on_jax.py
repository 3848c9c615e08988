"""Keras on JAX: inside a compiled loop, as in its own train step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unisched_keras import UnischedSchedule

from numerics.case import Case
from numerics.mode import Given, Mode
from numerics.modes.jax_loops import inside, scanned
from numerics.rows import by_case, padded

__all__ = ["MODES"]

NAME: Final = "keras jax, jit"


def _run(cases: Sequence[Case]) -> Given:
    schedules = [UnischedSchedule(case.program) for case in cases]
    return {NAME: by_case(inside(scanned)(schedules, padded(cases)), cases)}


MODES: Final = (Mode(gives={NAME: "float32"}, run=_run, batch=24, compiled=True),)
