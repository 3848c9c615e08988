"""Lengths that timm takes as floats: a bare number need not be whole. Knows no schedule."""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from unisched.duration import Duration
from unisched.spec.number import fault
from unisched.spec.values import REFERENCE, plain

__all__ = ["Length"]


def _length(value: object) -> Duration | float:
    found = value if isinstance(value, float) else Duration.parse(value)
    amount = found if isinstance(found, float) else found.amount
    if not 0 < amount < math.inf:
        raise fault("number.range", f"'{value}' is no length", "Give a length above 0.")
    return found


Length: TypeAlias = Annotated[
    Duration | float,
    PlainValidator(_length),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {REFERENCE: "Duration"}]}),
]
"""A duration above 0, or a bare float."""
