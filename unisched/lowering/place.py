"""Where a curve stands while it is lowered: its path, its length, its clock, and the value it is entered with.

What a length is counted in, what it is a percentage of, and when it rounds to nothing. No curve is known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from unisched import normalise
from unisched.duration import LAST_STEP, START, Clock, Duration, Unit, whole
from unisched.errors import Problem, SpecError, StepError
from unisched.ir import Controller, Value
from unisched.lint import Note
from unisched.lowering.budget import Budget
from unisched.lowering.expansions import Expansions

__all__ = [
    "Exact",
    "Level",
    "Place",
    "Stretch",
    "Units",
    "changed",
    "fault",
    "placed",
    "plain",
    "steps",
]

_MOST_ROUNDED: Final = Fraction(1, 100)
"""What rounding may take of a length, or add to it, without a word."""

Exact: TypeAlias = Fraction | int
"""A number of steps before it is rounded: an int where it is whole, as most are, since its sums cost a tenth."""

Units: TypeAlias = Literal["plain", "based", "factor"]
"""plain: a number is a number. based: it is a factor of the base, and {"absolute": x} is not. factor: as in a
product, where nothing is absolute."""


@dataclass(frozen=True, slots=True)
class Level:
    """A value that may depend on the base: factor times base, plus absolute."""

    factor: float
    absolute: float = 0.0


class Stretch(NamedTuple):
    """A count that grows evenly: from local step `start` on it is (offset + rate * (step - start)) / divisor."""

    start: int
    rate: int
    offset: int
    divisor: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """A curve's surroundings. `length` is in whole steps, `exact` the same before rounding; `None` is open-ended.

    `unit` is what the length is counted in, `origin` the step of the run at which the clock of the curve begins:
    under a batch ramp both decide what a token is worth. `origin` is `None` in cycles that are laid out once for all.
    `of` is what a percentage is of: the length of the enclosing curve, counted in `of_unit` from `of_origin` on.
    `settled`: the length was given to this very curve by a sequence, which rounded it from its own sums. `field` is
    what its duration is called. `sealed`: inside what a dialect expands to, where all paths are the dialect's own.
    `cycle`: somewhere inside a repeat. `entering` gives what the part before reached, `follow` the curve of a
    schedule by its name, said at a path. `controllers` are those of the whole document, `base`
    is what a factor of the optimizer's value multiplies, where that is known; `expansions` remembers what recipes and
    dialects stand for, where somebody asks.
    """

    path: str
    clock: Clock
    notes: list[Note] = field(compare=False)
    entering: Callable[[], Level] | None = field(default=None, compare=False)
    follow: Callable[[str, str], Value] | None = field(default=None, compare=False)
    budget: Budget = field(default_factory=Budget, compare=False)
    controllers: dict[tuple[str, Controller], tuple[int, Controller]] = field(default_factory=dict, compare=False)
    expansions: Expansions | None = field(default=None, compare=False)
    base: float | None = None
    length: int | None = None
    exact: Exact | None = None
    unit: Unit = "steps"
    origin: Exact | None = START
    of: int | None = None
    of_unit: Unit = "steps"
    of_origin: Exact | None = START
    whose: str = "the total"
    settled: bool = False
    field: str = "duration"
    cycle: bool = False
    hyperparameter: str = "learning_rate"
    sealed: bool = False
    units: Units = "plain"

    def inside(self, name: str, field: str = "duration") -> Place:
        """Give the place of a curve inside this one that fills it on its own."""
        return changed(self, path=self.path_of(name), settled=False, entering=None, field=field)

    def through(self, name: str) -> Place:
        """Give the place of the curve that a transparent combinator shows: all but the path is the same."""
        return changed(self, path=self.path_of(name))

    def path_of(self, name: str) -> str:
        """Give the path of a field of this place's curve, as far as the document goes."""
        return self.path if self.sealed or not name else f"{self.path}.{name}"

    @property
    def limit(self) -> str:
        """Give the length of the place in words."""
        return (
            f"the total of {self.length}" if self.whose == "the total" else f"the {self.length} steps of {self.whose}"
        )

    def lasting(self, exact: Exact, whose: str, unit: Unit = "steps", origin: Exact | None = None) -> Place:
        """Give this place with a length and a start of its own, which percentages inside are of."""
        return self.spanning(whole(exact), exact, whose, unit, origin)

    def spanning(self, length: int, exact: Exact, whose: str, unit: Unit, origin: Exact | None) -> Place:
        """Give this place with a length of whole steps, which percentages inside are of."""
        return changed(self, length=length, exact=exact, unit=unit, origin=origin, of=length, of_unit=unit,
                       of_origin=origin, whose=whose)  # fmt: skip

    def since(self, start: Exact) -> Place:
        """Give this place with a clock that begins `start` steps later."""
        return changed(self, origin=None if self.origin is None else self.origin + start)

    def entered(self, name: str) -> Level:
        """Give what the part before reached, in the place of the field `name`, which was left out."""
        if self.entering is not None:
            return self.entering()
        raise fault("joint.missing", self.path_of(name), f"{name} is left out, and no part stands before",
                    f"Give {name}; only a part of a sequence continues from the one before.")  # fmt: skip

    def unit_of(self, duration: Duration) -> Unit:
        """Give what a length written as `duration` is counted in: samples, tokens, or steps for all that is fixed."""
        match duration.unit:
            case "samples" | "tokens":
                return duration.unit
            case "%":
                return self.of_unit
            case "rest":
                return self.unit
            case _:
                return "steps"

    def measure(self, duration: Duration, name: str, since: Exact = START) -> Exact:
        """Give a duration of this place's curve in exact steps, where it begins `since` steps after the curve does."""
        if duration.unit == "steps":
            return _plainest(duration.amount)
        at = None if self.origin is None else self.origin + since
        return _plainest(self.clock.steps(self.counted(duration), self.of, self.path_of(name), at))

    def position(self, duration: Duration, name: str) -> Exact:
        """Give a position on this place's clock in exact steps, with a note where it is between two."""
        exact = self.measure(duration, name)
        _note_rounding(exact, duration, self, name)
        return exact

    def ending(self, duration: Duration, name: str, end: Exact) -> Exact:
        """Give a duration of this place's curve in exact steps, where it ends `end` steps after the curve begins."""
        counted = self.counted(duration)
        ramp = self.clock.ramp(counted.unit)
        if ramp is None or self.origin is None:
            return self.clock.steps(counted, self.of, self.path_of(name), None)
        stop = self.origin + end
        return stop - ramp.reached(ramp.consumed(stop) - counted.amount)

    def pace(self, unit: Literal["steps", "epochs", "samples", "tokens"], name: str = "") -> list[Stretch]:
        """Give how many of `unit` came since this place's curve began, as exact functions of its local step.

        The stretches are in order, the first from step 0 on; only a batch ramp gives more than one. Raises
        `SpecError` at the field `name` where the clock does not know the unit.
        """
        if self.clock.ramp(unit) is not None and self.origin is not None:
            return self._counts(int(self.origin), unit, None)
        one = self.clock.steps(Duration(Fraction(1), unit), None, self.path_of(name), None)
        return [Stretch(0, one.denominator, 0, one.numerator)]

    def progress(self, name: str = "") -> list[Stretch]:
        """Give u, how much of this place's length is behind, from 0 to 1 at its end and more beyond, as `pace` does.

        Counted in the unit the length was written in. Raises `SpecError` where the place has no length.
        """
        if self.length is None:
            raise fault("length.missing", self.path_of(name), "needs a length, and nothing gives one",
                        "Add a duration, or a total.")  # fmt: skip
        ramp = self.clock.ramp(self.unit)
        if ramp is None or self.origin is None:
            return [Stretch(0, 1, 0, self.length)]
        start = int(self.origin)
        span = int(ramp.consumed(start + self.length) - ramp.consumed(start))
        if span > LAST_STEP:
            raise fault("duration.range", self.path_of(name), f"lasts {span} {self.unit}, more than 2^53",
                        "Count in larger units.")  # fmt: skip
        return [stretch._replace(divisor=span) for stretch in self._counts(start, self.unit, start + self.length)]

    def scaled(self, value: Value) -> Value:
        """Give a value that knows factors only as what it stands for here: a factor of the base, if there is one."""
        return normalise.combine("product", [normalise.base(), value]) if self.units == "based" else value

    def controller(self, controller: Controller) -> int:
        """Give the number of the controller of this place's curve, whose memory is kept under its path."""
        known = (self.path, controller)
        if known not in self.controllers:
            self.budget.watchers[self.path] += 1
            alike = self.budget.watchers[self.path]
            place = self.path if alike == 1 else f"{self.path}#{alike}"
            self.controllers[known] = len(self.controllers), replace(controller, place=place, base=self.base)
        return self.controllers[known][0]

    def note(self, code: str, text: str) -> None:
        """Remember something a careful reader would ask about."""
        self.notes.append(Note(code, self.path, text))

    def counted(self, duration: Duration) -> Duration:
        """Give a percentage of a length in samples or tokens in that unit, where a batch ramp paces it."""
        ramp = self.clock.ramp(self.of_unit) if duration.unit == "%" else None
        if ramp is None or self.of is None or self.of_origin is None:
            return duration
        whole_length = ramp.consumed(self.of_origin + self.of) - ramp.consumed(self.of_origin)
        return Duration(duration.amount * whole_length / 100, self.of_unit)

    def _counts(self, start: int, unit: Unit, stop: int | None) -> list[Stretch]:
        ramp = self.clock.ramp(unit)
        if ramp is None:
            return []
        before = ramp.consumed(start)
        pieces = list(ramp.pieces(start, stop))
        self.budget.spend(len(pieces), self.path)
        return [Stretch(first - start, count, int(ramp.consumed(first) - before), 1) for first, count in pieces]


