"""Where a curve stands while it is lowered: its path, its length, its clock, and the value it is entered with.

What a length is counted in, what it is a percentage of, and when it rounds to nothing. No curve is known here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from unisched.duration import LAST_STEP, Clock, Duration, Unit, whole
from unisched.errors import Problem, SpecError, StepError
from unisched.lint import Note

__all__ = [
    "Level",
    "Place",
    "Units",
    "fault",
    "placed",
    "plain",
    "steps",
]

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


def _shortest(duration: Duration, exact: Fraction) -> str:
    unit: Unit = duration.unit
    amount = duration.amount / (2 * exact)
    digits = 4 if unit == "%" else 6
    rounded = Fraction(math.ceil(amount * 10**digits), 10**digits)
    return f"'{Duration(rounded, unit)}'"
