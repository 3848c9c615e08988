"""Durations as written ("2000 steps", "10 epochs", "5%") and the clock that turns them into steps.

Everything is an exact rational until `whole` rounds it, half up: parts that are rounded from cumulative
sums always add up. This file knows nothing of curves or documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from unisched.errors import Problem, SpecError, nearest, shorten
from unisched.steps import index_of

__all__ = ["LAST_STEP", "Clock", "Duration", "Unit", "whole"]

Unit: TypeAlias = Literal["steps", "epochs", "samples", "tokens", "%", "rest"]

LAST_STEP: Final = 2**53
"""The longest length in steps: above it a float64 no longer tells two steps apart."""

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
        if isinstance(given, Duration):
            return given if given.unit == "rest" else cls(_within(given.amount, str(given)), given.unit)
        if type(given).__name__ in {"bool", "bool_"}:
            raise _fault("type.bool", "a boolean is not a duration", _EXAMPLES + ".")
        if isinstance(given, float):
            is_whole = given.is_integer() and abs(given) <= LAST_STEP
            fix = f"Write {int(given)}." if is_whole else 'Name the unit, as in "2.5 epochs".'
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a run knows of its length and pace, in optimizer updates.

    `total` is in steps; the others convert one unit each. All may be unknown (`None`).
    """

    total: int | None = None
    steps_per_epoch: int | None = None
    samples_per_step: int | None = None
    tokens_per_step: int | None = None

    def steps(self, duration: Duration, of: int | None, path: str) -> Fraction:
        """Give `duration` in steps, unrounded; `%` is of `of` steps, the length of the enclosing curve."""
        match duration.unit:
            case "steps":
                return duration.amount
            case "epochs":
                return duration.amount * self._known("steps_per_epoch", self.steps_per_epoch, duration, path)
            case "samples":
                return duration.amount / self._known("samples_per_step", self.samples_per_step, duration, path)
            case "tokens":
                return duration.amount / self._known("tokens_per_step", self.tokens_per_step, duration, path)
            case "%":
                return duration.amount * self._known("total", of, duration, path) / 100
            case "rest":
                raise _fault("duration.rest", "'rest' stands only for the length of a part of a sequence",
                             "Give a length, or leave it out.", path)  # fmt: skip

    @staticmethod
    def _known(name: str, value: int | None, duration: Duration, path: str) -> int:
        if value is not None:
            return value
        raise _fault("units.missing", f"'{duration}' needs {name}, which is not known",
                     f'Add "{name}" to the document, or pass {name}=.', path)  # fmt: skip


def whole(steps: Fraction) -> int:
    """Give the nearest whole number of steps, halves up."""
    return (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)


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
