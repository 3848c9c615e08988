"""Numbers within the limits that libraries ask for, and lists of numbers. Knows no library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

from unisched.spec.number import fault, read_number
from unisched.spec.values import REFERENCE, FromZero, PositiveNumber, plain, read_each

__all__ = ["Numbers", "PositiveShare", "Share"]


def _at_most(bound: float) -> Callable[[float], float]:
    def check(number: float) -> float:
        if number > bound:
            raise fault("number.range", f"{number!r} is above {bound:g}", f"Give a number up to {bound:g}.")
        return number

    return check


Share: TypeAlias = Annotated[FromZero, AfterValidator(_at_most(1))]
"""A number from 0 to 1."""

PositiveShare: TypeAlias = Annotated[PositiveNumber, AfterValidator(_at_most(1))]
"""A number above 0 and up to 1."""


def _numbers(value: object) -> tuple[float, ...]:
    return read_each(value, read_number)


Numbers: TypeAlias = Annotated[
    tuple[float, ...],
    PlainValidator(_numbers),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"type": "array", "items": {REFERENCE: "Number"}, "minItems": 1}),
]
"""One or more numbers."""
