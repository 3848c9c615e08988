"""Where timm's cycles begin: the i-th lasts t_initial·mul^i, and float64 logarithms say at which index it starts.

The lengths and starts are exact; the whole index at which a cycle takes over is the one that timm's own arithmetic
gives, which may be one late. Knows no curve.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from unisched.duration import LAST_STEP

__all__ = ["MOST_CYCLES", "Cycle", "cycles", "fails_from"]

MOST_CYCLES: Final = 2_000

_FARTHEST: Final = 64


class Cycle(NamedTuple):
    """A cycle: its number, the index at which it takes over, its exact start and its exact length."""

    number: int
    first: int
    start: Fraction
    length: Fraction


def cycles(initial: int, mul: float, limit: int) -> Iterator[Cycle]:
    """Give the cycles in order, and after the last one where the next would begin, with a length of 0.

    A cycle that no counter gets to counts as the end.

    >>> [(cycle.first, int(cycle.length)) for cycle in cycles(10, 2.0, 3)]
    [(0, 10), (10, 20), (30, 40), (70, 0)]
    """
    start, length, factor = Fraction(0), Fraction(initial), Fraction(repr(mul))
    for number in range(limit):
        if start > LAST_STEP:
            yield Cycle(number, math.ceil(start), start, Fraction(0))
            return
        yield Cycle(number, _first(initial, mul, number, start), start, length)
        start, length = start + length, length * factor
    yield Cycle(limit, _first(initial, mul, limit, start), start, Fraction(0))


def _number_of(index: int, initial: int, mul: float) -> int:
    """Give the number of the cycle at an index, by timm's own arithmetic."""
    if mul == 1:
        return index // initial
    return math.floor(math.log(1 - index / initial * (1 - mul), mul))


def fails_from(initial: int, mul: float) -> int | None:
    """Give the index from which timm takes the logarithm of a number not above 0, where cycles get shorter."""
    if mul >= 1:
        return None
    index = math.floor(initial / (1 - Fraction(repr(mul))))
    while 1 - index / initial * (1 - mul) > 0:
        index += 1
    return index


def _first(initial: int, mul: float, number: int, start: Fraction) -> int:
    if number == 0 or mul == 1:
        return math.ceil(start)
    end = fails_from(initial, mul)
    near = max(0, math.ceil(start) - 1)
    for index in range(near, near + _FARTHEST):
        if (end is not None and index >= end) or _number_of(index, initial, mul) >= number:
            return index
    return math.ceil(start)
