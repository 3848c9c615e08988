"""How long a curve is of itself, in exact steps: what its fields say, and where it takes the length of its place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Literal, assert_never

from unisched.ir import MOST_ROWS
from unisched.lowering.place import Place, fault, steps
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

__all__ = ["cycles", "length_of", "most_cycles", "stretch"]

_LONGEST_RATIO: Final = 2**14
"""Bits of an exact cycle end: beyond it the arithmetic takes seconds."""


def length_of(curve: AnyCurve, place: Place) -> Fraction | None:
    """Give the length a curve has of itself, in exact steps; `None` where it takes that of its place."""
    if curve.duration is not None:
        return None if curve.duration.unit == "rest" else steps(curve.duration, place, place.field)
    match curve:
        case (
            ConstantCurve() | LinearCurve() | PolynomialCurve() | CosineCurve() | ExponentialCurve() | PowerDecayCurve()
        ):
            return None
        case WarmupCosineCurve() | WarmupLinearCurve() | WsdCurve():
            return None
        case PiecewiseCurve():
            return _piecewise_length(curve, place)
        case SequenceCurve(parts=parts):
            return _all(parts, place, "parts", "sum")
        case ProductCurve(curves=curves) | SumCurve(curves=curves):
            return _all(curves, place, "curves", "longest")
        case ClipCurve(curve=inner) | StairCurve(curve=inner) | ShiftCurve(curve=inner):
            return length_of(inner, place.inside("curve"))
        case RepeatCurve():
            return _repeat_length(curve, place)
        case _:
            assert_never(curve)


def cycles(curve: RepeatCurve, place: Place, count: int | None = None) -> list[Fraction]:
    """Give the exact lengths of the cycles of a repeat: those listed, or as many as `count` or its times say."""
    if isinstance(curve.period, tuple):
        return [steps(period, place, f"period[{index}]") for index, period in enumerate(curve.period)]
    times = count or curve.times
    if times is None:
        raise fault("repeat.endless", place.path, "the number of cycles is not known", "Give times, or a length.")
    if times > most_cycles(curve):
        raise fault("program.too_large", f"{place.path}.times", f"{times} cycles that do not all last the same whole "
                    f"number of steps, more than {most_cycles(curve)}",
                    "Give a period of whole steps without stretch, which costs no rows.")  # fmt: skip
    if curve.period is None:
        if place.length is None:
            raise fault("length.missing", place.path, "times without a period divides a length, and there is none",
                        "Give period, duration or total.")  # fmt: skip
        return _divided(Fraction(place.length), times, stretch(curve))
    first = steps(curve.period, place, "period")
    return [first * stretch(curve) ** index for index in range(times)]


def most_cycles(curve: RepeatCurve) -> int:
    """Give how many cycles of unequal length can be laid out: each takes a row, and the digits of its exact end."""
    factor = stretch(curve)
    digits = max(factor.numerator, factor.denominator).bit_length()
    return MOST_ROWS if factor == 1 else min(MOST_ROWS, _LONGEST_RATIO // digits)


def stretch(curve: RepeatCurve) -> Fraction:
    """Give the factor between cycles as the decimal that was written."""
    return Fraction(repr(curve.stretch))


def _divided(length: Fraction, times: int, factor: Fraction) -> list[Fraction]:
    shares = [factor**index for index in range(times)]
    whole_length = sum(shares)
    return [length * share / whole_length for share in shares]


def _piecewise_length(curve: PiecewiseCurve, place: Place) -> Fraction | None:
    if curve.values is not None and curve.every is not None:
        every = steps(curve.every, place, "every")
        return every * (len(curve.values) if curve.interpolation == "previous" else len(curve.values) - 1) or None
    if curve.interpolation == "previous" or curve.points is None:
        return None
    last = len(curve.points) - 1
    return place.clock.steps(curve.points[last][0], place.of, f"{place.path}.points[{last}][0]") or None


def _repeat_length(curve: RepeatCurve, place: Place) -> Fraction | None:
    if isinstance(curve.period, tuple):
        return sum(cycles(curve, place), Fraction(0))
    if curve.period is None or curve.times is None:
        return None
    if curve.stretch == 1:
        return steps(curve.period, place, "period") * curve.times
    return sum(cycles(curve, place), Fraction(0))


def _all(curves: Sequence[AnyCurve], place: Place, name: str, join: Literal["sum", "longest"]) -> Fraction | None:
    lengths = [length_of(curve, place.inside(f"{name}[{index}]")) for index, curve in enumerate(curves)]
    if any(length is None for length in lengths):
        return None
    known = [length for length in lengths if length is not None]
    return max(known) if join == "longest" else sum(known, Fraction(0))
