"""How a geometric curve is cut into factors, so that its powers keep their bits.

(to / of)^u is factor^w · factor^m · e^(w · error) with a whole number w and |m| at most one half. A factor near 1
loses nothing to the rounding of m; what rounding the factor itself loses is given back by `error`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

from unisched.ir import Exponential

__all__ = ["Geometric", "factors"]

_STEEPEST: Final = 6.0
_PRECISE: Final = Context(prec=50)
_LOG_LARGEST: Final = 709.78 - _STEEPEST / 2


@dataclass(frozen=True, slots=True)
class Geometric:
    """(to / of)^(p / span) = factor^(pieces · p / span) · e^(w · error); `growth` is the logarithm of to / of.

    `end` is the value where the curve ends; `reach` bounds p: further on the value is above the float range.
    """

    factor: float
    pieces: int
    error: float
    growth: float
    end: float
    reach: int


def factors(curve: Exponential) -> Geometric:
    """Give the parameters of the fast formula for one curve."""
    growth = _PRECISE.subtract(_PRECISE.ln(Decimal(curve.to)), _PRECISE.ln(Decimal(curve.of)))
    pieces = max(1, math.ceil(abs(float(growth)) / _STEEPEST))
    part = _PRECISE.divide(growth, Decimal(pieces))
    factor = float(_PRECISE.exp(part)) if pieces > 1 else curve.to / curve.of
    error = float(_PRECISE.subtract(part, _PRECISE.ln(Decimal(factor))))
    if curve.phase.wrap == "hold" and pieces == 1:
        error = 0.0
    return Geometric(factor, pieces, error, float(growth), _end(curve), _reach(curve, float(growth)))


def _end(curve: Exponential) -> float:
    numerator, unit = curve.value.as_integer_ratio()
    to, to_unit = curve.to.as_integer_ratio()
    of, of_unit = curve.of.as_integer_ratio()
    try:
        return numerator * to * of_unit / (unit * to_unit * of) + 0.0
    except OverflowError:
        return math.copysign(math.inf, curve.value)


def _reach(curve: Exponential, growth: float) -> int:
    if growth < 0 or curve.value == 0:
        return 2**62
    room = _LOG_LARGEST - max(0.0, math.log(abs(curve.value)))
    return min(2**62, int(room / growth * curve.phase.span))
