"""The closed-form kinds as rows: each function turns one curve of the document into a value.

A leaf may run between a factor of the base and an absolute number; it is then base times one ramp plus another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeAlias

from unisched import normalise
from unisched.duration import LAST_STEP, Duration, whole
from unisched.ir import Phase, Shape, Value, constant
from unisched.lowering.place import Level, Place, fault, steps
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PiecewiseCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.values import Absolute

__all__ = ["constant_leaf", "exponential_leaf", "piecewise_leaf", "power_decay_leaf", "ramp_leaf"]

RampCurve: TypeAlias = LinearCurve | PolynomialCurve | CosineCurve


def constant_leaf(curve: ConstantCurve, place: Place) -> Value:
    """Give a constant, or what the part before reached."""
    level = _start(curve.value, place, "value")
    return _based(level, level, place, lambda value, _: constant(value))


def ramp_leaf(curve: RampCurve, place: Place) -> Value:
    """Give a linear, polynomial or cosine ramp over the whole place."""
    start, end = _start(curve.start, place, "start"), _level(curve.end, place)
    phase = Phase.of(span=_length(place))
    shape: Shape = "cosine" if isinstance(curve, CosineCurve) else "linear"
    power = 1.0 if isinstance(curve, LinearCurve) else curve.power
    return _based(
        start, end, place, lambda a, b: normalise.ramp(a, b, phase, shape=shape, power=power, warp=curve.warp)
    )


def exponential_leaf(curve: ExponentialCurve, place: Place) -> Value:
    """Give geometric interpolation between two values, or a rate per `every` that goes on."""
    start = _start(curve.start, place, "start")
    if curve.end is not None:
        return _geometric(start, _level(curve.end, place), curve.warp, place)
    rate = curve.rate if curve.rate is not None else 1.0
    every = _pace(curve.every, place, "every")
    if not curve.staircase:
        phase = Phase.of(span=every.numerator, rate=every.denominator, wrap="free")
        return _based(start, start, place, lambda a, _: normalise.exponential(a, rate, 1.0, phase))
    return _based(start, start, place, lambda a, _: _staircase(a, rate, every))


def _staircase(start: float, rate: float, every: Fraction) -> Value:
    if every.denominator != 1:
        return normalise.counted(normalise.exponential(start, rate, 1.0, Phase.of(span=1, wrap="free")), every)
    length = int(every)
    phase = Phase.of(span=1, wrap="free") if length == 1 else Phase(span=length, every=length, wrap="free")
    return normalise.exponential(start, rate, 1.0, phase)


def power_decay_leaf(curve: PowerDecayCurve, place: Place) -> Value:
    """Give start · (1 + k / timescale)^-power, which goes on."""
    start = _start(curve.start, place, "start")
    timescale = _pace(curve.timescale, place, "timescale")
    if curve.power <= 0:
        raise fault("number.range", f"{place.path}.power", f"{curve.power!r} is not above 0, so nothing decays",
                    "Give a power above 0; 0.5 is inverse square root.")  # fmt: skip
    phase = Phase.of(span=timescale.numerator, rate=timescale.denominator, wrap="free")
    return _based(start, start, place, lambda a, _: normalise.power(a, curve.power, phase))


def piecewise_leaf(curve: PiecewiseCurve, place: Place) -> Value:
    """Give the curve through the points: stairs, lines or half cosines; the ends hold."""
    points = _points(curve, place)
    first = _based(points[0][1], points[0][1], place, lambda a, _: constant(a))
    pieces: list[tuple[int, Value]] = [(0, first)]
    for index, (at, level) in enumerate(points):
        stop, end = points[index + 1] if index + 1 < len(points) else (at + 1, level)
        pieces.append((at, _segment(curve, level, end, stop - at, place)))
    return normalise.sequence(pieces)


def _segment(curve: PiecewiseCurve, level: Level, end: Level, span: int, place: Place) -> Value:
    if curve.interpolation == "previous" or level == end:
        return _based(level, level, place, lambda a, _: constant(a))
    shape = curve.interpolation
    return _based(level, end, place, lambda a, b: normalise.ramp(a, b, Phase.of(span=span), shape=shape))


def _points(curve: PiecewiseCurve, place: Place) -> list[tuple[int, Level]]:
    found: list[tuple[int, Level]] = []
    for name, exact, value in _positions(curve, place):
        at, path = whole(exact), f"{place.path}.{name}"
        if found and at <= found[-1][0]:
            raise fault("piecewise.order", path, f"stands at step {at}, not after step {found[-1][0]}",
                        "Give points in increasing order, at least one step apart.")  # fmt: skip
        if place.length is not None and at > place.length and exact > (place.exact or 0):
            raise fault("piecewise.beyond", path, f"stands at step {at}, past {place.limit}",
                        "Move it, or make the place longer.")  # fmt: skip
        found.append((at, _level(value, place)))
    return found


def _positions(curve: PiecewiseCurve, place: Place) -> Iterator[tuple[str, Fraction, float | Absolute]]:
    for index, (position, value) in enumerate(curve.points or ()):
        name = f"points[{index}]"
        yield name, place.clock.steps(position, place.of, f"{place.path}.{name}[0]"), value
    if curve.values is not None and curve.every is not None:
        every = steps(curve.every, place, "every")
        for index, value in enumerate(curve.values):
            yield f"values[{index}]", every * index, value


def _geometric(start: Level, end: Level, warp: float, place: Place) -> Value:
    phase = Phase.of(span=_length(place))
    if start.absolute == end.absolute == 0 and min(start.factor, end.factor) > 0:
        curve = normalise.exponential(start.factor, end.factor, start.factor, phase, warp=warp)
        return normalise.combine("product", [normalise.base(), curve]) if place.units == "based" else curve
    if start.factor == end.factor == 0 and min(start.absolute, end.absolute) > 0:
        return normalise.exponential(start.absolute, end.absolute, start.absolute, phase, warp=warp)
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


def _start(value: float | Absolute | None, place: Place, name: str) -> Level:
    if value is not None:
        return _level(value, place)
    if place.entering is None:
        raise fault("joint.missing", f"{place.path}.{name}", f"{name} is left out, and no part stands before",
                    f"Give {name}; only a part of a sequence continues from the one before.")  # fmt: skip
    return place.entering


def _pace(duration: Duration, place: Place, name: str) -> Fraction:
    """Give a length that is not rounded to steps, as a ratio that a phase can hold."""
    path = f"{place.path}.{name}"
    exact = place.clock.steps(duration, place.of, path)
    if exact == 0:
        raise fault("number.range", path, f"{name} is no time at all", "Give more than 0.")
    if max(exact.numerator, exact.denominator) > LAST_STEP:
        raise fault("duration.range", path, f"'{duration}' is no ratio of whole numbers up to 2^53 steps",
                    "Give fewer digits.")  # fmt: skip
    return exact


def _length(place: Place) -> int:
    if place.length is None:
        raise fault("length.missing", place.path, "needs a length, and nothing gives one",
                    "Add a duration, or a total.")  # fmt: skip
    return place.length
