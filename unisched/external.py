"""A Python function in the place of a curve: called, and its answer checked. Knows one node."""

from __future__ import annotations

import math
from collections.abc import Callable

from unisched.curves import External
from unisched.errors import Problem, StepError, UnsupportedError, shorten
from unisched.steps import index_of

__all__ = ["called", "untraceable"]


def called(curve: External) -> Callable[[int], float]:
    """Give the curve as a function of the step on its own clock.

    It raises `StepError` where the function fails or does not give a finite number.
    """
    function, name, offset = curve.function, curve.name, curve.offset

    def at(step: int) -> float:
        try:
            given = function(step + offset)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise _failed(name, step + offset, shorten(reason, 200)) from error
        number = _number(given)
        if not math.isfinite(number):
            raise _failed(name, step + offset, f"it gave {shorten(repr(given), 60)}, which is no finite number")
        return number + 0.0

    return at


def untraceable(curve: External) -> UnsupportedError:
    """Give the error of tracing a Python function into an array library."""
    return UnsupportedError(Problem("backend.callable", "", f"{shorten(curve.name)} is a Python function, which "
                                    "runs on the host only", "Write it as a formula."))  # fmt: skip


def _number(given: object) -> float:
    whole = given if isinstance(given, float) else index_of(given)
    try:
        return math.nan if whole is None else float(whole)
    except OverflowError:
        return math.inf


def _failed(name: str, step: int, reason: str) -> StepError:
    return StepError(Problem("step.callable", "", f"{shorten(name)} has no value at step {shorten(str(step), 60)} "
                             f"({reason})", "Return a finite float, or an int, for every step from 0."))  # fmt: skip
