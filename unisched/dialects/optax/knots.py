"""Through knots whose values are products of scales: optax's piecewise schedules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from unisched.dialects.optax.counting import OptaxCurve
from unisched.dialects.rounding import product
from unisched.duration import Clock, Duration
from unisched.errors import Problem, SpecError
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.mapping import FrozenMapping
from unisched.spec.number import fault, read_number, shown
from unisched.spec.paths import inside, join, segment
from unisched.spec.values import Number, plain, reference

__all__ = ["Interpolation", "PiecewiseConstantSchedule", "PiecewiseInterpolateSchedule", "through"]

Interpolation: TypeAlias = Literal["previous", "linear", "cosine"]

_COUNT: Final = re.compile("0|[1-9][0-9]*")


def _scales(value: object) -> FrozenMapping[float]:
    """Read an object from position to scale; positions are counts in quotes, or durations."""
    if not isinstance(value, Mapping):
        raise fault("type.object", f"{shown(value)} is no object", 'Give {"100": 0.1, ...}.')
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for key, scale in value.items():
        try:
            position = _position(key)
            name = str(position.to_json())
            if name in found:
                raise fault("optax.boundary", f"{shown(key)} stands where another boundary does", "Keep one of them.")
            found[name] = _scale(scale)
        except SpecError as error:
            problems.extend(inside(error, key if isinstance(key, str) else shown(key)))
    if problems:
        raise SpecError(*problems)
    return FrozenMapping(found)


def _position(key: object) -> Duration:
    if not isinstance(key, str) or key != key.strip():
        raise fault("optax.boundary", f"{shown(key)} is no boundary", 'Give a count in quotes, such as "100".')
    position = Duration.parse(int(key) if _COUNT.fullmatch(key) else key)
    if position.unit == "rest":
        raise fault("duration.rest", "'rest' is no boundary", 'Give a count in quotes, such as "100".')
    return position


def _scale(value: object) -> float:
    scale = read_number(value)
    if scale < 0:
        raise fault("number.range", f"{scale!r} is below 0, and scales are not", "Give a scale from 0.")
    return scale


Scales: TypeAlias = Annotated[
    FrozenMapping[float],
    PlainValidator(_scales),
    PlainSerializer(plain, return_type=dict[str, float]),
    WithJsonSchema({"type": "object", "additionalProperties": reference("Number").json_schema}),
]
"""From a boundary, a count as text or a duration, to the factor that the value takes there."""


class _Knots(OptaxCurve):
    """A value that takes a further factor at every boundary."""

    init_value: Number = Field(description="The value before all scales.")
    boundaries_and_scales: Scales | None = Field(
        default=None, description="From the count at which a scale comes in, as text, to the scale, from 0."
    )

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name scales that add up."""
        if self.boundaries_and_scales is not None and len(self.boundaries_and_scales) > 1:
            yield Quirk("optax.cumulative_scales", "a scale multiplies what the scales before it left, not init_value")

    def _knots(self, clock: Clock) -> dict[int, Fraction]:
        """Give the scale at each count."""
        found: dict[int, Fraction] = {}
        for key, scale in (self.boundaries_and_scales or {}).items():
            field = join("boundaries_and_scales", segment(key))
            at = self.count(clock, _position(key), field)
            if at in found:
                raise fault("optax.boundary", f"{key!r} is count {at}, where another boundary stands",
                            "Keep one of them.", field)  # fmt: skip
            found[at] = Fraction(scale)
        return found


class PiecewiseConstantSchedule(_Knots):
    """init · the product of all scales with boundary ≤ t."""

    kind: Literal["optax.piecewise_constant_schedule"] = "optax.piecewise_constant_schedule"
    examples = (
        {
            "kind": "optax.piecewise_constant_schedule",
            "init_value": 0.1,
            "boundaries_and_scales": {"3000": 0.1, "6000": 0.1},
        },
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": through("previous", Fraction(self.init_value), self._knots(clock))}


class PiecewiseInterpolateSchedule(_Knots):
    """Through init at 0 and init · the product of the scales up to each boundary, by lines or half cosines."""

    kind: Literal["optax.piecewise_interpolate_schedule"] = "optax.piecewise_interpolate_schedule"
    examples = (
        {
            "kind": "optax.piecewise_interpolate_schedule",
            "interpolate_type": "linear",
            "init_value": 0.1,
            "boundaries_and_scales": {"3000": 0.5, "6000": 0.1},
        },
    )
    interpolate_type: Literal["linear", "cosine"] = Field(description="The way from one boundary to the next.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": through(self.interpolate_type, Fraction(self.init_value), self._knots(clock))}


def through(interpolation: Interpolation, init: Fraction, scales: Mapping[int, Fraction]) -> AnyCurve:
    """Give the curve from `init` at count 0 through its products with the scales, in the order of their counts."""
    values = {0: init}
    value = init
    for at, scale in sorted(scales.items()):
        value *= scale
        values[at] = value
    points = [[at, product(exact)] for at, exact in values.items()]
    return curve({"kind": "piecewise", "interpolation": interpolation, "points": points})
