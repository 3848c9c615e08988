"""Written mathematics: what a formula on paper is made of, and how it is put together without idle ones and zeros.

A closed set of frozen nodes, which one module writes as plain text and one as LaTeX. Knows no curve and no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final, Literal, TypeAlias

__all__ = [
    "PI", "Call", "Choice", "Comparison", "Entry", "Logic", "Negative", "Not", "Number", "Power", "Product",
    "Quotient", "Remainder", "Sum", "Symbol", "Written", "difference", "minus", "number", "over", "plus", "ratio",
    "times", "to_the",
]  # fmt: skip

_MOST_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Number:
    """A number from 0 on, in the digits that it is written with."""

    digits: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name: k for the step, pi, or what a list beside the formula says."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """What follows a minus sign."""

    of: Written


@dataclass(frozen=True, slots=True)
class Sum:
    """Two or more summands, of which the negative ones are subtracted."""

    terms: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Two or more factors."""

    factors: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """A fraction."""

    top: Written
    bottom: Written


@dataclass(frozen=True, slots=True)
class Power:
    """A base to an exponent."""

    base: Written
    exponent: Written


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a division leaves: from 0 on, below the divisor."""

    of: Written
    by: Written


@dataclass(frozen=True, slots=True)
class Call:
    """A function of some operands: cos, floor, max, or one that a list beside the formula names."""

    function: str
    operands: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a table, counted from 0."""

    table: str
    index: Written


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two numbers stand in some order."""

    op: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Written
    right: Written


@dataclass(frozen=True, slots=True)
class Logic:
    """Both of two conditions, or either."""

    op: Literal["and", "or"]
    left: Written
    right: Written


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    of: Written


@dataclass(frozen=True, slots=True)
class Choice:
    """The first formula whose condition holds, else the last."""

    cases: tuple[tuple[Written, Written], ...]
    otherwise: Written


Written: TypeAlias = (
    Number | Symbol | Negative | Sum | Product | Quotient | Power | Remainder | Call | Entry | Comparison | Logic | Not
    | Choice
)  # fmt: skip

PI: Final = Symbol("pi")
_ZERO, _ONE = Number("0"), Number("1")


def number(value: float) -> Written:
    """Give a number as Python writes it, whole ones without a fraction.

    >>> number(-1e-05), number(2.0)
    (Negative(of=Number(digits='1e-05')), Number(digits='2'))
    """
    digits = repr(abs(value)).removesuffix(".0")
    return Negative(Number(digits)) if value < 0 else Number(digits)


def ratio(exact: Fraction) -> Written:
    """Give a rational number: as a decimal where that is exact, else as a quotient of whole numbers."""
    if exact < 0:
        return Negative(ratio(-exact))
    if exact.denominator == 1:
        return Number(str(exact.numerator))
    decimal = repr(exact.numerator / exact.denominator)
    if Fraction(decimal) == exact:
        return Number(decimal)
    return Quotient(Number(str(exact.numerator)), Number(str(exact.denominator)))


def plus(*terms: Written) -> Written:
    """Give the sum, without zeros, sums of sums flat."""
    flat: list[Written] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Sum) else () if term == _ZERO else (term,))
    return Sum(tuple(flat)) if len(flat) > 1 else flat[0] if flat else _ZERO


def minus(left: Written, right: Written) -> Written:
    """Give the difference."""
    return plus(left, _negative(right))


def times(*factors: Written) -> Written:
    """Give the product, without ones, its sign in front; 0 where a factor is 0."""
    if _ZERO in factors:
        return _ZERO
    flat: list[Written] = []
    is_negative = False
    for factor in factors:
        bare = factor.of if isinstance(factor, Negative) else factor
        is_negative ^= isinstance(factor, Negative)
        flat.extend(bare.factors if isinstance(bare, Product) else () if bare == _ONE else (bare,))
    product = Product(tuple(flat)) if len(flat) > 1 else flat[0] if flat else _ONE
    return Negative(product) if is_negative else product


def over(top: Written, bottom: Written) -> Written:
    """Give the quotient, its sign in front."""
    if bottom == _ONE or top == _ZERO:
        return top
    return Negative(Quotient(top.of, bottom)) if isinstance(top, Negative) else Quotient(top, bottom)


def to_the(base: Written, exponent: float) -> Written:
    """Give the power."""
    return base if exponent == 1 else Power(base, number(exponent))


def difference(left: float, right: float) -> Written:
    """Give left - right for two numbers as they are written: one number where that is short, else both.

    >>> difference(0.1, 0.001)
    Number(digits='0.099')
    """
    with localcontext(prec=1000):
        exact = Decimal(repr(left)) - Decimal(repr(right))
        short = len(exact.normalize().as_tuple().digits) <= _MOST_DIGITS
    return number(float(exact)) if short else minus(number(left), number(right))


def _negative(written: Written) -> Written:
    if written == _ZERO:
        return written
    return written.of if isinstance(written, Negative) else Negative(written)
