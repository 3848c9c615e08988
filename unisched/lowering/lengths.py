"""How long a curve is of itself, in exact steps: what its fields say, and where it takes the length of its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, count, islice, pairwise
from typing import Final, Literal, assert_never

from unisched.duration import Duration
from unisched.ir import MOST_ROWS
from unisched.lowering.dialects import length_of_dialect
from unisched.lowering.place import Exact, Place, fault, steps
from unisched.lowering.recipes import expansion_of, said_of
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

__all__ = ["cycles", "length_of", "most_cycles", "stretch", "stretched"]

_LONGEST_RATIO: Final = 2**14
"""Bits of an exact cycle end: beyond it the arithmetic takes seconds."""


def length_of(curve: AnyCurve, place: Place) -> Exact | None:  # noqa: C901  # one line a kind
    """Give the length a curve has of itself, in exact steps; `None` where it takes that of its place."""
    if curve.duration is not None:
        return None if curve.duration.unit == "rest" else steps(curve.duration, place, place.field)
    match curve:
        case (
            ConstantCurve() | LinearCurve() | PolynomialCurve() | CosineCurve() | ExponentialCurve() | PowerDecayCurve()
        ):
            return None
        case RecipeCurve():
            shown, fields = expansion_of(curve, place)
            with said_of(place, fields):
                return length_of(shown, place)
        case PiecewiseCurve():
            return _piecewise_length(curve, place)
        case SequenceCurve(parts=parts, boundaries=boundaries):
            return _bounded(parts, boundaries, place) if boundaries else _all(parts, place, "parts", "sum")
        case ProductCurve(curves=curves) | SumCurve(curves=curves):
            return _all(curves, place, "curves", "longest")
        case ClipCurve(curve=inner) | StairCurve(curve=inner) | ShiftCurve(curve=inner):
            return length_of(inner, place.inside("curve"))
        case RepeatCurve():
            return _repeat_length(curve, place)
        case WindowCurve() | FollowCurve() | NoiseCurve() | PlateauCurve():
            return None
        case FormulaCurve() | RecurrenceCurve() | CallableCurve():
            return None
        case WaveCurve():
            return curve.span - curve.offset if curve.wrap == "hold" and curve.span > curve.offset else None
        case TableCurve() | GreedyCurve():
            return None
        case ScaledCurve(curve=inner):
            return length_of(inner, place.inside("curve"))
        case DialectCurve():
            return length_of_dialect(curve, place, length_of)
        case _:
            assert_never(curve)


def cycles(curve: RepeatCurve, place: Place, filling: int | None = None) -> list[Exact]:
    """Give the exact lengths of the cycles of a repeat: those listed, or as many as `filling` or its times say."""
    if isinstance(curve.period, tuple):
        return _one_after_another(curve.period, place)
    times = filling or curve.times
    if times is None:
        raise fault("repeat.endless", place.path, "the number of cycles is not known", "Give times, or a length.")
    if times > most_cycles(curve):
        raise fault("program.too_large", place.path_of("times"), f"{times} cycles that do not all last the same whole "
                    f"number of steps, more than {most_cycles(curve)}",
                    "Give a period of whole steps without stretch, which costs no rows.")  # fmt: skip
    if curve.period is None:
        return _divided(place, times, stretch(curve))
    return list(islice(stretched(curve.period, stretch(curve), place), times))


def stretched(period: Duration, factor: Fraction, place: Place) -> Iterator[Exact]:
    """Give the exact lengths of cycles without end, each `factor` times as long as the one before."""
    length = steps(period, place, "period")
    paced = place.clock.ramp(place.unit_of(period)) is not None
    end: Exact = 0
    for index in count(1):
        yield length
        end += length
        amount = period.amount * factor**index if paced else Fraction(0)
        length = place.measure(Duration(amount, period.unit), "period", end) if paced else length * factor


def most_cycles(curve: RepeatCurve) -> int:
    """Give how many cycles of unequal length can be laid out: each takes a row, and the digits of its exact end."""
    factor = stretch(curve)
    digits = max(factor.numerator, factor.denominator).bit_length()
    return MOST_ROWS if factor == 1 else min(MOST_ROWS, _LONGEST_RATIO // digits)


def stretch(curve: RepeatCurve) -> Fraction:
    """Give the factor between cycles as the decimal that was written."""
    return Fraction(repr(curve.stretch))


def _one_after_another(periods: Sequence[Duration], place: Place) -> list[Exact]:
    lengths: list[Exact] = []
    start: Exact = 0
    for index, period in enumerate(periods):
        lengths.append(steps(period, place.since(start), f"period[{index}]"))
        start += lengths[-1]
    return lengths


def _divided(place: Place, times: int, factor: Fraction) -> list[Exact]:
    """Give shares of the length of a place, counted in the unit that it was written in."""
    if place.length is None:
        raise fault("length.missing", place.path, "times without a period divides a length, and there is none",
                    "Give period, duration or total.")  # fmt: skip
    shares = [factor**index for index in range(times)]
    ramp, whole_length = place.clock.ramp(place.unit), sum(shares)
    if ramp is None or place.origin is None:
        return [place.length * share / whole_length for share in shares]
    before = ramp.consumed(place.origin)
    span = ramp.consumed(place.origin + place.length) - before
    ends = [place.origin, *(ramp.reached(before + span * end / whole_length) for end in accumulate(shares))]
    return [end - start for start, end in pairwise(ends)]


def _piecewise_length(curve: PiecewiseCurve, place: Place) -> Exact | None:
    if curve.values is not None and curve.every is not None:
        steps(curve.every, place, "every")
        strides = len(curve.values) if curve.interpolation == "previous" else len(curve.values) - 1
        return place.measure(Duration(curve.every.amount * strides, curve.every.unit), "every") or None
    if curve.interpolation == "previous" or curve.points is None:
        return None
    last = len(curve.points) - 1
    return place.measure(curve.points[last][0], f"points[{last}][0]") or None


def _repeat_length(curve: RepeatCurve, place: Place) -> Exact | None:
    if isinstance(curve.period, tuple):
        return sum(cycles(curve, place), 0)
    if curve.period is None or curve.times is None:
        return None
    if curve.stretch == 1 and place.clock.ramp(place.unit_of(curve.period)) is None:
        return steps(curve.period, place, "period") * curve.times
    return sum(cycles(curve, place), 0)


def _bounded(parts: Sequence[AnyCurve], boundaries: Sequence[Duration], place: Place) -> Exact | None:
    last = len(boundaries)
    start = place.measure(boundaries[-1], f"boundaries[{last - 1}]")
    length = length_of(parts[last], place.inside(f"parts[{last}]").since(start))
    return None if length is None else start + length


def _all(curves: Sequence[AnyCurve], place: Place, name: str, join: Literal["sum", "longest"]) -> Exact | None:
    end: Exact = 0
    longest: Exact = 0
    for index, curve in enumerate(curves):
        inner = place.inside(f"{name}[{index}]")
        length = length_of(curve, inner.since(end) if join == "sum" else inner)
        if length is None:
            return None
        end, longest = end + length, max(longest, length)
    return longest if join == "longest" else end
