"""The closed forms of single curves on the host, each a closure over the parameters of one curve.

The formulas keep every bit they can at the price of nothing: weights in pairs, ends by a select, integers until
the division. Each takes the step at which the position is 0 and gives a function of the step; the clock of a curve
that is no plain count, and everything that is made of several curves, is for `scalar`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

from unisched.geometric import STEEP, Geometric, factors
from unisched.ir import Exponential, Noise, Power, Ramp, Table
from unisched.lost_bits import LOW, SPLIT, complement, quarter_turn, remainder, upper
from unisched.noise import host

__all__ = ["Function", "exponential", "noise", "power", "ramp", "table"]

Function: TypeAlias = Callable[[int], float]
_Bent: TypeAlias = tuple[float, float, float, bool, float, float]
"""Two weights whose sum is 1, the nearer to 0 first, what rounding took from that, and whether it is the last's.

Then a root and its degree: the first is rounded once more than the root to that power.
"""

_HALF_PI: Final = math.pi / 2
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
    power, mirror, cosine = ramp.power, ramp.mirror, ramp.shape == "cosine"
    progress, head = _progress(span, ramp.warp), upper(power, power * SPLIT)

    def bent(step: int) -> float:
        position = step - origin
        if position <= 0:
            return first
        if position >= span:
            return last
        weights = progress(position)
        if cosine:
            weights = _arc(weights)
        near, far, tail, early, _, _ = weights
        if power == 1.0:
            near += tail
            return first * far + last * near if early else first * near + last * far
        powered, tail, rest, _ = _powered(weights, early == mirror, power, head)
        powered += tail
        return first * rest + last * powered if mirror else first * powered + last * rest

    return bent


def _progress(span: int, warp: float) -> Callable[[int], _Bent]:
    """Give how far a position is, from one end and from the other."""
    low = float(span % LOW)
    high, head = span - low, upper(warp, warp * SPLIT)

    def progress(position: int) -> _Bent:
        rest = span - position
        early = position <= rest
        nearer, farther = (position, rest) if early else (rest, position)
        near, far = nearer / span, farther / span
        tail = remainder(nearer, near, upper(near, near * SPLIT), high, low) / span
        even = near, far, tail, early, near, 1.0
        if warp == 1.0:
            return even
        across, tail, back, back_tail = _powered(even, early, warp, head)
        if across <= back:
            return across, back, tail, True, across, 1.0
        return back, across, back_tail, False, back, 1.0

    return progress


def _arc(even: _Bent) -> _Bent:
    part, _, tail, early, _, _ = even
    angle, lost = quarter_turn(part, upper(part, part * SPLIT), tail)
    sine = math.sin(angle)
    near = sine * sine
    far = 1.0 - near
    return near, far, 2.0 * lost * math.sqrt(near * far), early, sine, 2.0


def _powered(base: _Bent, is_near: bool, power: float, head: float) -> tuple[float, float, float, float]:
    """Give one of the weights to the power, and 1 minus that, each with its tail: with `pow` and `log` only.

    `head` is the upper half of the power.
    """
    near, far, tail, _, root, degree = base
    if is_near:
        weight, result = near, root ** (power * degree)
    else:
        weight, result, tail = far, far**power, 1.0 - far - near - tail
    lost, log = (tail / weight, math.log(weight)) if weight > 0.0 else (0.0, 0.0)
    result_log = math.log(result) if result > _NEGLIGIBLE else 0.0
    heads = head, upper(log, log * SPLIT)
    return result, result * (power * lost), *complement(result, result_log, log, heads, power, lost)


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
    value, span = curve.value, curve.phase.span
    end, factor, pieces = form.end, form.factor, form.pieces
    progress = _progress(span, curve.warp)

    def warped(step: int) -> float:
        position = step - origin
        if position <= 0:
            return value
        if position >= span:
            return end
        near, _, tail, early, _, _ = progress(position)
        nearest, exponent = (value, near + tail) if early else (end, -(near + tail))
        root: float = factor ** (pieces * exponent / 2)
        return nearest * root * root

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
