"""The float64 nearest to a rational, ties to even, worked out bit by bit: not what the library rounds with."""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["is_tie", "nearest"]

_BITS = 53
_LAST = -1074


def nearest(value: Fraction) -> float:
    """Give the nearest float64, infinite above the range; zero has no sign."""
    significand, rest, divisor, exponent = _divided(value)
    if 2 * rest > divisor or (2 * rest == divisor and significand & 1):
        significand += 1
    sign = -1.0 if value < 0 else 1.0
    try:
        return sign * math.ldexp(significand, exponent) + 0.0
    except OverflowError:
        return sign * math.inf


def is_tie(value: Fraction) -> bool:
    """Tell whether a number lies midway between two floats."""
    _, rest, divisor, _ = _divided(value)
    return 2 * rest == divisor


def _divided(value: Fraction) -> tuple[int, int, int, int]:
    """Give the significand cut off after its last bit, what is left over what, and the exponent of that bit."""
    numerator, divisor = abs(value.numerator), value.denominator
    exponent = max(numerator.bit_length() - divisor.bit_length() - _BITS, _LAST)
    if numerator << max(-exponent, 0) >= (divisor << max(exponent, 0)) << _BITS:
        exponent += 1
    divisor <<= max(exponent, 0)
    significand, rest = divmod(numerator << max(-exponent, 0), divisor)
    return significand, rest, divisor, exponent
