"""The curves with a formula of their own.

`start`, and `value` of a constant, may be left out: what the part before reached. Whether that is allowed
where the curve stands is for lowering to say.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from unisched.duration import Duration
from unisched.spec.curve import CurveModel
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Number, Points, PositiveNumber, Quantities, Quantity, StrideField

__all__ = [
    "ConstantCurve", "CosineCurve", "ExponentialCurve", "LinearCurve", "PiecewiseCurve", "PolynomialCurve",
    "PowerDecayCurve",
]  # fmt: skip

Start: TypeAlias = Quantity | None
ONE_STEP = Duration(Fraction(1), "steps")

_START = "The value at the start; without it, what the part before reached."
_END = "The value from the end on."
_WARP = "Progress u becomes u**warp: above 1 it begins slowly, below 1 fast."


class ConstantCurve(CurveModel):
    """One value throughout. A bare number is short for this."""

    kind: Literal["constant"] = "constant"
    examples = ({"kind": "constant", "value": 0.1, "duration": "5 epochs"},)
    value: Start = Field(default=None, description="The value; without it, what the part before reached.")


class LinearCurve(CurveModel):
    """A straight line from `start` to `end`."""

    kind: Literal["linear"] = "linear"
    examples = (
        {"kind": "linear", "start": 0, "end": 0.1, "duration": "5%"},
        {"kind": "linear", "start": 0.1, "end": 0, "warp": 0.5},
    )
    start: Start = Field(default=None, description=_START)
    end: Quantity = Field(description=_END)
    warp: PositiveNumber = Field(default=1.0, description=_WARP)


class PolynomialCurve(CurveModel):
    """From `start` to `end`; what is left to go is (1 - u)**power."""

    kind: Literal["polynomial"] = "polynomial"
    examples = ({"kind": "polynomial", "start": 0.1, "end": 0.001, "power": 2, "warp": 0.5, "duration": "90%"},)
    start: Start = Field(default=None, description=_START)
    end: Quantity = Field(description=_END)
    power: PositiveNumber = Field(
        default=1.0, description="The exponent of what is left to go; 1 leaves the shape as it is."
    )
    warp: PositiveNumber = Field(default=1.0, description=_WARP)


class CosineCurve(CurveModel):
    """From `start` to `end` along half a cosine wave; what is left to go is ((1 + cos(pi*u))/2)**power."""

    kind: Literal["cosine"] = "cosine"
    examples = (
        {"kind": "cosine", "start": 0.1, "end": 0, "duration": "90%"},
        {"kind": "cosine", "start": 0.1, "end": {"absolute": 1e-05}, "power": 2, "warp": 0.5},
    )
    start: Start = Field(default=None, description=_START)
    end: Quantity = Field(description=_END)
    power: PositiveNumber = Field(
        default=1.0, description="The exponent of what is left to go; 1 leaves the shape as it is."
    )
    warp: PositiveNumber = Field(default=1.0, description=_WARP)


class ExponentialCurve(CurveModel):
    """Geometric: to `end` over its length, or times `rate` for each `every`, without an end."""

    kind: Literal["exponential"] = "exponential"
    examples = (
        {"kind": "exponential", "start": 0.1, "end": 0.0001, "warp": 0.5, "duration": "90%"},
        {"kind": "exponential", "start": 0.1, "rate": 0.97, "every": "2.4 epochs", "staircase": True},
    )
    start: Start = Field(default=None, description=_START)
    end: Quantity | None = Field(default=None, description="The value from the end on, above 0; or give rate.")
    rate: PositiveNumber | None = Field(default=None, description="The factor for each `every`; or give end.")
    every: StrideField = Field(default=ONE_STEP, description="How long one factor of rate takes.")
    staircase: bool = Field(default=False, description="Whether the value changes only once per `every`.")
    warp: PositiveNumber = Field(default=1.0, description=f"{_WARP} Only with end.")

    @model_validator(mode="after")
    def _one_form(self) -> ExponentialCurve:
        if self.rate is None and self.end is None:
            raise fault("field.missing", "exponential needs 'end' or 'rate'", "Add one of them.", "end")
        if self.rate is not None:
            _stray(self, ("end", "warp"), "'rate'")
        else:
            _stray(self, ("every", "staircase"), "'end'")
            _above_zero(self.start, "start")
            _above_zero(self.end, "end")
        return self


class PowerDecayCurve(CurveModel):
    """start * (1 + k/timescale)**-power, without an end: inverse square root, inverse time."""

    kind: Literal["power_decay"] = "power_decay"
    examples = ({"kind": "power_decay", "start": 0.001, "timescale": 100, "power": 1, "duration": "50 epochs"},)
    start: Start = Field(default=None, description=_START)
    timescale: StrideField = Field(description="The length over which the value starts to fall.")
    power: Number = Field(default=0.5, description="The exponent: 0.5 is inverse square root, 1 inverse time.")


class PiecewiseCurve(CurveModel):
    """Through points, or through values `every` so long."""

    kind: Literal["piecewise"] = "piecewise"
    examples = (
        {
            "kind": "piecewise",
            "interpolation": "previous",
            "points": [[0, 0.1], ["30 epochs", 0.01], ["60 epochs", 0.001]],
            "duration": "90 epochs",
        },
        {"kind": "piecewise", "interpolation": "linear", "values": [0, 0.1, 0.05], "every": "2 epochs"},
        {"kind": "piecewise", "interpolation": "cosine", "points": [[0, 0], ["5%", 0.1], ["100%", 0]]},
    )
    points: Points | None = Field(default=None, description="Pairs [position, value], positions increasing.")
    values: Quantities | None = Field(default=None, description="The values; value i stands at i times every.")
    every: StrideField | None = Field(default=None, description="The distance between two values, with `values`.")
    interpolation: Literal["previous", "linear", "cosine"] = Field(
        description="The way from one point to the next: previous keeps its value, linear and cosine join the two."
    )

    @model_validator(mode="after")
    def _one_form(self) -> PiecewiseCurve:
        if self.points is not None:
            _stray(self, ("values", "every"), "'points'")
        elif self.values is None:
            raise fault("field.missing", "piecewise needs 'points', or 'values' with 'every'", "Add them.", "points")
        elif self.every is None:
            raise fault("field.missing", "'values' needs 'every', the distance between two", "Add it.", "every")
        return self


def _stray(curve: CurveModel, names: tuple[str, ...], beside: str) -> None:
    for name in names:
        if getattr(curve, name) != type(curve).model_fields[name].default:
            raise fault("field.conflict", f"{name!r} says nothing beside {beside}", "Leave one of them out.", name)


def _above_zero(quantity: float | Absolute | None, name: str) -> None:
    value = quantity.absolute if isinstance(quantity, Absolute) else quantity
    if value is not None and value <= 0:
        raise fault("number.range", f"{value!r} is not above 0, as geometric steps need",
                    "Give a value above 0, or use linear or cosine.", name)  # fmt: skip
