"""Combinators and recipes as rows: where the parts of a sequence fall, and what each is entered with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import assert_never

from unisched import normalise
from unisched.duration import LAST_STEP, whole
from unisched.ir import Operator, Value
from unisched.lowering.joint import reached
from unisched.lowering.leaves import (
    constant_leaf,
    exponential_leaf,
    piecewise_leaf,
    power_decay_leaf,
    ramp_leaf,
)
from unisched.lowering.lengths import length_of
from unisched.lowering.place import Place, fault, placed, plain, steps
from unisched.lowering.repeats import lower_repeat
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
            return lower_repeat(curve, place, lower_curve)
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
            entering = reached(value, length, inner)
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
    return normalise.stair(value, steps(curve.every, place, "every"))


def _shift(curve: ShiftCurve, place: Place) -> Value:
    value = lower_curve(curve.curve, place.through("curve"))
    length = place.clock.steps(curve.distance, place.of, f"{place.path}.by")
    if length > LAST_STEP:
        raise fault("duration.range", f"{place.path}.by", f"is {plain(length)} steps, more than 2^53",
                    "No run gets there; shift by less.")  # fmt: skip
    return normalise.shift(value, curve.direction * whole(length))
