"""The functions of a formula, each result rounded once; + - * / and sqrt of Python's floats are that already."""

from __future__ import annotations

from fractions import Fraction

from corpus_generator.rounding import context, nearest, power, real

__all__ = ["exp", "log", "raised", "sin", "tanh"]


def exp(x: float) -> float:
    """e to the power of x."""
    return 1.0 if x == 0 else nearest(context.exp(real(Fraction(x))))


def log(x: float) -> float:
    """The natural logarithm of x."""
    return 0.0 if x == 1 else nearest(context.log(real(Fraction(x))))


def sin(x: float) -> float:
    """The sine of x."""
    return 0.0 if x == 0 else nearest(context.sin(real(Fraction(x))))


def tanh(x: float) -> float:
    """The hyperbolic tangent of x."""
    return 0.0 if x == 0 else nearest(context.tanh(real(Fraction(x))))


def raised(x: float, exponent: float) -> float:
    """x to a power."""
    return nearest(power(Fraction(x), Fraction(exponent)))
