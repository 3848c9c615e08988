"""Numbers as they arrive, from text or from Python, and the one rule for which of them are accepted.

A value is a finite float64. What would change on its way there is refused, never rounded in silence.
This file knows nothing of fields or documents.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from unisched.errors import Problem, SpecError, shorten
from unisched.steps import index_of

__all__ = ["decimal_text", "fault", "integer_text", "is_boolean", "read_number", "read_whole", "shown"]

LONGEST_NUMBER: Final = 1000
"""The most characters a number may be written with."""

_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+")
_WHOLE: Final = re.compile(r"[+-]?[0-9]++")
_PERCENT: Final = re.compile(r"[+-]?[0-9.]++ ?%")


def fault(code: str, message: str, remedy: str, path: str = "") -> SpecError:
    """Give a `SpecError` with one problem, placed relative to the value that is read."""
    return SpecError(Problem(code, path, message, remedy))


def shown(value: object) -> str:
    """Give a short text for any value, at a cost that does not depend on its size."""
    if isinstance(value, str):
        return repr(shorten(value, 60))
    if is_boolean(value):
        return "a boolean"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(int(value)) if value.bit_length() < 200 else "an integer of very many digits"
    if isinstance(value, float):
        return repr(float(value))
    match value:
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case Decimal() | Fraction():
            return f"this {type(value).__name__}"
        case _:
            return f"a {type(value).__module__}.{type(value).__qualname__}".replace("a builtins.", "a ")


def is_boolean(value: object) -> bool:
    """Tell whether `value` is a Python or numpy boolean."""
    return isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}


def read_number(value: object) -> float:
    """Give `value` as float64; raise `SpecError` where it is no number or would change.

    >>> read_number("3e-4"), read_number(2)
    (0.0003, 2.0)
    """
    if type(value) is float:
        return _finite(value, value)
    if is_boolean(value):
        raise fault("type.bool", "a boolean is no number", "Give a number.")
    if value is None:
        raise fault("type.null", "null is no number", "Give a number, or leave the field out where it may be.")
    if isinstance(value, float):
        return _finite(float(value), value)
    if isinstance(value, str):
        return _from_text(value)
    whole = index_of(value)
    if whole is not None:
        return _exact_integer(whole)
    if isinstance(value, Decimal | Fraction):
        return _exact(value)
    if hasattr(value, "__float__"):
        raise fault("type.number", f"{shown(value)} is neither an int nor a float64",
                    "Pass float(x) to take its float64 value.")  # fmt: skip
    raise fault("type.number", f"{shown(value)} is no number", "Give a number.")


def read_whole(value: object) -> int:
    """Give `value` as an int; raise `SpecError` where it is none, a float such as 1.0 included."""
    if is_boolean(value):
        raise fault("type.bool", "a boolean is no whole number", "Give a whole number.")
    if value is None:
        raise fault("type.null", "null is no whole number", "Give a whole number, or leave the field out.")
    whole = index_of(value)
    if whole is not None:
        return whole
    if isinstance(value, float):
        way_out = f"Write {int(value)}." if value.is_integer() and abs(value) < 2**53 else "Give a whole number."
        raise fault("type.float_for_int", f"{shown(value)} is a float where a whole number stands", way_out)
    raise fault("type.integer", f"{shown(value)} is no whole number", "Give a whole number, without quotes.")


def decimal_text(text: str) -> float | Problem:
    """Give the float64 nearest to a number written with a point or exponent, or what is wrong with it."""
    if len(text) > LONGEST_NUMBER:
        return _too_long(text)
    value = float(text)
    if not math.isfinite(value):
        return Problem("number.not_finite", "", f"{shorten(text, 60)} is not a finite float64",
                       "The largest is about 1.8e308.")  # fmt: skip
    if value == 0.0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        return Problem("number.underflow", "", f"{shorten(text, 60)} would become 0", "Write 0, or 5e-324 or more.")
    return value


def integer_text(text: str) -> int | Problem:
    """Give the integer written, or what is wrong with it."""
    return _too_long(text) if len(text) > LONGEST_NUMBER else int(text)


def _too_long(text: str) -> Problem:
    return Problem("number.too_long", "", f"a number of {len(text)} characters", f"Use at most {LONGEST_NUMBER}.")


def _from_text(text: str) -> float:
    body = text.strip(" ")
    if _PERCENT.fullmatch(body[:100]):
        raise fault("value.percent", f"{shown(text)} is no value: % is for lengths",
                    'For a factor of another rate, give the entry a base: {"base": 0.1, "curve": ...}.')  # fmt: skip
    if body == "current":
        raise fault("replan.current", "'current' is the value where a run is re-planned, and stands in a tail only",
                    "Give a number, or the tail to unisched.replan.")  # fmt: skip
    if not _DECIMAL.fullmatch(body):
        raise fault("type.number", f"{shown(text)} is no number", "Give a finite number such as 0.0003 or 3e-4.")
    read = integer_text(body) if _WHOLE.fullmatch(body) else decimal_text(body)
    if isinstance(read, Problem):
        raise SpecError(read)
    return _exact_integer(read) if isinstance(read, int) else _finite(read, text)


def _finite(number: float, given: object) -> float:
    if not math.isfinite(number):
        raise fault("number.not_finite", f"{shown(given)} is not a finite number", "Give a finite number.")
    return number + 0.0


def _beyond(number: object) -> SpecError:
    return fault("number.not_finite", f"{shown(number)} is beyond float64", "The largest is about 1.8e308.")


def _vanishing(number: object) -> SpecError:
    return fault("number.underflow", f"{shown(number)} would become 0", "Write 0, or 5e-324 or more.")


def _exact_integer(number: int) -> float:
    try:
        nearest_float = float(number)
    except OverflowError:
        raise _beyond(number) from None
    if int(nearest_float) != number:
        raise fault("number.inexact", f"{shown(number)} has no exact float64; the nearest is {int(nearest_float)}",
                    "Write the nearest, or a decimal such as 1e20.")  # fmt: skip
    return nearest_float


def _exact(number: Decimal | Fraction) -> float:
    if not number:
        return 0.0
    if isinstance(number, Decimal) and (not number.is_finite() or number.adjusted() > 400):
        raise fault("number.not_finite", "this Decimal is not a finite float64", "Give a finite number.")
    if isinstance(number, Decimal) and number.adjusted() < -400:
        raise _vanishing(number)
    try:
        nearest_float = float(number)
    except OverflowError:
        raise _beyond(number) from None
    if nearest_float == 0.0:
        raise _vanishing(number)
    if Fraction(nearest_float) != Fraction(number):
        raise fault("number.inexact", f"{shown(number)} has no exact float64", "Pass float(x) to take the nearest.")
    return nearest_float + 0.0
