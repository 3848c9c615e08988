"""How a geometric curve is cut into factors, so that its powers keep their bits and stay within the float range.

(to / of)^u is factor^w · factor^m · e^(w · error) with a whole number w and m from 0 up to 1. A factor near 1
loses nothing to the rounding of m; what rounding the factor itself loses is given back by `error`. Half of w
goes to either side of a multiplication by the value: factor^w alone may leave a range that the product stays in.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final

from unisched.ir import Exponential

__all__ = ["STEEP", "Geometric", "factors"]

STEEP: Final = 2.0**64
"""Above this, an inverse power too is split around the value."""

_STEEPEST: Final = 3.0
_PRECISE: Final = Context(prec=50)
_LOG_LARGEST: Final = 709.7827
_LOG_SAFE: Final = -700.0
_UNBOUNDED: Final = 2**62
_UNNOTICED: Final = 2.0**-53


@dataclass(frozen=True, slots=True)
class Geometric:
    """value · (to / of)^(p / span) = base · factor^(pieces · p / span - lag) · e^(w · error).

    `growth` is the logarithm of to / of, `end` the value where the curve ends, and `reach` the last p at which the
    value is surely within the float range. `base` is the value, unless that is subnormal and grows: then it is what
    the curve reaches after `lag` pieces, for a subnormal number is 0 to some devices.
    """

    base: float
    lag: int
    factor: float
    pieces: int
    error: float
    growth: float
    end: float
    reach: int


@lru_cache(maxsize=2**14)
def factors(curve: Exponential) -> Geometric:
    """Give the parameters of the fast formula for one curve."""
    growth = _PRECISE.subtract(_PRECISE.ln(Decimal(curve.to)), _PRECISE.ln(Decimal(curve.of)))
    pieces = max(1, math.ceil(abs(float(growth)) / _STEEPEST))
    part = _PRECISE.divide(growth, Decimal(pieces))
    factor = float(_PRECISE.exp(part)) if pieces > 1 else curve.to / curve.of
    error = float(_PRECISE.subtract(part, _PRECISE.ln(Decimal(factor))))
    if curve.phase.wrap == "hold" and (pieces - 1) * abs(error) < _UNNOTICED:
        error = 0.0
    base, lag = _base(curve.value, part)
    return Geometric(base, lag, factor, pieces, error, float(growth), _end(curve), _reach(curve, float(growth)))


def _base(value: float, part: Decimal) -> tuple[float, int]:
    if part < 0 or value == 0 or abs(value) >= sys.float_info.min:
        return value, 0
    lag = math.ceil((_LOG_SAFE - math.log(abs(value))) / float(part))
    return float(_PRECISE.multiply(Decimal(value), _PRECISE.exp(_PRECISE.multiply(part, Decimal(lag))))), lag


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
        return _UNBOUNDED
    room = _LOG_LARGEST - math.log(abs(curve.value))
    return max(0, min(_UNBOUNDED, int(room / growth * curve.phase.span)))
