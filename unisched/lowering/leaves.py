"""The closed-form kinds as rows: each function turns one curve of the document into a value.

A leaf may run between a factor of the base and an absolute number; it is then base times one ramp plus another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from unisched import normalise
from unisched.duration import LAST_STEP, Duration, Unit, whole
from unisched.ir import Fold, Phase, Shape, Track, Value, Wrap, constant
from unisched.lowering.place import Exact, Level, Place, Stretch, changed, fault, steps
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PiecewiseCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.dialect import WaveCurve
from unisched.spec.values import Absolute

__all__ = [
    "constant_leaf", "exponential_leaf", "piecewise_leaf", "power_decay_leaf", "ramp_leaf", "stairs_of", "start_of",
    "strides_of", "wave_leaf",
]  # fmt: skip

RampCurve: TypeAlias = LinearCurve | PolynomialCurve | CosineCurve


class _Point(NamedTuple):
    at: int
    unit: Unit
    level: Level


def constant_leaf(curve: ConstantCurve, place: Place) -> Value:
    """Give a constant, or what the part before reached."""
    level = start_of(curve.value, place, "value")
    return _based(level, level, place, lambda value, _: constant(value))


def ramp_leaf(curve: RampCurve, place: Place) -> Value:
    """Give a linear, polynomial or cosine ramp over the whole place."""
    start, end = start_of(curve.start, place, "start"), _level(curve.end, place)
    progress = place.progress()
    shape: Shape = "cosine" if isinstance(curve, CosineCurve) else "linear"
    power = 1.0 if isinstance(curve, LinearCurve) else curve.power

    def leaf(a: float, b: float) -> Value:
        return _paced(
            progress, "hold", lambda phase: normalise.ramp(a, b, phase, shape=shape, power=power, warp=curve.warp)
        )

    return _based(start, end, place, leaf)


def exponential_leaf(curve: ExponentialCurve, place: Place) -> Value:
    """Give geometric interpolation between two values, or a rate per `every` that goes on."""
    start = start_of(curve.start, place, "start")
    if curve.end is not None:
        return _geometric(start, _level(curve.end, place), curve.warp, place)
    rate = curve.rate if curve.rate is not None else 1.0
    strides = strides_of(curve.every, place, "every")
    if curve.staircase:
        return _based(start, start, place, lambda a, _: _staircase(a, rate, strides))
    return _based(start, start, place, lambda a, _: _paced(
        strides, "free", lambda phase: normalise.exponential(a, rate, 1.0, phase)))  # fmt: skip


def wave_leaf(curve: WaveCurve, place: Place) -> Value:
    """Give a ramp of rational length that starts anywhere and may turn back or start over."""
    phase = _rational(curve)
    start, end = start_of(curve.start, place, "start"), _level(curve.end, place)
    return _based(start, end, place, lambda first, last: normalise.ramp(
        first, last, phase, shape=curve.shape, power=curve.power, mirror=curve.mirror, warp=curve.warp))  # fmt: skip


def _rational(curve: WaveCurve) -> Phase:
    """Give the phase of a rational length and offset; where 2^53 cannot hold them, that of the nearest it can."""
    span, offset = curve.span, curve.offset
    if offset.denominator == 1:
        pace = (1 / span).limit_denominator(LAST_STEP)
        rate = pace.numerator
        return Phase.of(span=pace.denominator, rate=rate, offset=int(offset) * rate, wrap=curve.wrap)
    unit = math.lcm(span.denominator, offset.denominator)
    if span * unit > LAST_STEP:
        unit = 1 << (LAST_STEP // math.ceil(span)).bit_length() - 1
    return Phase.of(span=round(span * unit), rate=unit, offset=round(offset * unit), wrap=curve.wrap)


def _staircase(start: float, rate: float, strides: list[Stretch]) -> Value:
    if len(strides) == strides[0].rate == 1:
        span = strides[0].divisor
        phase = Phase.of(span=1, wrap="free") if span == 1 else Phase(span=span, every=span, wrap="free")
        return normalise.exponential(start, rate, 1.0, phase)
    stairs = normalise.exponential(start, rate, 1.0, Phase.of(span=1, wrap="free"))
    return normalise.sequence([(stride.start, normalise.single(_stairs(stairs, stride))) for stride in strides])


def _stairs(track: Track, stride: Stretch) -> Fold:
    """Give the track read at the number of the stair."""
    return Fold(track=track, phase=stairs_of(stride))


def stairs_of(stride: Stretch) -> Phase:
    """Give the phase whose whole part numbers the stairs: stair j begins where the count is j, to the step, half up."""
    return Phase.of(span=2 * stride.divisor, rate=2 * stride.rate, offset=2 * stride.offset + stride.rate - 1,
                    wrap="free")  # fmt: skip


def power_decay_leaf(curve: PowerDecayCurve, place: Place) -> Value:
    """Give start · (1 + k / timescale)^-power, which goes on."""
    start = start_of(curve.start, place, "start")
    strides = strides_of(curve.timescale, place, "timescale")
    if curve.power <= 0:
        raise fault("number.range", place.path_of("power"), f"{curve.power!r} is not above 0, so nothing decays",
                    "Give a power above 0; 0.5 is inverse square root.")  # fmt: skip
    return _based(start, start, place, lambda a, _: _paced(
        strides, "free", lambda phase: normalise.power(a, curve.power, phase)))  # fmt: skip


def piecewise_leaf(curve: PiecewiseCurve, place: Place) -> Value:
    """Give the curve through the points: stairs, lines or half cosines; the ends hold."""
    points = _points(curve, place)
    first = _based(points[0].level, points[0].level, place, lambda a, _: constant(a))
    pieces: list[tuple[int, Value]] = [(0, first)]
    for point, to in pairwise([*points, points[-1]._replace(at=points[-1].at + 1)]):
        inner = changed(place.since(point.at), length=to.at - point.at, unit=to.unit)
        pieces.append((point.at, _segment(curve, point.level, to.level, inner)))
    return normalise.sequence(pieces)


def _segment(curve: PiecewiseCurve, level: Level, end: Level, place: Place) -> Value:
    if curve.interpolation == "previous" or level == end:
        return _based(level, level, place, lambda a, _: constant(a))
    shape, progress = curve.interpolation, place.progress()
    return _based(level, end, place, lambda a, b: _paced(
        progress, "hold", lambda phase: normalise.ramp(a, b, phase, shape=shape)))  # fmt: skip


def _points(curve: PiecewiseCurve, place: Place) -> list[_Point]:
    found: list[_Point] = []
    for name, exact, unit, value in _positions(curve, place):
        at, path = whole(exact), place.path_of(name)
        if found and at <= found[-1].at:
            raise fault("piecewise.order", path, f"stands at step {at}, not after step {found[-1].at}",
                        "Give points in increasing order, at least one step apart.")  # fmt: skip
        if place.length is not None and at > place.length and exact > (place.exact or 0):
            raise fault("piecewise.beyond", path, f"stands at step {at}, past {place.limit}",
                        "Move it, or make the place longer.")  # fmt: skip
        found.append(_Point(at, unit, _level(value, place)))
    return found


def _positions(curve: PiecewiseCurve, place: Place) -> Iterator[tuple[str, Exact, Unit, float | Absolute]]:
    for index, (position, value) in enumerate(curve.points or ()):
        name = f"points[{index}]"
        yield name, place.position(position, f"{name}[0]"), place.unit_of(position), value
    if curve.values is not None and curve.every is not None:
        steps(curve.every, place, "every")
        for index, value in enumerate(curve.values):
            position = Duration(curve.every.amount * index, curve.every.unit)
            yield f"values[{index}]", place.measure(position, "every"), place.unit_of(position), value


def _geometric(start: Level, end: Level, warp: float, place: Place) -> Value:
    progress = place.progress()

    def leaf(a: float, b: float) -> Value:
        return _paced(progress, "hold", lambda phase: normalise.exponential(a, b, a, phase, warp=warp))

    if start.absolute == end.absolute == 0 and min(start.factor, end.factor) > 0:
        return place.scaled(leaf(start.factor, end.factor))
    if start.factor == end.factor == 0 and min(start.absolute, end.absolute) > 0:
        return leaf(start.absolute, end.absolute)
    raise fault("exponential.ends", place.path, "geometric interpolation runs between two values above 0, "
                "both factors or both absolute", "Give such a start and end, or use linear or cosine.")  # fmt: skip


def _based(start: Level, end: Level, place: Place, leaf: Callable[[float, float], Value]) -> Value:
    if place.units != "based":
        return leaf(start.factor, end.factor)
    parts: list[Value] = []
    if (start.factor, end.factor) != (0, 0):
        parts.append(normalise.combine("product", [normalise.base(), leaf(start.factor, end.factor)]))
    if (start.absolute, end.absolute) != (0, 0):
        parts.append(leaf(start.absolute, end.absolute))
    return normalise.combine("sum", parts) if parts else constant(0.0)


def _level(value: float | Absolute, place: Place) -> Level:
    if not isinstance(value, Absolute):
        return Level(value)
    if place.units == "factor":
        raise fault("absolute.product", place.path, f"{value.absolute!r} is absolute, and a product multiplies it away",
                    "Take it out of the product, or use clip for a floor.")  # fmt: skip
    return Level(0.0, value.absolute) if place.units == "based" else Level(value.absolute)


def start_of(value: float | Absolute | None, place: Place, name: str) -> Level:
    """Give a value in the units of its place, or, left out, what the part before reached."""
    return place.entered(name) if value is None else _level(value, place)


def _paced(stretches: Sequence[Stretch], wrap: Wrap, leaf: Callable[[Phase], Value]) -> Value:
    """Give a leaf over each stretch of one pace, under one phase from the first to the last."""
    pieces = [
        (start, leaf(Phase.of(span=divisor, rate=rate, offset=offset, wrap=wrap)))
        for start, rate, offset, divisor in stretches
    ]
    return pieces[0][1] if len(pieces) == 1 else normalise.sequence(pieces)


def strides_of(duration: Duration, place: Place, name: str) -> list[Stretch]:
    """Give how often a length that is not rounded to steps has passed, as ratios that a phase can hold."""
    path, counted = place.path_of(name), place.counted(duration)
    ramp = place.clock.ramp(counted.unit)
    exact = place.measure(duration, name) if ramp is None or place.origin is None else counted.amount
    if exact == 0:
        raise fault("number.range", path, f"{name} is no time at all", "Give more than 0.")
    if max(exact.numerator, exact.denominator) > LAST_STEP:
        raise fault("duration.range", path, f"'{duration}' is no ratio of whole numbers up to 2^53 steps",
                    "Give fewer digits.")  # fmt: skip
    if ramp is None or counted.unit not in ("samples", "tokens"):
        return [Stretch(0, exact.denominator, 0, exact.numerator)]
    passed = place.pace(counted.unit, name)
    return [
        Stretch(start, rate * exact.denominator, offset * exact.denominator, exact.numerator)
        for start, rate, offset, _ in passed
    ]
