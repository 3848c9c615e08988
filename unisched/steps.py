"""What a step is: a whole number of optimizer updates from 0, alone, in an array or in a range. Knows no program."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from unisched.errors import BindingError, Problem, StepError, shorten

__all__ = ["checked_range", "checked_step", "checked_steps", "index_of", "until"]

_Given = TypeVar("_Given")


def index_of(value: object) -> int | None:
    """Give the Python int behind `value`, or `None` where it is no whole number.

    An int of any library is one. A boolean is none, nor is an array with axes, though torch and numpy give both an
    index; nor is a float, though Paddle's tensors have one, which cuts off the fraction.

    >>> index_of(np.uint8(3)), index_of(True), index_of(3.0)
    (3, None, None)
    """
    if type(value) is int:
        return value
    dtype: Any = getattr(value, "dtype", None)
    axes: Any = getattr(value, "ndim", None)
    if isinstance(value, bool) or "bool" in str(dtype) or "float" in str(dtype) or axes:
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError):  # arrays and tensors have an index in name only
        return None


def checked_step(step: object) -> int:
    """Give `step` as a Python int; raise `StepError` where it is no whole number from 0."""
    index = index_of(step)
    if index is None:
        raise StepError(Problem("step.type", "", f"step {shorten(repr(step))} is not a whole number",
                                "Count optimizer updates with an int."))  # fmt: skip
    if index < 0:
        raise _negative(index if index > -(10**60) else "below -1e60")
    return index


def checked_steps(steps: npt.NDArray[Any]) -> npt.NDArray[np.integer[Any]]:
    """Give an array of steps as it is; raise `StepError` where it does not hold whole numbers from 0."""
    if not np.issubdtype(steps.dtype, np.integer):
        raise StepError(Problem("step.type", "", f"steps of dtype {steps.dtype} are not whole numbers",
                                "Pass an integer array."))  # fmt: skip
    if steps.size and int(steps.min()) < 0:
        raise _negative(int(steps.min()))
    return steps


def checked_range(steps: object) -> range:
    """Give a range as it is; raise `BindingError` where it is not one of steps in a row, with a step in it."""
    if isinstance(steps, range) and steps.step == 1 and 0 <= steps.start < steps.stop:
        return steps
    raise BindingError(Problem("binding.steps", "", f"steps is {shorten(repr(steps))}, not a range of steps in a row",
                               "Pass a range with a step in it, such as range(0, 100)."))  # fmt: skip


def until(function: Callable[[int], _Given], end: int) -> Callable[[int], _Given]:
    """Give the function up to step `end`, and `StepError` from there on."""

    def until_the_end(step: int) -> _Given:
        if step >= end:
            raise StepError(Problem("step.past_end", "", f"step {step} is past the total of {end}",
                                    'Raise total, or leave "after" out.'))  # fmt: skip
        return function(step)

    return until_the_end


def _negative(shown: object) -> StepError:
    return StepError(Problem("step.negative", "", f"step {shown} is negative", "Steps count from 0."))
