"""What a wrong value looks like: the fault that most often gives just that number, in words. Knows no rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from unisched.single import SMALLEST_FLOAT32, float32
from unisched.testing.tolerance import MOST_ULP, Precision

__all__ = ["hint"]

_NEAR: Final = MOST_ULP * 2.0**-52
_SINGLE: Final = 2.0**-22
_NEIGHBOURS: Final = ((1, "early"), (-1, "late"))


def hint(
    got: float, step: int, due: Mapping[int, float], precision: Precision, start: int = 0, *, observed: bool = False
) -> str:
    """Give what `got` at `step` of a run from `start` may be, where the values due at steps say so; else nothing.

    In a run whose values are moved by what was `observed`, another step's value is most often a metric that was lost,
    and says nothing of how steps are counted.

    >>> hint(0.75, 0, {0: 1.0, 1: 0.75}, "float64")
    'This is the value of step 1: one step early.'
    >>> hint(float32(0.1), 0, {0: 0.1}, "float64")
    'This is the value rounded to float32: claim precision="float32", or hand on float64.'
    """
    exact = due[step]
    if not math.isfinite(got):
        return ""
    counted = "" if observed else _counted(got, step, due, precision, start)
    if counted:
        return counted
    if precision == "float64" and got == float32(exact):
        return 'This is the value rounded to float32: claim precision="float32", or hand on float64.'
    if precision == "float32" and got and abs(exact) < SMALLEST_FLOAT32:
        return "Magnitudes below 2**-126 are 0: see unisched.plugin.float32_view."
    if precision == "float32" and got != float32(got) and _is(got, exact, "float64"):
        return "This is the float64 value: report it as float32, rounded once."
    if math.isclose(got, exact, rel_tol=_SINGLE):
        return "This is float32 arithmetic: compute in float64, round once, at the end."
    return ""


def _counted(got: float, step: int, due: Mapping[int, float], precision: Precision, start: int) -> str:
    for offset, when in _NEIGHBOURS:
        if step + offset in due and _is(got, due[step + offset], precision):
            return f"This is the value of step {step + offset}: one step {when}."
    if start and step - start in due and _is(got, due[step - start], precision):
        return f"This is the value of step {step - start}: the run began at 0, and its state stands at step {start}."
    return ""


def _is(got: float, due: float, precision: Precision) -> bool:
    if precision == "float32":
        return got == float32(due)
    return math.isclose(got, due, rel_tol=_NEAR)
