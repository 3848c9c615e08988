"""Combinators and recipes as rows: where the parts of a sequence fall, and what each is entered with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import assert_never

from unisched import normalise
from unisched.duration import LAST_STEP, whole
from unisched.ir import Base, Combine, Constant, Operator, Phase, Track, Value, constant
from unisched.lowering.leaves import (
    constant_leaf,
    exponential_leaf,
    piecewise_leaf,
    power_decay_leaf,
    ramp_leaf,
    stairs,
)
from unisched.lowering.place import (
    Level,
    Place,
    cycles,
    fault,
    length_of,
    most_cycles,
    placed,
    plain,
    steps,
    stretch,
)
from unisched.spec.combinators import (
    ClipCurve,
    ProductCurve,
    RepeatCurve,
    SequenceCurve,
    ShiftCurve,
    StairCurve,
    SumCurve,
)
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PiecewiseCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.grammar import AnyCurve
from unisched.spec.recipes import WarmupCosineCurve, WarmupLinearCurve, WsdCurve

__all__ = ["lower_curve"]


@dataclass(frozen=True, slots=True)
class _Part:
    curve: AnyCurve
    name: str
    place: Place
    length: Fraction | None


def lower_curve(curve: AnyCurve, place: Place) -> Value:
    """Give the value of a curve at its place; a curve with a duration of its own holds from there on."""
    exact = place.exact if place.settled else length_of(curve, place)
    if exact is not None and not place.settled and not (curve.duration is None and isinstance(curve, SequenceCurve)):
        _must_fit(exact, Fraction(0), place, "" if curve.duration is None else place.field, place)
    with placed(place.path):
        if curve.duration is None or curve.duration.unit == "rest" or exact is None:
            return _value(curve, place)
        length = place.length if place.settled and place.length is not None else whole(exact)
        own = replace(place, length=length, exact=exact, of=length, whose=place.path, settled=False)
        return normalise.hold(_value(curve, own), length)


def _value(curve: AnyCurve, place: Place) -> Value:  # noqa: C901  # one line a kind
    match curve:
        case ConstantCurve():
            return constant_leaf(curve, place)
        case LinearCurve() | PolynomialCurve() | CosineCurve():
            return ramp_leaf(curve, place)
        case ExponentialCurve():
            return exponential_leaf(curve, place)
        case PowerDecayCurve():
            return power_decay_leaf(curve, place)
        case PiecewiseCurve():
            return piecewise_leaf(curve, place)
        case SequenceCurve(parts=parts):
            named = [(part, f"parts[{index}]") for index, part in enumerate(parts)]
            return _sequence(named, place)
        case WarmupCosineCurve() | WarmupLinearCurve() | WsdCurve():
            sequence, fields = curve.expand()
            return _sequence([(part, name) for part, name in zip(sequence.parts, fields, strict=True)], place)
        case ProductCurve(curves=curves):
            return _pointwise("product", curves, place)
        case SumCurve(curves=curves):
            return _pointwise("sum", curves, place)
        case ClipCurve():
            return _clip(curve, place)
        case RepeatCurve():
            return _repeat(curve, place)
        case StairCurve():
            return _stair(curve, place)
        case ShiftCurve():
            return _shift(curve, place)
        case _:
            assert_never(curve)


def _sequence(curves: Sequence[tuple[AnyCurve, str]], place: Place) -> Value:
    places = [_part_place(place, name) for _, name in curves]
    parts = [
        _Part(curve, name, inner, length_of(curve, inner)) for (curve, name), inner in zip(curves, places, strict=True)
    ]
    starts = _starts(parts, place)
    pieces: list[tuple[int, Value]] = []
    entering = place.entering
    for index, part in enumerate(parts):
        start = whole(starts[index])
        inner = part.place
        if index + 1 < len(starts):
            exact = starts[index + 1] - starts[index]
            length = whole(starts[index + 1]) - start
            if length == 0:
                raise fault("duration.vanishes", inner.path, f"lasts {plain(exact)} steps, which rounds to none",
                            "Make it longer, or leave it out.")  # fmt: skip
            of = length if part.length is None else place.of
            inner = replace(inner, entering=entering, length=length, exact=exact, of=of, settled=True, whose=inner.path)
        else:
            inner = replace(inner, entering=entering)
        value = lower_curve(part.curve, inner)
        pieces.append((start, value))
        if index + 1 < len(parts):
            entering = _reached(value, length, inner)
    return normalise.sequence(pieces)


def _part_place(place: Place, name: str) -> Place:
    if not name:
        return replace(place, settled=False)
    return place.inside(name, field="duration" if name.startswith("parts[") else "")


def _starts(parts: Sequence[_Part], place: Place) -> list[Fraction]:
    """Give where each part starts, and where the last one ends if that is known, all exact."""
    open_parts = [index for index, part in enumerate(parts) if part.length is None]
    if len(open_parts) > 1:
        names = " and ".join(parts[index].name or "the open part" for index in open_parts[:2])
        raise fault("sequence.open", parts[open_parts[1]].place.path,
                    f"{names} have no length; one part may take the rest", "Give the others a duration.")  # fmt: skip
    starts = [Fraction(0)]
    for index, part in enumerate(parts):
        length = part.length if part.length is not None else _rest(parts, index, starts[-1], place)
        if length is None:
            return starts
        if part.length is not None:
            field = "" if part.curve.duration is None else part.place.field
            _must_fit(length, starts[-1], part.place, field, place)
        starts.append(starts[-1] + length)
    if place.length is not None and not open_parts and whole(starts[-1]) < place.length:
        end = whole(starts[-1])
        place.note("length.holds", f"ends at step {end}, before {place.limit}; it holds its last value")
    return starts


def _rest(parts: Sequence[_Part], index: int, start: Fraction, place: Place) -> Fraction | None:
    after = sum((part.length for part in parts[index + 1 :] if part.length is not None), Fraction(0))
    path = parts[index].place.path
    if place.length is None:
        if index + 1 == len(parts):
            return None
        raise fault(
            "length.missing", path, "takes the rest, and the whole has no length", "Add a duration, or a total."
        )
    taken = start + after
    left = Fraction(place.length) - taken
    if left <= 0:
        known = [plain(part.length) for part in parts if part.length is not None]
        given = known[0] if len(known) == 1 else f"{' + '.join(known)} = {plain(taken)}"
        raise fault("sequence.full", path, f"{given} steps leave nothing of {place.limit}",
                    "Shorten the others, or raise total.")  # fmt: skip
    return left


def _must_fit(length: Fraction, start: Fraction, part: Place, name: str, within: Place) -> None:
    if start + length > LAST_STEP:
        raise fault("duration.range", part.path, f"ends at step {plain(start + length)}, past 2^53",
                    "Shorten it; no counter gets there.")  # fmt: skip
    if within.length is None or start + length <= max(Fraction(within.length), within.exact or Fraction(0)):
        return
    path = f"{part.path}.{name}" if name else part.path
    raise fault("duration.too_long", path, f"{plain(length)} steps end at {plain(start + length)}, past "
                f"{within.limit}", "Shorten it or raise total.")  # fmt: skip


def _pointwise(op: Operator, curves: Sequence[AnyCurve], place: Place) -> Value:
    inner = replace(place, units="factor") if op == "product" else place
    value = normalise.combine(op, [lower_curve(c, inner.inside(f"curves[{i}]")) for i, c in enumerate(curves)])
    based = op == "product" and place.units == "based"
    return normalise.combine("product", [normalise.base(), value]) if based else value


def _clip(curve: ClipCurve, place: Place) -> Value:
    value = lower_curve(curve.curve, place.through("curve"))
    if curve.maximum is not None:
        value = normalise.combine("minimum", [value, lower_curve(curve.maximum, place.inside("maximum"))])
    if curve.minimum is not None:
        value = normalise.combine("maximum", [value, lower_curve(curve.minimum, place.inside("minimum"))])
    return value


def _stair(curve: StairCurve, place: Place) -> Value:
    value = lower_curve(curve.curve, place.through("curve"))
    every = steps(curve.every, place, "every")
    if every.denominator == 1:
        return normalise.stair(value, int(every))
    return normalise.sequence([(at, normalise.frozen(value, at)) for at in stairs(every, place)])


def _shift(curve: ShiftCurve, place: Place) -> Value:
    value = lower_curve(curve.curve, place.through("curve"))
    length = place.clock.steps(curve.distance, place.of, f"{place.path}.by")
    return normalise.shift(value, curve.direction * whole(length))


def _repeat(curve: RepeatCurve, place: Place) -> Value:
    if isinstance(curve.period, tuple) or curve.period is None or curve.stretch != 1:
        return _unrolled(curve, place)
    period = steps(curve.period, place, "period")
    if period.denominator != 1:
        return _unrolled(curve, place)
    end = whole(period) * curve.times if curve.times is not None else place.length
    inner = place.inside("curve").lasting(period, "the cycle")
    value = normalise.repeat(lower_curve(curve.curve, inner), whole(period), end)
    if curve.scale == 1:
        return value
    span = whole(period)
    phase = Phase.of(span=1, wrap="free") if span == 1 else Phase(span=span, every=span, wrap="free")
    factor: Value = normalise.exponential(1.0, curve.scale, 1.0, phase)
    if end is not None:
        factor = normalise.sequence([(0, factor), (end, normalise.frozen(factor, end - 1))])
    return normalise.combine("product", [value, factor])


def _unrolled(curve: RepeatCurve, place: Place) -> Value:
    """Lay out each cycle as a part of its own, on boundaries rounded from the sum of all cycles before."""
    lengths = cycles(curve, place, _cycles_to_fill(curve, place))
    ends = [Fraction(0)]
    for length in lengths:
        ends.append(ends[-1] + length)
    bounded = isinstance(curve.period, tuple) or curve.times is not None
    stop = whole(ends[-1]) if bounded or place.length is None else place.length
    pieces: list[tuple[int, Value]] = []
    factors: list[tuple[int, Value]] = []
    for index, length in enumerate(lengths):
        start, end = whole(ends[index]), whole(ends[index + 1])
        if start == end:
            raise fault("duration.vanishes", place.path, f"cycle {index}, of {plain(length)} steps, rounds to none",
                        "Give longer periods.")  # fmt: skip
        inner = replace(place.inside("curve"), length=end - start, exact=length, of=end - start, whose="the cycle")
        value = lower_curve(curve.curve, inner)
        pieces.append((start, normalise.hold(value, min(end, stop) - start)))
        factors.append((start, normalise.frozen(_scale(curve), index)))
    if curve.scale == 1:
        return normalise.sequence(pieces)
    return normalise.combine("product", [normalise.sequence(pieces), normalise.sequence(factors)])


def _scale(curve: RepeatCurve) -> Value:
    return normalise.exponential(1.0, curve.scale, 1.0, Phase.of(span=1, wrap="free"))


def _cycles_to_fill(curve: RepeatCurve, place: Place) -> int | None:
    """Give how many cycles it takes to fill the place, where neither times nor a list says so."""
    if curve.times is not None or curve.period is None or isinstance(curve.period, tuple):
        return None
    if place.length is None:
        raise fault(
            "repeat.endless", place.path, "cycles that differ in length need an end", "Give times, a duration or total."
        )
    length, filled, count = steps(curve.period, place, "period"), Fraction(0), 0
    most = most_cycles(curve)
    while filled < place.length and count <= most:
        filled, length, count = filled + length, length * stretch(curve), count + 1
    if count > most:
        raise fault("program.too_large", place.path, f"more than {most} cycles that differ in length",
                    "Give a period of whole steps without stretch, which costs no rows.")  # fmt: skip
    return count


def _reached(value: Value, step: int, place: Place) -> Level:
    """Give what a value is at `step`, as a factor of the base and an absolute part."""
    found = _level(normalise.frozen(value, step), place)
    return found if place.units == "based" else Level(found.absolute)


def _level(value: Value, place: Place) -> Level:
    match value:
        case Track(curves=(Base(),)):
            return Level(1.0)
        case Track(curves=(Constant(value=number),)):
            return Level(0.0, number)
        case Combine(op=op, parts=parts):
            levels = [_level(part, place) for part in parts]
            result = levels[0]
            for other in levels[1:]:
                result = _operate(op, result, other, place)
            return result
        case Track():
            raise AssertionError("a frozen timeline is one constant")
        case _:
            assert_never(value)


def _operate(op: Operator, a: Level, b: Level, place: Place) -> Level:
    if op == "sum":
        return Level(a.factor + b.factor, a.absolute + b.absolute)
    if op == "product" and 0 in (a.factor, b.factor):
        if a.factor:
            return Level(a.factor * b.absolute, a.absolute * b.absolute)
        return Level(a.absolute * b.factor, a.absolute * b.absolute)
    if a.factor == b.factor == 0:
        pair = normalise.combine(op, [constant(a.absolute), constant(b.absolute)])
        return _level(pair, place)
    raise fault("joint.base", place.path, "what this part reaches depends on the optimizer's value in a way that "
                "cannot be handed on", "Give the next part its start.")  # fmt: skip
