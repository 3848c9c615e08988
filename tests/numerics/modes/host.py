"""The host's own: the scalar function and numpy arrays, in float64 and cast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from numerics.case import Case
from numerics.mode import Given, Mode

__all__ = ["MODES", "single"]


def single(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """What a float32 optimizer holds of float64 values: rounded once, nothing below 2^-126."""
    return np.where(np.abs(values) < 2.0**-126, 0.0, values).astype(np.float32)


def _scalar(cases: Sequence[Case]) -> Given:
    found = [_in_disorder(case) for case in cases]
    return {"python, float64": found, "python, cast": [single(values) for values in found]}


def _in_disorder(case: Case) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The values, asked for in an order in which the step before says nothing about the next."""
    function, values = case.program.function(), np.empty(len(case.steps))
    for index in np.random.default_rng(len(values)).permutation(len(values)):
        values[index] = function(int(case.steps[index]))
    return values


def _arrays(cases: Sequence[Case]) -> Given:
    found = [case.program(case.steps) for case in cases]
    return {"numpy array, float64": found, "numpy array, cast": [single(values) for values in found]}


MODES: Final = (
    Mode(gives={"python, float64": "float64", "python, cast": "float32"}, run=_scalar),
    Mode(gives={"numpy array, float64": "float64", "numpy array, cast": "float32"}, run=_arrays),
)
