"""Numbers within the limits that libraries ask for. Knows no library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from unisched.spec.number import fault
from unisched.spec.values import Number, PositiveNumber

__all__ = ["FromZero", "Share", "UpToOne"]


def _from_zero(number: float) -> float:
    if number < 0:
        raise fault("number.range", f"{number!r} is below 0", "Give a number from 0.")
    return number


def _at_most(bound: float) -> Callable[[float], float]:
    def check(number: float) -> float:
        if number > bound:
            raise fault("number.range", f"{number!r} is above {bound:g}", f"Give a number up to {bound:g}.")
        return number

    return check


FromZero: TypeAlias = Annotated[Number, AfterValidator(_from_zero)]
"""A number from 0."""

Share: TypeAlias = Annotated[FromZero, AfterValidator(_at_most(1))]
"""A number from 0 to 1."""

UpToOne: TypeAlias = Annotated[PositiveNumber, AfterValidator(_at_most(1))]
"""A number above 0 and up to 1."""
