"""The closed forms of single curves on the host, each a closure over the parameters of one curve.

The formulas keep every bit they can at the price of nothing: weights in pairs, ends by a select, integers until
the division. Each takes the step at which the position is 0 and gives a function of the step; the clock of a curve
that is no plain count, and everything that is made of several curves, is for `scalar`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

from unisched.enclosure import half_pi
from unisched.geometric import STEEP, Geometric, factors
from unisched.ir import Exponential, Noise, Power, Ramp, Table
from unisched.noise import host

__all__ = ["Function", "exponential", "noise", "power", "ramp", "table"]

Function: TypeAlias = Callable[[int], float]
_Pair: TypeAlias = tuple[float, float]

_HALF_PI: Final = math.pi / 2
_FINE: Final = 116
_QUARTER_TURN: Final = half_pi(_FINE)
_NEGLIGIBLE: Final = 2.0**-60


def ramp(curve: Ramp, origin: int) -> Function:
    """Give a ramp; `position` on it counts from `origin`."""
    first, last, span = curve.start, curve.end, curve.phase.span
    if curve.power != 1.0 or curve.warp != 1.0:
        return _bent(curve, origin)
    if curve.shape == "cosine":
        return _cosine(first, last, span, origin)

    def linear(step: int) -> float:
        position = step - origin
        if position >= span:
            return last
        return first * ((span - position) / span) + last * (position / span) if position > 0 else first

    return linear


def _cosine(first: float, last: float, span: int, origin: int) -> Function:
    sin, half_pi = math.sin, _HALF_PI

    def cosine(step: int) -> float:
        position = step - origin
        if position >= span:
            return last
        rest = span - position
        if position <= rest:
            if position <= 0:
                return first
            sine = sin(half_pi * (position / span))
            square = sine * sine
            return first * (1.0 - square) + last * square
        sine = sin(half_pi * (rest / span))
        square = sine * sine
        return first * square + last * (1.0 - square)

    return cosine


def _bent(ramp: Ramp, origin: int) -> Function:
    first, last, span = ramp.start, ramp.end, ramp.phase.span
    power, warp, mirror, cosine = ramp.power, ramp.warp, ramp.mirror, ramp.shape == "cosine"
    whole = span << _FINE

    def bent(step: int) -> float:
        position = step - origin
        if position <= 0:
            return first
        if position >= span:
            return last
        across, back = position / span, (span - position) / span
        if warp != 1.0:
            across, back = _powered(across, back, warp)
        if cosine:
            # A power enlarges what the angle has lost: rounded once instead of three times, at most 7.5 ulp, not 9.5.
            part = min(position, span - position)
            angle = part * _QUARTER_TURN / whole if warp == 1.0 else _HALF_PI * min(across, back)
            across, back = _sine_weights(angle, across <= back)
        if power != 1.0 and mirror:
            across, back = _powered(across, back, power)
        elif power != 1.0:
            back, across = _powered(back, across, power)
        return first * back + last * across

    return bent


def _sine_weights(angle: float, is_before_half: bool) -> _Pair:
    sine = math.sin(angle)
    square = sine * sine
    return (square, 1.0 - square) if is_before_half else (1.0 - square, square)


def _powered(weight: float, partner: float, power: float) -> _Pair:
    """Give weight^power and 1 minus it, from a weight and 1 minus that: with `pow` and `log` only."""
    result: float = weight**power
    if result >= 1.0:
        return result, power * partner
    if result <= _NEGLIGIBLE:
        return result, 1.0
    return result, (1.0 - result) * (power * (math.log(weight) / math.log(result)) * (partner / (1.0 - weight)))


def exponential(curve: Exponential, origin: int) -> Function:
    """Give a geometric curve."""
    if curve.value == 0.0:
        return lambda _step: 0.0
    form = factors(curve)
    if curve.warp != 1.0:
        return _warped(curve, form, origin)
    value, span, base, lag = curve.value, curve.phase.span, form.base, form.lag
    factor, pieces, error, end, exp = form.factor, form.pieces, form.error, form.end, math.exp
    length = span if curve.phase.wrap == "hold" else math.inf
    beyond = math.copysign(math.inf, value) if form.growth > 0 else 0.0

    def geometric(step: int) -> float:
        position = step - origin
        if position >= length:
            return end
        if position <= 0:
            return value
        position *= pieces
        whole = position // span
        part = (position - whole * span) / span
        whole -= lag
        try:
            root: float = factor ** (whole // 2)
            result = base * root
            if error:
                result *= exp(whole * error)
            if whole & 1:
                result *= factor
            rest: float = factor**part
            return result * root * rest
        except OverflowError:
            return beyond

    return geometric


def _warped(curve: Exponential, form: Geometric, origin: int) -> Function:
    value, span, warp = curve.value, curve.phase.span, curve.warp
    end, factor, pieces = form.end, form.factor, form.pieces

    def warped(step: int) -> float:
        position = step - origin
        if position <= 0:
            return value
        if position >= span:
            return end
        across, back = _powered(position / span, (span - position) / span, warp)
        near, exponent = (value, across) if across <= back else (end, -back)
        root: float = factor ** (pieces * exponent / 2)
        return near * root * root

    return warped


def power(curve: Power, origin: int) -> Function:
    """Give an inverse power."""
    value, span, exponent = curve.value, curve.phase.span, -curve.exponent
    length = span if curve.phase.wrap == "hold" else math.inf
    steep = abs(value) > STEEP
    exponent = exponent / 2 if steep else exponent

    def decay(step: int) -> float:
        position = step - origin
        if position >= length:
            position = span
        if position <= 0:
            return value
        try:
            root: float = ((span + position) / span) ** exponent
            return value * root * root if steep else value * root
        except OverflowError:
            return 0.0

    return decay


def table(curve: Table, origin: int) -> Function:
    """Give a table: a look-up, or a line between two of them."""
    values, last, span = curve.values, len(curve.values) - 1, curve.phase.span
    final = values[last]
    if curve.linear:
        return _lines(curve, origin)
    if span == 1:
        end = origin + last
        return lambda step: values[step - origin] if step < end else final

    def looked_up(step: int) -> float:
        index = (step - origin) // span
        return values[index] if index < last else final

    return looked_up


def _lines(curve: Table, origin: int) -> Function:
    values, last, span = curve.values, len(curve.values) - 1, curve.phase.span
    final = values[last]

    def line(step: int) -> float:
        index, part = divmod(step - origin, span)
        if index >= last:
            return final
        if part == 0:
            return values[index]
        return values[index] * ((span - part) / span) + values[index + 1] * (part / span)

    return line


def noise(curve: Noise, origin: int) -> Function:
    """Give a random factor."""
    factor, span = host(curve.std, curve.limit, curve.seed), curve.phase.span
    return lambda step: factor((step - origin) // span)
