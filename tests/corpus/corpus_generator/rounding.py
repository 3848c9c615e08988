"""Exact numbers to float64, once: rationals by integer division, irrationals at 420 bits with a guard for ties.

More precision never decides a tie, so a number that looks like one is refused here and has to be written
as a rational by whoever made it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath  # type: ignore[import-untyped, unused-ignore]

__all__ = ["Real", "context", "nearest", "power", "real", "whole"]

BITS = 420
GUARD = Fraction(1, 2**300)

Real: TypeAlias = Any
"""A `Fraction` where the value is rational and known to be, else an mpmath number of 420 bits."""

context = mpmath.mp.clone()
context.prec = BITS


def whole(exact: Fraction) -> int:
    """Give the nearest whole number, halves up."""
    return math.floor(exact + Fraction(1, 2))


def real(exact: Real) -> Real:
    """Give a number at 420 bits."""
    if isinstance(exact, Fraction):
        return context.mpf(exact.numerator) / context.mpf(exact.denominator)
    return exact


def nearest(exact: Real) -> float:
    """Give the float64 nearest to `exact`, ties to even; an irrational that looks like a tie is an error."""
    if isinstance(exact, Fraction):
        return exact.numerator / exact.denominator
    numerator, denominator = mpmath.libmp.to_rational(exact._mpf_)
    rational = Fraction(int(numerator), int(denominator))
    value = nearest(rational)
    for neighbour in (math.nextafter(value, -math.inf), math.nextafter(value, math.inf)):
        middle = (Fraction(value) + Fraction(neighbour)) / 2
        if abs(rational - middle) < abs(rational) * GUARD:
            raise ArithmeticError(f"{value.hex()} looks like an exact tie: compute it as a rational")
    return value


def power(base: Real, exponent: Fraction) -> Real:
    """Give base^exponent, as a rational where it is one: whole powers, and roots of perfect powers."""
    if isinstance(base, Fraction):
        if base == 0:
            return Fraction(0)
        if exponent.denominator <= 64 and abs(exponent.numerator) <= 5000:
            top = _root(base.numerator, exponent.denominator)
            bottom = _root(base.denominator, exponent.denominator)
            if top is not None and bottom is not None:
                return Fraction(top, bottom) ** exponent.numerator
    return real(base) ** real(exponent)


def _root(number: int, degree: int) -> int | None:
    if degree == 1:
        return number
    guess = int(context.nint(context.root(context.mpf(number), degree)))
    return guess if guess**degree == number else None
