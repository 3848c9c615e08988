"""The exact evaluator: each curve as the float64 nearest to its exact real value, ties included.

It is the oracle of the fast evaluators and the answer to `exact=True`. Numbers that may lie midway between
two floats are rationals and are rounded as such; all others are enclosed ever more closely until both ends
of the enclosure round alike. Knows nodes only: no spec, no array, no platform mathematics.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, assert_never

from unisched import noise, signals
from unisched.enclosure import Arithmetic, Ball, nearest_float, power_of_ratio, quotient, sine_squared
from unisched.errors import BindingError, Problem, StepError, shorten
from unisched.external import called
from unisched.formulas import evaluation as formula
from unisched.ir import (
    Base,
    Combine,
    Constant,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Operator,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
    Value,
)

__all__ = ["curve_at", "finite", "unbound", "value_at"]

_FAR: Final = 3000.0
_GUARD: Final = 80


def curve_at(curve: Curve, step: int) -> float:
    """Give the correctly rounded value of one curve at `step` >= 0 of its own clock.

    Raises `BindingError` at the optimizer's own value, `StepError` where the value is above the float range.

    >>> from unisched.ir import Phase
    >>> curve_at(Ramp(start=1.0, end=0.0, phase=Phase(span=3), shape="cosine"), 1)
    0.75
    """
    return finite(_curve(curve, step), step)


def value_at(value: Value, step: int) -> float:
    """Give the value at `step` >= 0: correctly rounded curves, combined in float64 from the left.

    Raises as `curve_at` does.
    """
    return finite(_value(value, step), step)


def unbound() -> BindingError:
    """Give the error of evaluating a value that still waits for what the optimizer gives its groups."""
    return BindingError(Problem("base.missing", "", "the value depends on what the optimizer gives its groups",
                                "Pass base=."))  # fmt: skip


def finite(number: float, step: int) -> float:
    """Give the number; raise `StepError` where the value at `step` is above the float range."""
    if math.isfinite(number):
        return number
    fault = f"the value at step {shorten(str(step), 60)} is above the float range"
    raise StepError(Problem("range.overflow", "", fault, "Bound the growth with clip, or end it."))


def _value(value: Value, step: int) -> float:
    match value:
        case Track():
            return _curve(*value.row(step))
        case Combine(op=op, parts=parts):
            result = _value(parts[0], step)
            for part in parts[1:]:
                result = _combine(op, result, _value(part, step))
            return result
        case _:
            assert_never(value)


def _combine(op: Operator, left: float, right: float) -> float:
    match op:
        case "product":
            return left * right
        case "sum":
            return left + right
        case "minimum":
            return min(left, right)
        case "maximum":
            return max(left, right)
        case _:
            assert_never(op)


def _curve(curve: Curve, step: int) -> float:
    match curve:
        case Constant(value=value):
            return value
        case Base():
            raise unbound()
        case Ramp():
            return _ramp(curve, curve.phase.position(step))
        case Exponential():
            return _exponential(curve, curve.phase.position(step))
        case Power():
            return _power(curve, curve.phase.position(step))
        case Table():
            return _table(curve, curve.phase.position(step))
        case Formula(tree=tree, offset=offset):
            return formula.exact(tree, step + offset)
        case External():
            return called(curve)(step)
        case Noise(std=std, limit=limit, seed=seed, phase=phase):
            return noise.exact(std, limit, seed, phase.position(step) // phase.span)
        case Signal():
            raise signals.unsupported()
        case Fold(track=track):
            return _value(track, curve.step(step))
        case _:
            assert_never(curve)


def _ramp(ramp: Ramp, position: int) -> float:
    span = ramp.phase.span
    if position <= 0:
        return ramp.start
    if position >= span:
        return ramp.end
    weight = _rational_weight(ramp, position)
    if weight is not None:
        return quotient(*_blend(ramp.start, ramp.end, *weight))
    if ramp.power == 1.0 and ramp.warp == 1.0:
        return _cosine(ramp, position)
    return nearest_float(lambda arithmetic: arithmetic.blend(ramp.start, ramp.end, _weight(ramp, position, arithmetic)))


def _blend(start: float, end: float, numerator: int, denominator: int) -> tuple[int, int]:
    first, first_unit = start.as_integer_ratio()
    last, last_unit = end.as_integer_ratio()
    return (first * last_unit * numerator + last * first_unit * (denominator - numerator),
            first_unit * last_unit * denominator)  # fmt: skip


def _cosine(ramp: Ramp, position: int) -> float:
    span = ramp.phase.span
    near, far, part = ramp.start, ramp.end, position
    if 2 * position > span:
        near, far, part = ramp.end, ramp.start, span - position
    bits = _GUARD + 2 * (span.bit_length() - part.bit_length())
    while True:
        square = sine_squared(part, span, bits)
        low, high = (quotient(*_blend(far, near, square + error, 1 << bits)) for error in (-2, 2))
        if low == high:
            return low
        bits *= 2


def _rational_weight(ramp: Ramp, position: int) -> tuple[int, int] | None:
    """Give the weight of the start where it is rational: nowhere else can the value be a tie.

    sin² of a rational angle is rational at thirds and halves only, and a root or power of it nowhere else.
    """
    across: tuple[int, int] | None = position, ramp.phase.span
    over, under = ramp.power.as_integer_ratio()
    if ramp.warp != 1.0:
        warp, warp_under = ramp.warp.as_integer_ratio()
        if ramp.mirror and ramp.shape == "linear":
            over, under = over * warp, under * warp_under
        else:
            across = power_of_ratio(position, ramp.phase.span, warp, warp_under)
    if across is not None and ramp.shape == "cosine":
        across = _rational_sine_squared(*across)
    if across is None:
        return None
    part, whole = across
    if over == under:
        return whole - part, whole
    if not ramp.mirror:
        return power_of_ratio(whole - part, whole, over, under)
    powered = power_of_ratio(part, whole, over, under)
    return None if powered is None else (powered[1] - powered[0], powered[1])


def _rational_sine_squared(part: int, whole: int) -> tuple[int, int] | None:
    if 2 * part == whole:
        return 1, 2
    if 3 * part == whole:
        return 1, 4
    return (3, 4) if 3 * part == 2 * whole else None


def _weight(ramp: Ramp, position: int, arithmetic: Arithmetic) -> Ball:
    """Give the weight of the start."""
    across, back = _shaped(ramp, position, arithmetic)
    if ramp.power == 1.0:
        return back
    if ramp.mirror:
        return arithmetic.complement(arithmetic.power(across, ramp.power))
    return arithmetic.power(back, ramp.power)


def _shaped(ramp: Ramp, position: int, arithmetic: Arithmetic) -> tuple[Ball, Ball]:
    span = ramp.phase.span
    if ramp.warp == 1.0:
        if ramp.shape == "linear":
            return arithmetic.ratio(position, span), arithmetic.ratio(span - position, span)
        return (arithmetic.sine_squared_of_ratio(position, span),
                arithmetic.sine_squared_of_ratio(span - position, span))  # fmt: skip
    across = arithmetic.power(arithmetic.ratio(position, span), ramp.warp)
    if ramp.shape == "linear":
        return across, arithmetic.complement(across)
    return arithmetic.sine_squared(across), arithmetic.sine_squared(arithmetic.complement(across))


def _exponential(curve: Exponential, position: int) -> float:
    span = curve.phase.span
    if position <= 0 or curve.value == 0:
        return curve.value
    top, bottom = _ratio(curve.to, curve.of)
    over, under = curve.warp.as_integer_ratio()
    exponent = power_of_ratio(position, span, over, under)
    powered = None if exponent is None else power_of_ratio(top, bottom, *exponent)
    if powered is not None:
        return _scaled(curve.value, *powered)
    growth = _growth(curve.to, curve.of)
    if _is_far(position, span, abs(growth)):
        return math.copysign(math.inf, curve.value) if growth > 0 else 0.0
    return nearest_float(lambda arithmetic: _geometric(curve, position, arithmetic))


def _geometric(curve: Exponential, position: int, arithmetic: Arithmetic) -> Ball:
    exponent = arithmetic.ratio(position, curve.phase.span)
    if curve.warp != 1.0:
        exponent = arithmetic.power(exponent, curve.warp)
    growth = _log_of_ratio(curve.to, curve.of, arithmetic)
    return arithmetic.times(arithmetic.number(curve.value), arithmetic.exp(arithmetic.times(exponent, growth)))


@lru_cache(maxsize=256)
def _log_of_ratio(to: float, of: float, arithmetic: Arithmetic) -> Ball:
    return arithmetic.log(arithmetic.ratio(*_ratio(to, of)))


def _growth(to: float, of: float) -> float:
    growth = math.log(to) - math.log(of)
    return growth if abs(growth) > 1 else math.log1p((to - of) / of)


def _power(curve: Power, position: int) -> float:
    span = curve.phase.span
    if position <= 0 or curve.value == 0:
        return curve.value
    powered = power_of_ratio(span + position, span, *curve.exponent.as_integer_ratio())
    if powered is not None:
        return _scaled(curve.value, powered[1], powered[0])
    if curve.exponent * (math.log(span + position) - math.log(span)) > _FAR:
        return 0.0
    return nearest_float(lambda arithmetic: arithmetic.times(
        arithmetic.number(curve.value), arithmetic.power(arithmetic.ratio(span + position, span), -curve.exponent)
    ))  # fmt: skip


def _table(table: Table, position: int) -> float:
    values, span = table.values, table.phase.span
    index = position // span
    if index >= len(values) - 1:
        return values[-1]
    part = position - index * span
    if not table.linear or part == 0:
        return values[index]
    return quotient(*_blend(values[index], values[index + 1], span - part, span))


def _ratio(left: float, right: float) -> tuple[int, int]:
    numerator, unit = left.as_integer_ratio()
    denominator, other = right.as_integer_ratio()
    return numerator * other, denominator * unit


def _scaled(value: float, numerator: int, denominator: int) -> float:
    factor, unit = value.as_integer_ratio()
    return quotient(factor * numerator, unit * denominator)


def _is_far(position: int, span: int, growth: float) -> bool:
    """Tell whether growth · position / span is beyond any float; a warp only shortens it, for it has an end."""
    return position > _FAR / growth * span
