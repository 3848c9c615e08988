"""The array evaluators: a value traced into any array library, or over numpy arrays on the host.

One text serves every library, over a namespace of fourteen members. Its float32 bits are those of the scalar
function; its float64 ones may differ by a few ulp, for a library's functions are not the platform's. Knows
nodes; the library is an argument.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, assert_never

import numpy as np

from unisched.errors import Problem, StepError
from unisched.ir import Combine, Operator, Track, Value, externals
from unisched.namespace import Column, Namespace, Numpy, Tensor, numpy_namespace
from unisched.packing import LARGEST, LAST, pack
from unisched.scalar import Function, function
from unisched.signals import needs_metric
from unisched.timeline import timeline

__all__ = ["Namespace", "Traced", "arrays", "float32_view", "numpy_namespace", "traced"]

Traced: TypeAlias = Callable[..., Tensor]
Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Steps: TypeAlias = np.ndarray[Any, np.dtype[Any]]
_Evaluate: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]

_CHUNK: Final = 2**14


def traced(value: Value, xp: Namespace) -> Traced:
    """Give the value as a function of an int64 tensor of any shape, which gives float64 of that shape.

    A negative step reads step 0, a step above 2^62 reads that step, and a growth above the float range reads
    the largest float. A value that depends on a metric is a function of the step and of the factors that the
    controllers have reached, a float64 vector. Raises `BindingError` where the value needs the optimizer's own value,
    `UnsupportedError` where it needs a Python function, `StepError` where its step 0 is above that range. Trace it
    where the library wants it traced; build it once, outside.
    """
    return _traced(value, xp, LARGEST)


def _traced(value: Value, xp: Namespace, above: float) -> Traced:
    evaluate = _value(value, xp, above)
    if needs_metric(value):
        return _with_factors(evaluate, xp)
    first = function(value)(0)

    def at(step: Tensor) -> Tensor:
        negative = step < 0
        return xp.where(negative, xp.table(first), evaluate(_within(step, xp), negative, None))

    return at


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
    tiny = (value64 < xp.table(2.0**-126)) & (value64 > xp.table(-(2.0**-126)))
    return xp.where(tiny, xp.table(0.0), value64)


def arrays(value: Value) -> Callable[[Steps], Floats]:
    """Give the value as a function of a numpy array of steps from 0 on, of any integer type and shape.

    The result is float64 of that shape. Raises `BindingError` where the value needs the optimizer's own value;
    the function raises `StepError` for steps that are no integers, and where a growth leaves the float range.

    >>> from unisched.ir import constant
    >>> arrays(constant(0.5))(np.arange(3))
    array([0.5, 0.5, 0.5])
    """
    scalar = function(value)
    evaluate = _one_by_one(scalar) if externals(value) else _traced(value, _Remembering(), math.inf)

    def at(steps: Steps) -> Floats:
        if steps.dtype.kind not in "iu":
            raise StepError(Problem("step.type", "", f"steps of type {steps.dtype} are no whole numbers",
                                    "Pass an array of integers."))  # fmt: skip
        flat = np.minimum(steps, LAST).ravel() if steps.dtype == np.uint64 else steps.ravel()
        result = np.empty(flat.shape, np.float64)
        with np.errstate(all="ignore"):
            for start in range(0, flat.size, _CHUNK):
                part = slice(start, start + _CHUNK)
                result[part] = evaluate(flat[part].astype(np.int64))
        suspects = np.flatnonzero(~np.isfinite(result))
        for suspect in suspects:
            result[suspect] = scalar(max(0, int(flat[suspect])))
        return result.reshape(steps.shape)

    return at


def _one_by_one(scalar: Function) -> Callable[[Steps], Floats]:
    return lambda steps: np.array([scalar(max(0, step)) for step in steps.tolist()], np.float64)


def _value(value: Value, xp: Namespace, above: float) -> _Evaluate:
    match value:
        case Track():
            table = pack(value, above)
            return lambda step, negative, factors: timeline(table, xp, step, negative, factors)
        case Combine(op=op, parts=parts):
            return _combined(_operation(op, xp), [_value(part, xp, above) for part in parts])
        case _:
            assert_never(value)


def _combined(operate: Callable[[Tensor, Tensor], Tensor], parts: Sequence[_Evaluate]) -> _Evaluate:
    def evaluate(step: Tensor, negative: Tensor, factors: Tensor) -> Tensor:
        result = parts[0](step, negative, factors)
        for part in parts[1:]:
            result = operate(result, part(step, negative, factors))
        return result

    return evaluate


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


class _Remembering(Numpy):
    """The same, making each table once: a chunk then costs no conversion."""

    def __init__(self) -> None:
        self._tables: dict[int, tuple[Column, Any]] = {}

    def table(self, values: Column, /) -> Any:
        if not isinstance(values, list):
            return super().table(values)
        known = self._tables.get(id(values))
        if known is None:
            known = self._tables[id(values)] = (values, super().table(values))
        return known[1]
