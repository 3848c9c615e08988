"""The value of one curve at one local step, correctly rounded: k steps into a curve of n steps.

Each function is the formula of the documentation and nothing more; where curves meet is said by the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from corpus_generator.rounding import Real, context, nearest, power, real

__all__ = ["cosine", "geometric", "held", "linear", "polynomial", "power_decay", "rate_decay", "scaled"]

_RATIONAL_COSINES = {
    Fraction(0): Fraction(1),
    Fraction(1, 3): Fraction(3, 4),
    Fraction(1, 2): Fraction(1, 2),
    Fraction(2, 3): Fraction(1, 4),
    Fraction(1): Fraction(0),
}


def linear(k: int, n: int, start: float, end: float, *, warp: float = 1.0) -> float:
    """start·(1-u) + end·u with u = (k/n)^warp."""
    return polynomial(k, n, start, end, exponent=1.0, warp=warp)


def polynomial(k: int, n: int, start: float, end: float, *, exponent: float, warp: float = 1.0) -> float:
    """start·y + end·(1-y) with y = (1-u)^exponent."""
    if k >= n:
        return end
    return _blend(start, end, power(1 - power(Fraction(k, n), Fraction(warp)), Fraction(exponent)))


def cosine(k: int, n: int, start: float, end: float, *, exponent: float = 1.0, warp: float = 1.0) -> float:
    """start·y + end·(1-y) with y = ((1 + cos πu) / 2)^exponent."""
    if k >= n:
        return end
    return _blend(start, end, power(_half_cosine(power(Fraction(k, n), Fraction(warp))), Fraction(exponent)))


def geometric(k: int, n: int, start: float, end: float, *, warp: float = 1.0) -> float:
    """start·(end/start)^u."""
    if k >= n:
        return end
    u = power(Fraction(k, n), Fraction(warp))
    ratio = Fraction(end) / Fraction(start)
    grown = power(ratio, u) if isinstance(u, Fraction) else real(ratio) ** u
    return nearest(_times(Fraction(start), grown))


def rate_decay(k: int, start: float, rate: float, every: Fraction | int = 1, *, staircase: bool = False) -> float:
    """start·rate^(k/every), or with the exponent rounded down."""
    exponent = Fraction(k) / every
    if staircase:
        exponent = Fraction(exponent.numerator // exponent.denominator)
    return nearest(_times(Fraction(start), power(Fraction(rate), exponent)))


def power_decay(k: int, start: float, timescale: Fraction | int, exponent: float = 0.5) -> float:
    """start·(1 + k/timescale)^-exponent."""
    return nearest(_times(Fraction(start), power(1 + Fraction(k) / timescale, -Fraction(exponent))))


def held(k: int, points: Sequence[tuple[int, float]]) -> float:
    """The value of the last point at or before k; the first value before them all."""
    reached = [value for position, value in points if position <= k]
    return reached[-1] if reached else points[0][1]


def scaled(cycle: int, scale: float) -> float:
    """scale^cycle, rounded once."""
    return nearest(Fraction(scale) ** cycle)


def _blend(start: float, end: float, y: Real) -> float:
    if isinstance(y, Fraction):
        return nearest(Fraction(start) * y + Fraction(end) * (1 - y))
    return nearest(real(Fraction(start)) * y + real(Fraction(end)) * (1 - y))


def _half_cosine(u: Real) -> Real:
    if isinstance(u, Fraction) and u in _RATIONAL_COSINES:
        return _RATIONAL_COSINES[u]
    return context.cos(context.pi * real(u) / 2) ** 2


def _times(factor: Fraction, other: Real) -> Real:
    return factor * other if isinstance(other, Fraction) else real(factor) * other
