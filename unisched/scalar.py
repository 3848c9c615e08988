"""The host evaluator: a value as a Python function of one int, made of closures; nothing is executed from text.

The formulas keep every bit they can at the price of nothing: weights in pairs, ends by a select, integers until
the division. Knows nodes only. Steps are not checked here; any int from 0 on is right, however large.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar, assert_never

from unisched.exact import finite, unbound
from unisched.geometric import STEEP, Geometric, factors
from unisched.ir import Base, Combine, Constant, Curve, Exponential, Fold, Operator, Phase, Power, Ramp, Track, Value

__all__ = ["Function", "function"]

Function: TypeAlias = Callable[[int], float]
_Pair: TypeAlias = tuple[float, float]
_Leaf = TypeVar("_Leaf")

_HALF_PI: Final = math.pi / 2
_NEGLIGIBLE: Final = 2.0**-60


def function(value: Value) -> Function:
    """Give the value as a function of the step, an int from 0 on.

    A curve is within 8 ulp of exact for powers and warps up to 2, of which a cosine takes only one. Past that the
    bound grows with power times warp, and for a warped exponential with the logarithm of its ratio (8 ulp up to a
    ratio of 100). A ramp that changes sign cancels near zero: there it is within 8 ulp of its larger end.

    Raises `BindingError` where the value needs the optimizer's own value; the function raises `StepError`
    where a growth leaves the float range.

    >>> from unisched.ir import Phase, constant
    >>> function(constant(0.1))(10**30)
    0.1
    """
    evaluate = _value(value)
    return evaluate if math.isfinite(_bound(value)) else lambda step: finite(evaluate(step), step)


def _value(value: Value) -> Function:
    match value:
        case Track():
            return _track(value)
        case Combine(op=op, parts=parts):
            evaluate = _value(parts[0])
            for part in parts[1:]:
                evaluate = _combined(op, evaluate, _value(part))
            return evaluate
        case _:
            assert_never(value)


def _track(track: Track) -> Function:
    rows = [_row(curve, start) for curve, start in zip(track.curves, track.starts, strict=True)]
    if len(rows) == 1:
        return rows[0]
    if len(rows) == 2:
        (first, second), boundary = rows, track.starts[1]
        return lambda step: second(step) if step >= boundary else first(step)
    inner = track.starts[1:]
    return lambda step: rows[bisect_right(inner, step)](step)


def _combined(op: Operator, left: Function, right: Function) -> Function:
    match op:
        case "product":
            return lambda step: left(step) * right(step)
        case "sum":
            return lambda step: left(step) + right(step)
        case "minimum":
            return lambda step: min(left(step), right(step))
        case "maximum":
            return lambda step: max(left(step), right(step))
        case _:
            assert_never(op)


def _row(curve: Curve, start: int) -> Function:
    """Give a curve that begins at `start` as a function of the step on the timeline's clock."""
    match curve:
        case Constant(value=value):
            return lambda _step: value
        case Base():
            raise unbound()
        case Ramp():
            return _clocked(_ramp, curve, curve.phase, start)
        case Exponential():
            return _clocked(_exponential, curve, curve.phase, start)
        case Power():
            return _clocked(_power, curve, curve.phase, start)
        case Fold(track=track, phase=phase):
            return (
                _folded(curve, _track(track), start) if phase.wrap == "free" else _on_clock(_track(track), phase, start)
            )
        case _:
            assert_never(curve)


def _clocked(make: Callable[[_Leaf, int], Function], curve: _Leaf, phase: Phase, start: int) -> Function:
    if phase.wrap in ("hold", "free") and phase.rate == phase.every == 1:
        return make(curve, start - phase.offset)
    return _on_clock(make(curve, 0), phase, start)


def _on_clock(evaluate: Function, phase: Phase, start: int) -> Function:
    position = phase.position
    if phase.rate == phase.every == 1 and phase.wrap == "restart":
        span, shift = phase.span, phase.offset - start
        return lambda step: evaluate((step + shift) % span)
    return lambda step: evaluate(position(step - start))


def _folded(fold: Fold, body: Function, start: int) -> Function:
    at = fold.step
    return lambda step: body(at(step - start))


def _ramp(ramp: Ramp, origin: int) -> Function:
    first, last, span = ramp.start, ramp.end, ramp.phase.span
    if ramp.power != 1.0 or ramp.warp != 1.0:
        return _bent(ramp, origin)
    if ramp.shape == "cosine":
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
            across, back = _sine_weights(across, back)
        if power != 1.0 and mirror:
            across, back = _powered(across, back, power)
        elif power != 1.0:
            back, across = _powered(back, across, power)
        return first * back + last * across

    return bent


def _sine_weights(across: float, back: float) -> _Pair:
    sine = math.sin(_HALF_PI * min(across, back))
    square = sine * sine
    return (square, 1.0 - square) if across <= back else (1.0 - square, square)


def _powered(weight: float, partner: float, power: float) -> _Pair:
    """Give weight^power and 1 minus it, from a weight and 1 minus that: with `pow` and `log` only."""
    result: float = weight**power
    if result >= 1.0:
        return result, power * partner
    if result <= _NEGLIGIBLE:
        return result, 1.0
    return result, (1.0 - result) * (power * (math.log(weight) / math.log(result)) * (partner / (1.0 - weight)))


def _exponential(curve: Exponential, origin: int) -> Function:
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


def _power(curve: Power, origin: int) -> Function:
    value, span, exponent = curve.value, curve.phase.span, -curve.exponent
    length = span if curve.phase.wrap == "hold" else math.inf
    steep = abs(value) > STEEP
    exponent = exponent / 2 if steep else exponent

    def power(step: int) -> float:
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

    return power


def _bound(value: Value) -> float:
    """Give a magnitude that no value exceeds; infinite where one may leave the float range."""
    match value:
        case Track(curves=curves):
            return max(_curve_bound(curve) for curve in curves)
        case Combine(op=op, parts=parts):
            bounds = [_bound(part) for part in parts]
            if op == "product":
                return math.prod(bounds)
            return sum(bounds) if op == "sum" else max(bounds)
        case _:
            assert_never(value)


def _curve_bound(curve: Curve) -> float:
    match curve:
        case Constant(value=value) | Power(value=value):
            return abs(value)
        case Base():
            return math.inf
        case Ramp(start=start, end=end):
            return max(abs(start), abs(end))
        case Exponential():
            grows = curve.to > curve.of and curve.phase.wrap == "free" and curve.value != 0
            return math.inf if grows else max(abs(curve.value), abs(factors(curve).end))
        case Fold(track=track):
            return _bound(track)
        case _:
            assert_never(curve)
