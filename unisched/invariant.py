"""The one way a node says what it refuses to be. Knows no node."""

from __future__ import annotations

import math
from collections.abc import Iterable

from unisched.errors import Problem, SpecError

__all__ = ["require", "require_value", "require_values"]


def require(holds: bool, rule: str) -> None:
    """Raise `SpecError` with the broken rule, unless it holds."""
    if not holds:
        raise SpecError(Problem("ir.invariant", "", rule, "Build nodes with unisched.compile."))


def require_value(number: float) -> None:
    """Raise `SpecError` for what is no finite float, or -0.0."""
    if type(number) is float and math.isfinite(number) and number != 0:
        return  # most numbers: none has to be written out for a message
    # JSON may bring an int or a text here, whatever the annotations say.
    require(type(number) is float and math.isfinite(number), f"{number!r} is not a finite float")
    require(number != 0 or math.copysign(1, number) > 0, "zero has no sign")


def require_values(numbers: Iterable[float]) -> None:
    """Do as `require_value` for each number, at a cost that a million of them allows."""
    for number in numbers:
        if type(number) is not float or not math.isfinite(number) or number == 0:
            require_value(number)
