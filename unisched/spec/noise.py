"""The random factor."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator

from unisched.spec.curve import CurveModel
from unisched.spec.curves import ONE_STEP
from unisched.spec.number import fault, read_number, read_whole, shown
from unisched.spec.values import PositiveNumber, StrideField, reference

__all__ = ["NoiseCurve"]

_LARGEST_SEED: Final = 2**63 - 1
_LARGEST_DEVIATION: Final = 1e300


def _seed(value: object) -> int:
    number = read_whole(value)
    if not 0 <= number <= _LARGEST_SEED:
        raise fault("number.range", f"{shown(number)} is not from 0 to 2**63 - 1", "Give a whole number from 0.")
    return number


def _deviation(value: object) -> float:
    number = read_number(value)
    if not 0 <= number <= _LARGEST_DEVIATION:
        raise fault("number.range", f"{number!r} is not from 0 to 1e300", "Give a number from 0; 0.1 is ten percent.")
    return number


Seed: TypeAlias = Annotated[int, PlainValidator(_seed), reference("Seed")]
Deviation: TypeAlias = Annotated[float, PlainValidator(_deviation), reference("Deviation")]


class NoiseCurve(CurveModel):
    """A random factor around 1, the same for the same seed and step everywhere."""

    kind: Literal["noise"] = "noise"
    examples = ({"kind": "noise", "std": 0.1, "limit": 0.5, "seed": 42, "every": "1 epoch"},)
    std: Deviation = Field(description="The standard deviation of the factor, before the limit.")
    limit: PositiveNumber | None = Field(default=None, description="How far from 1 the factor may go.")
    seed: Seed = Field(description="Which random numbers: a whole number from 0.")
    every: StrideField = Field(default=ONE_STEP, description="How long each number holds.")