if TYPE_CHECKING:
    from dataclasses import replace as changed
else:

    def changed(place: Place, **fields: Any) -> Place:
        """Give the place with other values in some fields: `dataclasses.replace`, of which type checkers know more.

        A place checks nothing when it is made, and a curve asks for half a dozen: this takes 1 µs, the other 6.
        """
        new = object.__new__(Place)
        new.__dict__.update(place.__dict__, **fields)
        return new


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
        raise SpecError(*(problem.at(path) for problem in error.problems)) from error.__cause__


def plain(length: Exact) -> str:
    """Give a length as people write it: whole, or with a few decimals."""
    if length > 10**18:
        return "more than 1e+18"
    return str(length.numerator) if length.denominator == 1 else f"{float(length):.6g}"


def steps(duration: Duration, place: Place, name: str, end: Exact | None = None) -> Exact:
    """Give a length in exact steps; raise `SpecError` where it is zero, rounds to zero, or cannot be known.

    It begins where the place does, or, with `end`, ends so many steps later.
    """
    path = place.path_of(name)
    exact = place.measure(duration, name) if end is None else place.ending(duration, name, end)
    if exact == 0:
        raise fault("number.range", path, f"'{duration}' is no time at all", "Leave it out, or give at least one step.")
    if whole(exact) == 0:
        shortest = _shortest(duration, exact)
        raise fault("duration.vanishes", path, f"'{duration}' is {float(exact):.3g} steps, which rounds to none",
                    f"The shortest that does not is {shortest}.")  # fmt: skip
    if exact > LAST_STEP:
        raise fault("duration.range", path, f"'{duration}' is {float(exact):.3g} steps, more than 2^53",
                    "Give a shorter duration.")  # fmt: skip
    _note_rounding(exact, duration, place, name)
    return exact


def _note_rounding(exact: Exact, duration: Duration, place: Place, name: str) -> None:
    """Note that a length is no whole number of steps: always in epochs, which should divide, else where it shows.

    Tokens, samples and percentages hardly ever make whole steps, and along a batch ramp they are not meant to.
    """
    if exact.denominator == 1 or duration.unit == "steps" or place.clock.ramp(place.unit_of(duration)) is not None:
        return
    if duration.unit == "epochs" or abs(Fraction(exact) - whole(exact)) > _MOST_ROUNDED * exact:
        place.note(
            "duration.rounded",
            f"{name or 'length'} '{duration}' is {float(exact):.6g} steps; boundaries go to whole steps",
        )


def _plainest(amount: Fraction) -> Exact:
    return amount.numerator if amount.denominator == 1 else amount


def _shortest(duration: Duration, exact: Exact) -> str:
    unit: Unit = duration.unit
    amount = duration.amount / (2 * exact)
    digits = 4 if unit == "%" else 6
    rounded = Fraction(math.ceil(amount * 10**digits), 10**digits)
    return f"'{Duration(rounded, unit)}'"
