"""Where a curve stands while it is lowered: its path, its length, its clock, and the value it is entered with.

All rules about lengths are here: what a length is counted in, what it is a percentage of, when it rounds to
nothing, and when it does not fit. Curves are looked at only for their length.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, Literal, TypeAlias, assert_never

from unisched.duration import LAST_STEP, Clock, Duration, Unit, whole
from unisched.errors import Problem, SpecError, StepError
from unisched.ir import MOST_ROWS
from unisched.lint import Note
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

__all__ = [
    "Level", "Place", "Units", "cycles", "fault", "length_of", "most_cycles", "placed", "plain", "steps", "stretch",
]  # fmt: skip

_LONGEST_RATIO: Final = 2**14

Units: TypeAlias = Literal["plain", "based", "factor"]
"""plain: a number is a number. based: it is a factor of the base, and {"absolute": x} is not. factor: as in a
product, where nothing is absolute."""


@dataclass(frozen=True, slots=True)
class Level:
    """A value that may depend on the base: factor times base, plus absolute."""

    factor: float
    absolute: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A curve's surroundings. `length` is in whole steps, `exact` the same before rounding; `None` is open-ended.

    `of` is what a percentage is of: the length of the enclosing curve. `settled`: the length was given to this
    very curve by a sequence, which rounded it from its own sums. `field` is what its duration is called.
    """

    path: str
    clock: Clock
    notes: list[Note] = field(compare=False)
    length: int | None = None
    exact: Fraction | None = None
    of: int | None = None
    whose: str = "the total"
    settled: bool = False
    field: str = "duration"
    entering: Level | None = None
    units: Units = "plain"

    def inside(self, name: str, field: str = "duration") -> Place:
        """Give the place of a curve inside this one that fills it on its own."""
        return replace(self, path=f"{self.path}.{name}", settled=False, entering=None, field=field)

    def through(self, name: str) -> Place:
        """Give the place of the curve that a transparent combinator shows: all but the path is the same."""
        return replace(self, path=f"{self.path}.{name}")

    @property
    def limit(self) -> str:
        """Give the length of the place in words."""
        return (
            f"the total of {self.length}" if self.whose == "the total" else f"the {self.length} steps of {self.whose}"
        )

    def lasting(self, exact: Fraction, whose: str) -> Place:
        """Give this place with a length of its own, which percentages inside are of."""
        return replace(self, length=whole(exact), exact=exact, of=whole(exact), whose=whose)

    def note(self, code: str, text: str) -> None:
        """Remember something a careful reader would ask about."""
        self.notes.append(Note(code, self.path, text))


def fault(code: str, path: str, what: str, remedy: str) -> SpecError:
    """Give the error of one problem at `path`."""
    return SpecError(Problem(code, path, what, remedy))


@contextmanager
def placed(path: str) -> Iterator[None]:
    """Give what is wrong with finished values, which know no place, the place of the curve they come from."""
    try:
        yield
    except (SpecError, StepError) as error:
        if error.path:
            raise
        raise SpecError(*(problem.at(path) for problem in error.problems)) from None


def plain(length: Fraction) -> str:
    """Give a length as people write it: whole, or with a few decimals."""
    if length > 10**18:
        return "more than 1e+18"
    return str(length.numerator) if length.denominator == 1 else f"{float(length):.6g}"


def steps(duration: Duration, place: Place, name: str) -> Fraction:
    """Give a length in exact steps; raise `SpecError` where it is zero, rounds to zero, or cannot be known."""
    path = f"{place.path}.{name}" if name else place.path
    exact = place.clock.steps(duration, place.of, path)
    if exact == 0:
        raise fault("number.range", path, f"'{duration}' is no time at all", "Leave it out, or give at least one step.")
    if whole(exact) == 0:
        shortest = _shortest(duration, exact)
        raise fault("duration.vanishes", path, f"'{duration}' is {float(exact):.3g} steps, which rounds to none",
                    f"The shortest that does not is {shortest}.")  # fmt: skip
    if exact > LAST_STEP:
        raise fault("duration.range", path, f"'{duration}' is {float(exact):.3g} steps, more than 2^53",
                    "Give a shorter duration.")  # fmt: skip
    if exact.denominator != 1 and duration.unit != "steps":
        place.note(
            "duration.rounded",
            f"{name or 'length'} '{duration}' is {float(exact):.6g} steps; boundaries go to whole steps",
        )
    return exact


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
            return _all(parts, place, "parts", sum)
        case ProductCurve(curves=curves) | SumCurve(curves=curves):
            return _all(curves, place, "curves", max)
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


def _all(curves: Sequence[AnyCurve], place: Place, name: str, join: object) -> Fraction | None:
    lengths = [length_of(curve, place.inside(f"{name}[{index}]")) for index, curve in enumerate(curves)]
    if any(length is None for length in lengths):
        return None
    known = [length for length in lengths if length is not None]
    return max(known) if join is max else sum(known, Fraction(0))


def _shortest(duration: Duration, exact: Fraction) -> str:
    unit: Unit = duration.unit
    amount = duration.amount / (2 * exact)
    digits = 4 if unit == "%" else 6
    rounded = Fraction(math.ceil(amount * 10**digits), 10**digits)
    return f"'{Duration(rounded, unit)}'"
