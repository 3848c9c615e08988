"""Durations as written ("2000 steps", "10 epochs", "5%") and the clock that turns them into steps.

Everything is an exact rational until `whole` rounds it, half up: parts that are rounded from cumulative
sums always add up. This file knows nothing of curves or documents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

from unisched.batch_ramp import BatchRamp
from unisched.errors import Problem, SpecError, nearest, shorten
from unisched.steps import index_of

__all__ = ["LAST_STEP", "NOTHING", "START", "Clock", "Duration", "Pace", "Unit", "whole"]

Unit: TypeAlias = Literal["steps", "epochs", "samples", "tokens", "%", "rest"]
Pace: TypeAlias = int | BatchRamp
"""How many samples or tokens an update takes: always as many, or as a schedule of the document says."""

LAST_STEP: Final = 2**53
"""The longest length in steps: above it a float64 no longer tells two steps apart."""
START: Final = 0

_UNITS: Final[dict[str, Unit]] = {
    "step": "steps", "steps": "steps", "epoch": "epochs", "epochs": "epochs",
    "sample": "samples", "samples": "samples", "token": "tokens", "tokens": "tokens", "%": "%",
}  # fmt: skip
_SUFFIXES: Final = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_FORM: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)"
    r"(?P<suffix>[A-Za-z]?) *(?P<unit>%|[A-Za-z]*)"
)
_EXACT: Final = Context(prec=400)
_GRAIN: Final = 10**30
_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 100
_EXAMPLES: Final = 'Write 1000, "1000 steps", "10 epochs", "2M samples", "1.5B tokens", "5%" or "rest"'


@dataclass(frozen=True, slots=True)
class Duration:
    """A length or position as written: an exact amount of a unit.

    >>> Duration.parse("1.5k steps")
    Duration(amount=Fraction(1500, 1), unit='steps')
    >>> str(Duration.parse("2.5 epochs"))
    '2.5 epochs'
    """

    amount: Fraction
    unit: Unit

    @classmethod
    def parse(cls, given: object) -> Duration:
        """Read a whole number of steps or a text with a unit; raise `SpecError` without a path."""
        if type(given) is int and 0 <= given <= _GRAIN:
            return cls(Fraction(given), "steps")
        if isinstance(given, Duration):
            return given if given.unit == "rest" else cls(_within(given.amount, str(given)), given.unit)
        if type(given).__name__ in {"bool", "bool_"}:
            raise _fault("type.bool", "a boolean is not a duration", _EXAMPLES + ".")
        if isinstance(given, float):
            is_whole = given.is_integer() and abs(given) <= LAST_STEP
            fix = f"Write {int(given)}." if is_whole else 'Name the unit, as in "2.5 epochs" or "5%".'
            raise _fault("duration.unit", f"{float(given)!r} is a float without a unit", fix)
        if isinstance(given, str):
            return _parse(given)
        steps = index_of(given)
        if steps is not None:
            return cls(_within(Fraction(steps), _digits(steps)), "steps")
        raise _fault("duration.type", f"a {type(given).__name__} is not a duration", _EXAMPLES + ".")

    def __str__(self) -> str:
        if self.unit == "rest":
            return "rest"
        decimal = _EXACT.divide(Decimal(self.amount.numerator), Decimal(self.amount.denominator))
        number = f"{decimal.normalize(_EXACT):f}"
        if self.unit == "%":
            return f"{number}%"
        return f"{number} {self.unit[:-1] if self.amount == 1 else self.unit}"

    def to_json(self) -> int | str:
        """Give the canonical form: a bare integer for whole steps, else text."""
        if self.unit == "steps" and self.amount.denominator == 1:
            return self.amount.numerator
        return str(self)


NOTHING: Final = Duration(Fraction(0), "steps")
"""No time at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a run knows of its length and pace, in optimizer updates.

    `total` is in steps; the others convert one unit each. All may be unknown (`None`).
    """

    total: int | None = None
    steps_per_epoch: int | None = None
    samples_per_step: Pace | None = None
    tokens_per_step: Pace | None = None

    def steps(self, duration: Duration, of: int | None, path: str, since: Fraction | int | None = START) -> Fraction:
        """Give `duration` in steps, unrounded; `%` is of `of` steps, the length of the enclosing curve.

        `since` is the step of the run at which it begins, which counts under a batch ramp; `None` is unknown.
        """
        match duration.unit:
            case "steps":
                return duration.amount
            case "epochs":
                return duration.amount * self._known("steps_per_epoch", self.steps_per_epoch, duration, path)
            case "samples" | "tokens":
                pace = self.pace(duration.unit)
                if not isinstance(pace, BatchRamp):
                    return duration.amount / self._known(f"{duration.unit}_per_step", pace, duration, path)
                if since is None:
                    raise _fault("ramp.cycle", f"'{duration}' is not as long in every cycle, as {pace.schedule} grows",
                                 f"Give the period in {duration.unit} too, or this in steps.", path)  # fmt: skip
                return pace.reached(pace.consumed(since) + duration.amount) - since
            case "%":
                return duration.amount * self._known("total", of, duration, path) / 100
            case "rest":
                raise _fault("duration.rest", "'rest' stands only for the length of a part of a sequence",
                             "Give a length, or leave it out.", path)  # fmt: skip

    def pace(self, unit: str) -> Pace | None:
        """Give how many samples or tokens an update takes; `None` for other units, and where it is not known."""
        return {"samples": self.samples_per_step, "tokens": self.tokens_per_step}.get(unit)

    def ramp(self, unit: str) -> BatchRamp | None:
        """Give the batch ramp that paces `unit`, if one does."""
        pace = self.pace(unit)
        return pace if isinstance(pace, BatchRamp) else None

    def paces(self) -> dict[str, int | str]:
        """Give the paces that are known as `compile` and a document take them: a batch ramp by its schedule's name.

        >>> Clock(total=10, tokens_per_step=4096).paces()
        {'tokens_per_step': 4096}
        """
        known = {"steps_per_epoch": self.steps_per_epoch, "samples_per_step": self.samples_per_step,
                 "tokens_per_step": self.tokens_per_step}  # fmt: skip
        return {name: pace.schedule if isinstance(pace, BatchRamp) else pace
                for name, pace in known.items() if pace is not None}  # fmt: skip

    def to_data(self) -> dict[str, Any]:
        """Give the clock as plain data, a batch ramp in full."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Clock:
        """Read what `to_data` gave; raise `ValueError` for anything else."""
        if data.keys() != cls.__dataclass_fields__.keys():
            raise ValueError("its clock is not complete")
        return cls(**{name: _pace(value, ramps=name.endswith("s_per_step")) for name, value in data.items()})

    @staticmethod
    def _known(name: str, value: int | None, duration: Duration, path: str) -> int:
        if value is not None:
            return value
        raise _fault("units.missing", f"'{duration}' needs {name}, which is not known",
                     f'Add "{name}" to the document, or pass {name}=.', path)  # fmt: skip


