"""The elementary functions of a float64, rounded to nearest: what an exact formula is made of.

Where a result may be a float or lie midway between two, it is found as a rational; all others are enclosed until both
ends round alike. Arguments lie in the function's domain; a result above the float range is infinite. Knows no trees.
"""

from __future__ import annotations

import math
from typing import Final

from unisched.enclosure import Arithmetic, Ball, half_pi, nearest_float, power_of_ratio, quotient

__all__ = ["cosine", "exponential", "hyperbolic_tangent", "logarithm", "power", "sine"]

_FAR: Final = 800.0
_SATURATED: Final = 20.0
_STRAIGHT: Final = 1e-9
"""Below, tanh x = x - x³/3 + … rounds to x."""

_GUARD: Final = 128


def exponential(x: float) -> float:
    """Give e to the x."""
    if abs(x) > _FAR:
        return math.inf if x > 0 else 0.0
    return nearest_float(lambda arithmetic: arithmetic.exp(arithmetic.number(x)))


def logarithm(x: float) -> float:
    """Give the natural logarithm of x above 0."""
    return 0.0 if x == 1 else nearest_float(lambda arithmetic: arithmetic.log(arithmetic.number(x)))


def power(base: float, exponent: float) -> float:
    """Give base to the exponent; a base below 0 has a whole exponent, a base of 0 one from 0 on."""
    if exponent == 0 or base == 1:
        return 1.0
    if base == 0:
        return 0.0
    sign = -1.0 if base < 0 and exponent % 2 == 1 else 1.0
    return sign * _power(abs(base), exponent)


def _power(base: float, exponent: float) -> float:
    if base == 1:
        return 1.0
    reach = exponent * math.log(base)
    if abs(reach) > _FAR:
        return math.inf if reach > 0 else 0.0
    rational = power_of_ratio(*base.as_integer_ratio(), *abs(exponent).as_integer_ratio())
    if rational is not None:
        return quotient(*rational) if exponent > 0 else quotient(*reversed(rational))
    return nearest_float(lambda arithmetic: arithmetic.power(arithmetic.number(base), exponent))


def hyperbolic_tangent(x: float) -> float:
    """Give the hyperbolic tangent."""
    if abs(x) < _STRAIGHT:
        return x
    if abs(x) > _SATURATED:
        return math.copysign(1.0, x)
    return math.copysign(nearest_float(lambda arithmetic: _tangent(abs(x), arithmetic)), x)


def _tangent(x: float, arithmetic: Arithmetic) -> Ball:
    decay = arithmetic.exp(arithmetic.number(-2 * x))
    above = arithmetic.complement(decay)
    below = arithmetic.complement(Ball(decay.middle.copy_negate(), decay.radius))
    return arithmetic.times(above, arithmetic.power(below, -1.0))


def sine(x: float) -> float:
    """Give the sine of x in radians."""
    return _wave(x, 0) if x else 0.0


def cosine(x: float) -> float:
    """Give the cosine of x in radians."""
    return _wave(x, 1)


def _wave(x: float, quarters: int) -> float:
    """Give sin(x + quarters · pi/2)."""
    bits = _GUARD + 2 * abs(math.frexp(x)[1])
    while True:
        value = _fixed_wave(x, quarters, bits)
        low, high = quotient(value - 4, 1 << bits), quotient(value + 4, 1 << bits)
        if low == high:
            return low
        bits *= 2


def _fixed_wave(x: float, quarters: int, bits: int) -> int:
    """Give sin(x + quarters · pi/2) · 2^bits, to within 4."""
    work = bits + 16 + bits.bit_length() + max(0, math.frexp(x)[1])
    numerator, denominator = x.as_integer_ratio()
    angle, quarter = (numerator << work) // denominator, half_pi(work)
    turns = (2 * angle + quarter) // (2 * quarter)
    angle -= turns * quarter
    turns += quarters
    wave = _series(angle, work, first=angle, factor=2) if turns % 2 == 0 else _series(angle, work, 1 << work, 1)
    return (wave if turns % 4 < 2 else -wave) >> (work - bits)


def _series(angle: int, bits: int, first: int, factor: int) -> int:
    square = angle * angle >> bits
    term = total = first
    while abs(term) > 1:
        term = -(term * square >> bits) // (factor * (factor + 1))
        total += term
        factor += 2
    return total
