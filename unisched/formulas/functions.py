"""The functions of formulas on the host: fast ones, and the same rounded to nearest. What has no value raises.

Knows no trees.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from unisched.errors import Problem
from unisched.formulas import rounded

__all__ = ["FAST", "ROUNDED", "Functions", "UndefinedError", "beyond", "by_zero"]


class UndefinedError(ArithmeticError):
    """An operation has no value: a code, what was asked, and a way out."""

    def __init__(self, code: str, fault: str, remedy: str) -> None:
        super().__init__(fault)
        self.problem = Problem(code, "", fault, remedy)


def _no_previous(_step: int) -> float:
    raise AssertionError("only a recurrence has a value before")


class Functions(NamedTuple):
    """One way to compute; `previous` is the value before, in a recurrence."""

    sqrt: Callable[[float], float]
    exp: Callable[[float], float]
    log: Callable[[float], float]
    sin: Callable[[float], float]
    cos: Callable[[float], float]
    tanh: Callable[[float], float]
    power: Callable[[float, float], float]
    product: Callable[[float, int], float]
    previous: Callable[[int], float] = _no_previous


def _product(base: float, factors: int) -> float:
    """Give the product of so many factors: the highest bit of the exponent first."""
    result = base
    for bit in bin(factors)[3:]:
        result *= result
        if bit == "1":
            result *= base
    return result


def _checked_power(base: float, exponent: float) -> float:
    _check_power(base, exponent)
    try:
        return math.pow(base, exponent)
    except OverflowError:
        raise beyond() from None


def _rounded_power(base: float, exponent: float) -> float:
    _check_power(base, exponent)
    return rounded.power(base, exponent)


def _check_power(base: float, exponent: float) -> None:
    if base == 0 and exponent < 0:
        raise UndefinedError("expr.division", f"0 ** {exponent!r} divides by zero", "Keep the base away from 0.")
    if base < 0 and not exponent.is_integer():
        raise UndefinedError("expr.domain", f"({base!r}) ** {exponent!r} is no real number",
                             "Keep the base at 0 or above, as in max(0, x) ** 0.5.")  # fmt: skip


def _checked(name: str, lowest: float, function: Callable[[float], float], remedy: str) -> Callable[[float], float]:
    def checked(x: float) -> float:
        if x < lowest:
            raise UndefinedError("expr.domain", f"{name}({x!r}) is not defined", remedy)
        return function(x)

    return checked


def _exponential(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        raise beyond() from None


def _tangent(x: float) -> float:
    """Give tanh x = (1 - e^y) / (1 + e^y), y = -2|x|, where 1 - e^y loses no digits."""
    y = -2.0 * min(abs(x), 20.0)
    decay = math.exp(y)
    lost = y if decay == 1.0 else (decay - 1.0) * (y / math.log(decay))
    result = -lost / (lost + 2.0)
    return -result if x < 0 else result


def by_zero(op: str) -> float:
    """Raise the error of a division by zero."""
    raise UndefinedError("expr.division", f"{op} divides by zero", "Keep the divisor away from 0.")


def beyond() -> UndefinedError:
    """Give the error of a value above the float range."""
    return UndefinedError("expr.not_finite", "the value of an operation is above the float range",
                          "Bound what grows, as in min(x, 700).")  # fmt: skip


_LEAST: Final = math.ulp(0.0)
_LOG_WAY_OUT: Final = "Keep what it is of above 0, as in log(step + 1)."
_SQRT_WAY_OUT: Final = "Keep what it is of at 0 or above, as in sqrt(max(0, x))."
FAST: Final = Functions(
    sqrt=_checked("sqrt", 0.0, math.sqrt, _SQRT_WAY_OUT), exp=_exponential,
    log=_checked("log", _LEAST, math.log, _LOG_WAY_OUT), sin=math.sin, cos=math.cos, tanh=_tangent,
    power=_checked_power, product=_product,
)  # fmt: skip
ROUNDED: Final = Functions(
    sqrt=_checked("sqrt", 0.0, math.sqrt, _SQRT_WAY_OUT), exp=rounded.exponential,
    log=_checked("log", _LEAST, rounded.logarithm, _LOG_WAY_OUT), sin=rounded.sine, cos=rounded.cosine,
    tanh=rounded.hyperbolic_tangent, power=_rounded_power, product=rounded.power,
)  # fmt: skip