def whole(steps: Fraction | int) -> int:
    """Give the nearest whole number of steps, halves up."""
    if isinstance(steps, int):
        return steps
    return (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)


def _pace(data: object, *, ramps: bool) -> Any:
    if ramps and isinstance(data, Mapping) and data.keys() == {"schedule", "starts", "counts"}:
        return _ramp(data["schedule"], data["starts"], data["counts"])
    if data is None or (type(data) is int and 1 <= data <= _LARGEST):
        return data
    raise ValueError("its clock is not made of whole numbers from 1")


def _ramp(schedule: object, starts: object, counts: object) -> BatchRamp:
    if not (isinstance(schedule, str) and isinstance(starts, list | tuple) and isinstance(counts, list | tuple)):
        raise ValueError("a batch ramp of its clock is not as it was written")
    counted = all(type(number) is int and 0 <= number <= LAST_STEP for number in (*starts, *counts))
    rising = counted and all(a < b for a, b in pairwise(starts))
    if not (rising and len(starts) == len(counts) > 0 == starts[0] and min(counts) > 0):
        raise ValueError("a batch ramp of its clock is not as it was written")
    return BatchRamp(schedule=schedule, starts=tuple(starts), counts=tuple(counts))


def _parse(text: str) -> Duration:
    if len(text) > _LONGEST:
        raise _fault("duration.syntax", f"{shorten(text)!r} is too long for a duration", _EXAMPLES + ".")
    if text.strip(" ") == "rest":
        return Duration(Fraction(0), "rest")
    form = _FORM.fullmatch(text.strip(" "))
    if form is None:
        raise _fault("duration.syntax", f"{text!r} is not a duration", _EXAMPLES + ".")
    suffix, unit = form["suffix"], form["unit"]
    if suffix and suffix + unit in _UNITS:
        suffix, unit = "", suffix + unit
    if not unit and (not suffix or suffix in _SUFFIXES):
        raise _fault("duration.unit", f"{text!r} has no unit", _EXAMPLES + ".")
    if unit not in _UNITS:
        word = suffix + unit
        raise _fault("duration.unit", f"{text!r} has the unknown unit {word!r}",
                     f"Units are steps, epochs, samples, tokens and %.{nearest(word, _UNITS)}")  # fmt: skip
    if suffix not in _SUFFIXES:
        raise _fault("duration.suffix", f"{text!r} has the unknown suffix {suffix!r}", "Suffixes are k, M, B and T.")
    amount = Fraction(form["sign"] + form["number"]) * _SUFFIXES[suffix]
    return Duration(_within(amount, repr(text)), _UNITS[unit])


def _within(amount: Fraction, given: str) -> Fraction:
    if amount < 0:
        raise _fault("number.range", f"{shorten(given)} is negative; a duration is not", "Give 0 or more.")
    if amount > _GRAIN:
        raise _fault("number.range", f"{shorten(given)} is beyond any run", "Give a shorter duration.")
    if (amount * _GRAIN).denominator != 1:
        raise _fault("number.range", f"{shorten(given)} has no exact text of at most 30 decimals",
                     "Give fewer decimals.")  # fmt: skip
    return amount


def _digits(number: int) -> str:
    return str(number) if number.bit_length() < 200 else "an integer of very many digits"


def _fault(code: str, fault: str, remedy: str, path: str = "") -> SpecError:
    return SpecError(Problem(code, path, fault, remedy))
