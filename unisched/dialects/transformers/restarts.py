"""Where the hard restarts of Transformers fall: at real multiples of the period, and where float64 misses them."""

from __future__ import annotations

from fractions import Fraction

from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import WaveCurve, curve

__all__ = ["missed_restarts", "restarted"]


def missed_restarts(count: float, length: int) -> list[int]:
    """Give the steps at which a cycle ends exactly, and the library's own float64 arithmetic puts them before it.

    >>> missed_restarts(49.0, 98)[0]
    2
    """
    # The k-th cycle in a length of D steps ends on a whole step only at multiples of the denominator of count / D.
    every = (Fraction(repr(count)) / length).denominator
    return [step for step in range(every, length, every) if count * (step / length) % 1.0 > 0.5]


def restarted(count: float, length: int) -> list[tuple[int, AnyCurve]]:
    """Give `count` falls from 1 to 0 over `length` steps, each begun anew, a missed restart one step late."""
    pieces: list[tuple[int, AnyCurve]] = []
    start = 0
    for missed in missed_restarts(count, length):
        pieces += [(missed - start, _falls(count, length, start)), (1, curve(0))]
        start = missed + 1
    return [*pieces, (length - start, _falls(count, length, start))]


def _falls(count: float, length: int, start: int) -> AnyCurve:
    period = length / Fraction(repr(count))
    return curve(WaveCurve(start=1.0, end=0.0, span=period, offset=Fraction(start), wrap="restart", shape="cosine"))
