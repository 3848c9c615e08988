"""The host evaluator: a value as a Python function of one int, made of closures; nothing is executed from text.

Knows nodes only. Steps are not checked here; any int from 0 on is right, however large.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar, assert_never

from unisched import closures, signals
from unisched.closures import Function
from unisched.exact import finite, unbound
from unisched.external import called
from unisched.formulas import evaluation as formula
from unisched.geometric import factors
from unisched.invariant import require_values
from unisched.ir import (
    OPERATIONS,
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
    Phase,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
    Value,
    bind,
    needs_base,
)
from unisched.noise import FURTHEST

__all__ = ["Function", "function", "spread"]

_Leaf = TypeVar("_Leaf")
Factors: TypeAlias = Sequence[float]
_Spread: TypeAlias = Callable[[int], list[float]]

_NESTED: Final = 8
"""Up to so many operands a function of functions is quickest; more would run into Python's limit on recursion."""


def function(value: Value, factors: Factors | None = None) -> Function:
    """Give the value as a function of the step, an int from 0 on.

    `factors` are what the controllers have reached, by index, and are read anew at each call.

    A curve is within 8 ulp of exact for powers and warps up to 2, of which a cosine takes only one. Past that the
    bound grows with power times warp, and for a warped exponential with the logarithm of its ratio (8 ulp up to a
    ratio of 100). A ramp that changes sign cancels near zero: there it is within 8 ulp of its larger end.

    Raises `BindingError` where the value needs the optimizer's own value; the function raises `StepError`
    where a growth leaves the float range.

    >>> from unisched.ir import Phase, constant
    >>> function(constant(0.1))(10**30)
    0.1
    """
    evaluate = _value(value, factors)
    return evaluate if math.isfinite(_bound(value)) else lambda step: finite(evaluate(step), step)


def spread(value: Value, bases: Sequence[float], factors: Factors | None = None) -> Callable[[int], list[float]]:
    """Give the value for each of some bases as one function of the step, with the bits of `function` for each.

    What does not depend on the base is evaluated once, so that a base more costs one operation.

    >>> from unisched.ir import constant
    >>> base = Track(starts=(0,), curves=(Base(),))
    >>> spread(Combine(op="product", parts=(base, constant(0.5))), [1.0, 3.0])(7)
    [0.5, 1.5]
    """
    given = [base + 0.0 for base in bases]
    require_values(given)
    evaluate = _spread(value, given, factors)
    if math.isfinite(_bound(bind(value, max(given, key=abs)))):
        return evaluate
    return lambda step: [finite(number, step) for number in evaluate(step)]


def _spread(value: Value, bases: Sequence[float], factors: Factors | None) -> _Spread:
    match value:
        case Track(curves=(Base(),)):
            return lambda _step: list(bases)
        case Combine(op="product", parts=(Track(curves=(Base(),)), other)) if not needs_base(other):
            return _times_each(bases, _value(other, factors))
        case Combine(op=op, parts=(first, *others)) if needs_base(first) and not any(map(needs_base, others)):
            evaluate = _spread(first, bases, factors)
            for other in others:
                evaluate = _with_each(OPERATIONS[op], evaluate, _value(other, factors))
            return evaluate
        case _:
            apart = [_value(bind(value, base), factors) for base in bases]
            return lambda step: [one(step) for one in apart]


def _times_each(bases: Sequence[float], factor: Function) -> _Spread:
    def product(step: int) -> list[float]:
        number = factor(step)
        return [base * number for base in bases]

    return product


def _with_each(operate: Callable[[float, float], float], left: _Spread, right: Function) -> _Spread:
    def combined(step: int) -> list[float]:
        operand = right(step)
        return [operate(number, operand) for number in left(step)]

    return combined


def _value(value: Value, factors: Factors | None) -> Function:
    match value:
        case Track():
            return _track(value, factors)
        case Combine(op=op, parts=parts) if len(parts) > _NESTED:
            return _in_turn(OPERATIONS[op], [_value(part, factors) for part in parts])
        case Combine(op=op, parts=parts):
            evaluate = _value(parts[0], factors)
            for part in parts[1:]:
                evaluate = _combined(op, evaluate, _value(part, factors))
            return evaluate
        case _:
            assert_never(value)


def _in_turn(operate: Callable[[float, float], float], parts: Sequence[Function]) -> Function:
    first, *others = parts

    def evaluate(step: int) -> float:
        result = first(step)
        for other in others:
            result = operate(result, other(step))
        return result

    return evaluate


def _track(track: Track, factors: Factors | None) -> Function:
    rows = [_row(curve, start, factors) for curve, start in zip(track.curves, track.starts, strict=True)]
    if len(rows) == 1:
        return rows[0]
    if len(rows) == 2:
        (first, second), boundary = rows, track.starts[1]
        return lambda step: second(step) if step >= boundary else first(step)
    return _searched(track.starts, rows)


def _searched(starts: Sequence[int], rows: Sequence[Function]) -> Function:
    # Most steps fall into the row of the step before, which takes a quarter of a search among a thousand. One tuple,
    # so that several threads find one row and its own bounds.
    ends = [*starts[1:], math.inf]
    here: tuple[int, float, Function] = starts[0], ends[0], rows[0]

    def evaluate(step: int) -> float:
        nonlocal here
        begin, end, row = here
        if not begin <= step < end:
            index = bisect_right(starts, step) - 1
            here = starts[index], ends[index], rows[index]
            row = rows[index]
        return row(step)

    return evaluate


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


def _row(curve: Curve, start: int, factors: Factors | None) -> Function:
    """Give a curve that begins at `start` as a function of the step on the timeline's clock."""
    match curve:
        case Constant(value=value):
            return lambda _step: value
        case Base():
            raise unbound()
        case Ramp():
            return _clocked(closures.ramp, curve, curve.phase, start)
        case Exponential():
            return _clocked(closures.exponential, curve, curve.phase, start)
        case Power():
            return _clocked(closures.power, curve, curve.phase, start)
        case Table():
            return _clocked(closures.table, curve, curve.phase, start)
        case Formula(tree=tree, offset=offset):
            return _moved(formula.host(tree), offset - start)
        case External():
            return _moved(called(curve), -start)
        case Noise():
            return _clocked(closures.noise, curve, curve.phase, start)
        case Signal(index=index):
            return _reached(index, factors)
        case Fold(track=track, phase=phase):
            body = _track(track, factors)
            return _folded(curve, body, start) if phase.wrap == "free" else _on_clock(body, phase, start)
        case _:
            assert_never(curve)


def _reached(index: int, factors: Factors | None) -> Function:
    if factors is None:
        raise signals.unsupported()
    return lambda _step: factors[index]


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


def _moved(evaluate: Function, by: int) -> Function:
    return (lambda step: evaluate(step + by)) if by else evaluate


def _folded(fold: Fold, body: Function, start: int) -> Function:
    at = fold.step
    return lambda step: body(at(step - start))


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
        case Table(values=values):
            return max(map(abs, values))
        case Formula(tree=tree):
            return tree.facts.bound
        case Noise(std=std, limit=limit):
            return 1.0 + min(FURTHEST * std, math.inf if limit is None else limit)
        case External() | Signal():
            return math.inf
        case Fold(track=track):
            return _bound(track)
        case _:
            assert_never(curve)
