"""The traced evaluator: a value as a graph of any array library.

One text serves every library, over a namespace of fifteen members. Its float32 bits are those of the scalar
function; its float64 ones may differ by a few ulp, for a library's functions are not the platform's. Knows
nodes; the library is an argument.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias, assert_never

from unisched.ir import Combine, Operator, Track, Value
from unisched.namespace import Namespace, Tensor, numpy_namespace
from unisched.packing import LAST, pack
from unisched.scalar import function
from unisched.signals import needs_metric
from unisched.single import SMALLEST_FLOAT32
from unisched.timeline import is_right_below_0, timeline

__all__ = ["Namespace", "Traced", "float32_view", "numpy_namespace", "traced"]

Traced: TypeAlias = Callable[..., Tensor]
_Evaluate: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]


class _Evaluated(NamedTuple):
    """A value by step, by which steps are negative, and by factors; and whether negative ones read step 0 of itself."""

    at: _Evaluate
    is_right_below_0: bool


def traced(value: Value, xp: Namespace) -> Traced:
    """Give the value as a function of an int64 tensor of any shape, which gives float64 of that shape.

    A negative step reads step 0, a step above 2^62 reads that step, and a growth above the float range reads
    the largest float. A value that depends on a metric is a function of the step and of the factors that the
    controllers have reached, a float64 vector. Raises `BindingError` where the value needs the optimizer's own value,
    `UnsupportedError` where it needs a Python function, `StepError` where its step 0 is above that range. Trace it
    where the library wants it traced; build it once, outside.
    """
    evaluated = _value(value, xp)
    if needs_metric(value):
        return _with_factors(evaluated.at, xp)
    first = function(_beginning(value))(0)

    def at(step: Tensor) -> Tensor:
        negative = step < 0
        found = evaluated.at(_within(step, xp), negative, None)
        return found if evaluated.is_right_below_0 else xp.where(negative, xp.table(first), found)

    return at


def _beginning(value: Value) -> Value:
    """Give the value without what holds later: closures of 10 000 rows take as long as their table."""
    if isinstance(value, Combine):
        return replace(value, parts=tuple(map(_beginning, value.parts)))
    return Track(starts=(0,), curves=value.curves[:1])


def _with_factors(evaluate: _Evaluate, xp: Namespace) -> Traced:
    def at(step: Tensor, factors: Tensor) -> Tensor:
        negative, zero = step < 0, xp.table(0)
        first = evaluate(zero, zero < 0, factors)
        return xp.where(negative, first, evaluate(_within(step, xp), negative, factors))

    return at


def _within(step: Tensor, xp: Namespace) -> Tensor:
    return xp.minimum(xp.maximum(step, xp.table(0)), xp.table(LAST))


def float32_view(value64: Tensor, xp: Namespace) -> Tensor:
    """Give the value with magnitudes below 2^-126 as 0, still in float64: some devices flush them, some do not."""
    return xp.where(abs(value64) < xp.table(SMALLEST_FLOAT32), xp.table(0.0), value64)


def _value(value: Value, xp: Namespace) -> _Evaluated:
    match value:
        case Track():
            table = pack(value)

            def at(step: Tensor, negative: Tensor, factors: Tensor) -> Tensor:
                return timeline(table, xp, step, negative, factors)

            return _Evaluated(at, is_right_below_0(table))
        case Combine(op=op, parts=parts):
            return _combined(_operation(op, xp), [_value(part, xp) for part in parts])
        case _:
            assert_never(value)


def _combined(operate: Callable[[Tensor, Tensor], Tensor], parts: Sequence[_Evaluated]) -> _Evaluated:
    def evaluate(step: Tensor, negative: Tensor, factors: Tensor) -> Tensor:
        result = parts[0].at(step, negative, factors)
        for part in parts[1:]:
            result = operate(result, part.at(step, negative, factors))
        return result

    return _Evaluated(evaluate, all(part.is_right_below_0 for part in parts))


def _operation(op: Operator, xp: Namespace) -> Callable[[Tensor, Tensor], Tensor]:
    match op:
        case "product":
            return operator.mul
        case "sum":
            return operator.add
        case "minimum":
            return xp.minimum
        case "maximum":
            return xp.maximum
        case _:
            assert_never(op)
