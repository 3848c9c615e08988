"""What a dialect is: another library's schedules under their own names, each expanding to plain curves.

A dialect's kind holds the library's arguments and defaults, and says in `expand` which curves they stand for.
Nothing here knows any library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, TypeAlias

from pydantic import ConfigDict, Field, PlainValidator

from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve, CurveModel, read_curve
from unisched.spec.number import fault
from unisched.spec.values import Quantity

__all__ = ["CONTRACT", "Dialect", "DialectCurve", "IntervalCurve", "Quirk", "Reading", "WaveCurve", "curve"]

CONTRACT: Final = 1

Wrap: TypeAlias = Literal["hold", "restart", "bounce"]
Exact: TypeAlias = Annotated[Fraction, PlainValidator(Fraction)]


class Quirk(NamedTuple):
    """What would surprise a reader of the source library's documentation: a stable code and a sentence."""

    code: str
    text: str


class DialectCurve(CurveModel):
    """A schedule of another library: its arguments as fields, its meaning as plain curves.

    A subclass sets `kind` to `library.Name`, lists the arguments with the library's defaults and limits, and
    gives `expand`. `gives` says whether the curve is the value itself, or a factor of the optimizer's.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    gives: ClassVar[Literal["value", "factor"]] = "value"
    known_as: ClassVar[tuple[str, ...]] = ()
    """Other names that the library has for the schedule: what a hint is given for."""

    def drives(self) -> tuple[str, ...]:
        """Give the hyperparameters that `expand` has a curve for."""
        return ("learning_rate",)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve of each hyperparameter in `drives`, on a clock that starts where the schedule does."""
        raise NotImplementedError

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the library that these arguments meet."""
        return ()

    def epochs_by(self) -> str | None:
        """Give the field by which bare numbers count epochs, the value changing once an epoch; `None` for steps."""
        return None

    def steps(self, clock: Clock, duration: Duration, field: str) -> Fraction:
        """Give a duration in exact steps; a percentage is of the total. Raises `SpecError` at `field`."""
        return clock.steps(duration, clock.total, field)

    def whole(self, clock: Clock, duration: Duration, field: str) -> int:
        """Give a duration that has to be a whole number of steps; raise `SpecError` at `field` where it is not."""
        exact = self.steps(clock, duration, field)
        if exact.denominator != 1:
            what = f"'{duration}' is {float(exact):.6g} steps, and {self.kind} counts whole ones"
            raise fault("duration.whole", what, "Give a duration that is a whole number of steps.", field)
        return int(exact)

    def total(self, clock: Clock, given: Duration | None, field: str) -> int:
        """Give the length of the run in whole steps: as given, else the total of the clock."""
        if given is not None:
            return self.whole(clock, given, field)
        if clock.total is None:
            raise fault("length.missing", f"{field} is left out, and there is no total", f"Give {field}, or a total.",
                        field)  # fmt: skip
        return clock.total


class IntervalCurve(DialectCurve):
    """A schedule of a library that does not know what a step is: bare numbers may count epochs."""

    interval: Literal["step", "epoch"] = Field(
        default="step",
        description='What a bare number counts: updates, or, with "epoch", epochs, the value changing once an epoch.',
    )

    def epochs_by(self) -> str | None:
        """Give the field by which bare numbers count epochs, the value changing once an epoch; `None` for steps."""
        return "interval" if self.interval == "epoch" else None


class WaveCurve(CurveModel):
    """A ramp whose length is any positive rational, which may start anywhere, turn back, or start over.

    For dialects only: documents write ramps, repeats and shifts.
    """

    kind: Literal["wave"] = "wave"
    start: Quantity = Field(description="The value at position 0.")
    end: Quantity = Field(description="The value at the end of the ramp.")
    span: Exact = Field(description="The length of the ramp in steps.")
    offset: Exact = Field(default=Fraction(0), description="The position at local step 0, in steps from the start.")
    wrap: Wrap = Field(default="hold", description="Past the end: stay, start over, or turn back.")
    shape: Literal["linear", "cosine"] = Field(default="linear", description="The shape of the ramp.")
    power: float = Field(default=1.0, description="The exponent of the weight of the start, or, mirrored, of the end.")
    mirror: bool = Field(default=False, description="Whether the power is on the weight of the end.")
    warp: float = Field(default=1.0, description="The exponent of the position.")


class Reading(NamedTuple):
    """A live object as data: the document of its schedule, how many steps it has done, and what it multiplies.

    `base` is what the optimizer gave its groups, by hyperparameter, where they agree; it may be empty.
    """

    document: Mapping[str, Any]
    step: int
    base: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A library's kinds, under a contract number.

    `lift` gives the document and step of a live object or of the library's own serialized form, or `None` for what
    is none of its schedules; it raises `SpecError` for one that cannot be lifted.
    """

    contract: int
    kinds: tuple[type[DialectCurve], ...]
    lift: Callable[[Any], Reading | None] | None = None


def curve(value: object) -> AnyCurve:
    """Give the curve behind plain data or a number, as a document would; for `expand`.

    >>> curve({"kind": "linear", "start": 1, "end": 0, "duration": 10}).end
    0.0
    """
    return value if isinstance(value, WaveCurve) else read_curve(value)
