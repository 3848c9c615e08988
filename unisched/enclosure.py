"""Numbers known to within a bound, and the float64 nearest to them: the arithmetic under the exact evaluator.

Works in integers and in the standard library's decimals, whose `exp` and `ln` are correctly rounded at any
precision; no function of the platform's mathematics library takes part. Knows nothing of curves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["Arithmetic", "Ball", "half_pi", "nearest_float", "power_of_ratio", "quotient", "sine_squared"]

_FIRST_DIGITS: Final = 36
_MOST_DIGITS: Final = 40_000
_LARGEST_POWER: Final = 9_000
_QUARTER: Final = Decimal("0.25")
_ONE: Final = Decimal(1)


class Ball(NamedTuple):
    """A real number within `radius` of `middle`."""

    middle: Decimal
    radius: Decimal


class TooCoarseError(ArithmeticError):
    """The precision does not suffice to bound the result."""


class Arithmetic:
    """Operations on balls at one precision; every radius is at least the true error, with a factor to spare."""

    def __init__(self, digits: int) -> None:
        self._context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
        self._digits = digits
        self._unit = _ONE.scaleb(1 - digits)

    def ratio(self, numerator: int, denominator: int) -> Ball:
        """Give numerator / denominator."""
        return self._rounded(self._context.divide(Decimal(numerator), Decimal(denominator)))

    def number(self, number: float) -> Ball:
        """Give a float."""
        return self._rounded(self._context.create_decimal_from_float(number))

    def complement(self, ball: Ball) -> Ball:
        """Give 1 - ball."""
        return self._rounded(self._context.subtract(_ONE, ball.middle), ball.radius)

    def times(self, left: Ball, right: Ball) -> Ball:
        """Give left · right."""
        error = abs(left.middle) * right.radius + abs(right.middle) * left.radius + left.radius * right.radius
        return self._rounded(self._context.multiply(left.middle, right.middle), 2 * error)

    def log(self, ball: Ball) -> Ball:
        """Give the natural logarithm of a ball above 0."""
        if ball.radius > ball.middle * _QUARTER or ball.middle <= 0:
            raise TooCoarseError
        return self._rounded(self._context.ln(ball.middle), 3 * self._context.divide(ball.radius, ball.middle))

    def exp(self, ball: Ball) -> Ball:
        """Give e to the ball."""
        if ball.radius > _QUARTER:
            raise TooCoarseError
        power = self._context.exp(ball.middle)
        return self._rounded(power, self._context.multiply(power, 2 * ball.radius))

    def power(self, base: Ball, exponent: float) -> Ball:
        """Give a base above 0 to a power."""
        return self.exp(self.times(self.number(exponent), self.log(base)))

    def sine_squared(self, ball: Ball) -> Ball:
        """Give sin²(π/2 · ball) for a ball between 0 and 1."""
        if ball.radius > ball.middle * _QUARTER:
            raise TooCoarseError
        relative = 8 * self._context.divide(ball.radius, ball.middle)
        if ball.middle.adjusted() < -2 * self._digits:
            root = self.times(ball, self.ratio(half_pi(bits := 4 * self._digits), 1 << bits))
            square = self._context.multiply(root.middle, root.middle)
        else:
            numerator, denominator = ball.middle.as_integer_ratio()
            square = self.sine_squared_of_ratio(numerator, denominator).middle
        return self._rounded(square, self._context.multiply(square, relative + 8 * self._unit))

    def sine_squared_of_ratio(self, numerator: int, denominator: int) -> Ball:
        """Give sin²(π/2 · numerator / denominator) for a ratio between 0 and 1."""
        bits = 4 * self._digits + 2 * (denominator.bit_length() - numerator.bit_length())
        return self._rounded(self.ratio(sine_squared(numerator, denominator, bits), 1 << bits).middle)

    def blend(self, start: float, end: float, weight: Ball) -> Ball:
        """Give start · weight + end · (1 - weight)."""
        last = Decimal(end)
        difference = self._context.subtract(Decimal(start), last)
        part = self.times(weight, self._rounded(difference))
        return self._rounded(self._context.add(last, part.middle), part.radius)

    def _rounded(self, middle: Decimal, radius: Decimal = Decimal(0)) -> Ball:
        return Ball(middle, self._context.add(radius * 2, self._context.multiply(abs(middle), 2 * self._unit)))


def nearest_float(enclose: Callable[[Arithmetic], Ball]) -> float:
    """Give the float64 nearest to a number that is no tie: the precision rises until both ends round alike."""
    digits = _FIRST_DIGITS
    while digits <= _MOST_DIGITS:
        try:
            middle, radius = enclose(_arithmetic(digits))
            context = _context(digits)
            low, high = float(context.subtract(middle, radius)), float(context.add(middle, radius))
            if low == high:
                return low + 0.0
        except TooCoarseError:
            pass
        digits *= 2
    raise ArithmeticError(f"{_MOST_DIGITS} digits do not decide a rounding")


def quotient(numerator: int, denominator: int) -> float:
    """Give the float64 nearest to numerator / denominator, ties to even; infinite where it is above the range."""
    try:
        return numerator / denominator + 0.0
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf


def power_of_ratio(numerator: int, denominator: int, over: int, under: int) -> tuple[int, int] | None:
    """Give (numerator / denominator)^(over / under) as a ratio; None where it is irrational.

    None too where the ratio has more digits than any number midway between two floats, or a sum of such.
    """
    common = math.gcd(numerator, denominator)
    numerator, denominator = numerator // common, denominator // common
    common = math.gcd(over, under)
    over, under = over // common, under // common
    if over * (max(numerator, denominator).bit_length() - 1) > _LARGEST_POWER * under:
        return None
    top, bottom = _root(numerator, under), _root(denominator, under)
    return None if top is None or bottom is None else (top**over, bottom**over)


def sine_squared(numerator: int, denominator: int, bits: int) -> int:
    """Give sin²(π/2 · numerator / denominator) · 2^bits, to within 2, for a ratio between 0 and 1."""
    extra = 16 + bits.bit_length()
    work = bits + extra
    angle = half_pi(work) * numerator // denominator
    square = angle * angle >> work
    term = total = angle
    factor = 2
    while term:
        term = (term * square >> work) // (factor * (factor + 1))
        total += term if factor & 2 == 0 else -term
        factor += 2
    return total * total >> (work + extra)


def _root(number: int, degree: int) -> int | None:
    if degree == 1 or number == 1:
        return number
    if degree >= number.bit_length():
        return None
    root = 1 << -(-number.bit_length() // degree)
    while True:
        nearer = ((degree - 1) * root + number // root ** (degree - 1)) // degree
        if nearer >= root:
            return root if root**degree == number else None
        root = nearer


def half_pi(bits: int) -> int:
    """Give pi/2 · 2^bits, to within 1."""
    precision = -(-bits // 256) * 256
    return _half_pi_at(precision) >> (precision - bits)


@lru_cache(maxsize=64)
def _half_pi_at(bits: int) -> int:
    one = 1 << (bits + 32)
    return (8 * _inverse_tangent(one, 5) - 2 * _inverse_tangent(one, 239)) >> 32


def _inverse_tangent(one: int, inverse: int) -> int:
    term = total = one // inverse
    divisor = 1
    while term:
        term //= inverse * inverse
        divisor += 2
        total += term // divisor if divisor & 2 == 0 else -(term // divisor)
    return total


@lru_cache(maxsize=64)
def _arithmetic(digits: int) -> Arithmetic:
    return Arithmetic(digits)


@lru_cache(maxsize=64)
def _context(digits: int) -> Context:
    return Context(prec=digits + 10, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
