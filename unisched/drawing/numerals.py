"""Numbers as they stand at an axis: short, told apart from their neighbours, without an offset to add."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

__all__ = ["alike", "amount", "numeral", "spacing"]

_SUFFIXES: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_DIGITS: Final = 15
_PLAIN: Final = 10_000
_SHORT: Final = frozenset({"+01", "+02", "+03", "+04", "+05"})


def numeral(value: float, spacing: float) -> str:
    """Give a value with the digits that tell it from a neighbour `spacing` away.

    >>> numeral(0.0003, 1e-4), numeral(3e-5, 1e-5), numeral(0.3, 0.1), numeral(0.1000001, 1e-7), numeral(1500, 500)
    ('0.0003', '3e-05', '0.3', '0.1000001', '1500')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) < spacing * 1e-6:
        return "0"
    known = spacing if 0 < spacing < math.inf else abs(value)
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(known)) + 1
    for extra in (0, 1):  # ticks of 0.25 have one digit more than their spacing says
        text = f"{value:.{min(max(digits + extra, 1), _DIGITS)}g}"
        if abs(float(text) - value) <= known * 1e-3:
            break
    return _plain(text)


def alike(numerals: Sequence[str], *, is_log: bool = False) -> list[str]:
    """Give numerals of one axis in one notation: the exponent of the greatest, or none where that has none.

    On an axis of powers of ten each keeps an exponent of its own, if any has one.

    >>> alike(["5e-05", "0.0001"]), alike(["5e-06", "1e-05"]), alike(["1e-05", "0.0001"], is_log=True)
    (['0.00005', '0.0001'], ['0.5e-05', '1e-05'], ['1e-05', '1e-04'])
    """
    if not any("e" in text for text in numerals):
        return list(numerals)
    numbers = [Decimal(text) for text in numerals]
    greatest = max(numbers, key=abs)
    if not is_log and "e" not in numerals[numbers.index(greatest)]:
        return [f"{number:f}" for number in numbers]
    return [_with(number.adjusted() if is_log else greatest.adjusted(), number) for number in numbers]


def _with(exponent: int, number: Decimal) -> str:
    mantissa = f"{number.scaleb(-exponent):f}"
    short = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{short}e{exponent:+03d}" if number else "0"


def amount(value: float, spacing: float) -> str:
    """Give a number of steps, epochs, samples or tokens with the suffixes of durations.

    >>> amount(20000, 5000), amount(1.5e9, 5e8), amount(1200, 200), amount(2.5, 0.5), amount(0, 1)
    ('20k', '1.5B', '1200', '2.5', '0')
    """
    if abs(value) < _PLAIN and spacing < 1000:
        return numeral(value, spacing)
    for size, suffix in _SUFFIXES:
        if abs(value) >= size and spacing >= size / 1000:
            return numeral(value / size, spacing / size) + suffix
    return numeral(value, spacing)


def spacing(places: Sequence[float]) -> float:
    """Give the least distance of neighbours."""
    return min((abs(b - a) for a, b in pairwise(places) if a != b), default=0.0)


def _plain(text: str) -> str:
    """Give `1e+03` as 1000: what has a few digits is read at a glance."""
    return f"{float(text):.0f}" if text.partition("e")[2] in _SHORT else text
