"""Combinators and recipes as rows: each curve at its place, and what each part of a sequence is entered with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from unisched import normalise
from unisched.duration import LAST_STEP, Duration, whole
from unisched.ir import MOST_ROWS, Operator, Value
from unisched.lowering.dialects import lower_dialect
from unisched.lowering.feedback import greedy_leaf, plateau_leaf
from unisched.lowering.formulas import callable_leaf, formula_leaf, recurrence_leaf
from unisched.lowering.inner import lower_scaled, table_leaf
from unisched.lowering.joint import reached
from unisched.lowering.leaves import (
    constant_leaf,
    exponential_leaf,
    piecewise_leaf,
    power_decay_leaf,
    ramp_leaf,
    wave_leaf,
)
from unisched.lowering.lengths import length_of
from unisched.lowering.noise import noise_leaf
from unisched.lowering.parts import Part, laid_out, must_fit
from unisched.lowering.place import Place, changed, fault, placed, plain, steps
from unisched.lowering.recipes import expansion_of, said_of
from unisched.lowering.repeats import lower_repeat
from unisched.spec.combinators import (
    ClipCurve,
    ProductCurve,
    RepeatCurve,
    SequenceCurve,
    ShiftCurve,
    StairCurve,
    SumCurve,
    WindowCurve,
)
from unisched.spec.curve import CallableCurve
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PiecewiseCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.dialect import DialectCurve, WaveCurve
from unisched.spec.expansion import RecipeCurve
from unisched.spec.feedback import PlateauCurve
from unisched.spec.formulas import FormulaCurve, RecurrenceCurve
from unisched.spec.grammar import AnyCurve
from unisched.spec.inner import GreedyCurve, ScaledCurve, TableCurve
from unisched.spec.noise import NoiseCurve
from unisched.spec.references import FollowCurve

__all__ = ["lower_curve"]


def lower_curve(curve: AnyCurve, place: Place) -> Value:
    """Give the value of a curve at its place; a curve with a duration of its own holds from there on."""
    exact = place.exact if place.settled else length_of(curve, place)
    cut = curve.duration is None and isinstance(curve, SequenceCurve | DialectCurve)
    if exact is not None and not place.settled and not cut:
        must_fit(exact, 0, place, "" if curve.duration is None else place.field, place)
    with placed(place.path):
        if curve.duration is None or curve.duration.unit == "rest" or exact is None:
            return _value(curve, place)
        length = place.length if place.settled and place.length is not None else whole(exact)
        own = place.spanning(length, exact, place.path, place.unit_of(curve.duration), place.origin)
        return normalise.hold(_value(curve, changed(own, settled=False)), length)


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
        case NoiseCurve():
            return noise_leaf(curve, place)
        case PlateauCurve():
            return plateau_leaf(curve, place)
        case FormulaCurve():
            return formula_leaf(curve, place)
        case RecurrenceCurve():
            return recurrence_leaf(curve, place)
        case CallableCurve():
            return callable_leaf(curve, place)
        case SequenceCurve():
            return _sequence(laid_out(curve, place), place)
        case RecipeCurve():
            shown, fields = expansion_of(curve, place)
            with said_of(place, fields):
                return _value(shown, place)
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
        case WindowCurve():
            return _window(curve, place)
        case FollowCurve():
            return _follow(curve, place)
        case WaveCurve():
            return wave_leaf(curve, place)
        case TableCurve():
            return table_leaf(curve, place)
        case ScaledCurve():
            return lower_scaled(curve, place, lower_curve)
        case GreedyCurve():
            return greedy_leaf(curve, place)
        case DialectCurve():
            return lower_dialect(curve, place, lower_curve)
        case _:
            assert_never(curve)


def _sequence(parts: Sequence[Part], place: Place) -> Value:
    pieces: list[tuple[int, Value]] = []
    entering = place.entering
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        value = lower_curve(part.curve, changed(part.place, entering=entering))
        pieces.append((part.start, value))
        if after is not None:
            entering = partial(reached, value, after.start - part.start, part.place)
    return normalise.sequence(pieces)


def _pointwise(op: Operator, curves: Sequence[AnyCurve], place: Place) -> Value:
    inner = changed(place, units="factor") if op == "product" else place
    value = normalise.combine(op, [lower_curve(c, inner.inside(f"curves[{i}]")) for i, c in enumerate(curves)])
    return place.scaled(value) if op == "product" else value


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
    if place.clock.ramp(place.unit_of(curve.every)) is None:
        return normalise.stair(value, every)
    stairs = _stairs(curve.every, place)
    return normalise.sequence([(step, normalise.frozen(value, step, is_live=True)) for step in stairs])


def _stairs(every: Duration, place: Place) -> list[int]:
    """Give the steps at which stairs begin that a batch ramp makes shorter and shorter."""
    if place.length is None:
        raise fault("ramp.endless", place.path_of("every"), f"'{every}' is another number of steps at each stair, and "
                    "there is no last one", "Give a total, or count the stairs in steps.")  # fmt: skip
    found = [0]
    for index in range(1, MOST_ROWS + 1):
        at = whole(place.measure(Duration(every.amount * index, every.unit), "every"))
        if at >= place.length:
            return found
        if at > found[-1]:
            found.append(at)
    raise fault("program.too_large", place.path_of("every"), f"more than {MOST_ROWS} stairs that differ in length",
                "Give a longer one, or count the stairs in steps.")  # fmt: skip


def _shift(curve: ShiftCurve, place: Place) -> Value:
    value = lower_curve(curve.curve, place.through("curve"))
    length = place.measure(curve.distance, "by")
    if length > LAST_STEP:
        raise fault("duration.range", place.path_of("by"), f"is {plain(length)} steps, more than 2^53",
                    "No run gets there; shift by less.")  # fmt: skip
    return normalise.shift(value, curve.direction * whole(length))


def _window(curve: WindowCurve, place: Place) -> Value:
    offset = place.ending(curve.offset, "offset", 0)
    if offset > LAST_STEP:
        raise fault("duration.range", place.path_of("offset"), f"is {plain(offset)} steps, more than 2^53",
                    "No run gets there; begin earlier.")  # fmt: skip
    opened = place.since(-whole(offset))
    inner = changed(_laid_out(curve, opened), entering=None if offset else place.entering)
    return normalise.shift(lower_curve(curve.curve, inner), whole(offset))


def _laid_out(curve: WindowCurve, opened: Place) -> Place:
    """Give the place of a curve that is laid out as if its window were the whole run."""
    inner = opened.inside("curve")
    if curve.length is None:
        return changed(inner, clock=replace(inner.clock, total=None), length=None, exact=None, of=None)
    length, unit = steps(curve.length, opened, "length"), opened.unit_of(curve.length)
    return changed(inner.lasting(length, "the window", unit, opened.origin),
                   clock=replace(inner.clock, total=whole(length)))  # fmt: skip


def _follow(curve: FollowCurve, place: Place) -> Value:
    if place.cycle or place.origin is None or place.follow is None:
        raise fault("follow.cycle", place.path, "a cycle comes again and again, and the run passes each step once",
                    "Take it out of the repeat, as a factor or summand of the whole.")  # fmt: skip
    value = normalise.shift(place.follow(curve.schedule, place.path_of("schedule")), int(place.origin))
    return place.scaled(value)
