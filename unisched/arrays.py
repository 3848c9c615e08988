"""A value over numpy arrays on the host, in chunks that stay in a cache.

Where the steps of a chunk lie in few rows, each row is evaluated over its own slice; else the steps are sorted by the
kind of curve they meet, and each kind looks its rows up. Either way the formulas are those of the traced text, packed
for these rows alone: a lone row has constants for parameters, and what it does not use is left out. So float32 bits
are those of the scalar function, and a value does not depend on the steps around it. Knows nodes; no program.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, Final, TypeAlias, assert_never

import numpy as np

from unisched.errors import Problem, StepError
from unisched.ir import (
    Combine,
    Curve,
    Exponential,
    Fold,
    Formula,
    Operator,
    Ramp,
    Table,
    Track,
    Value,
    externals,
)
from unisched.namespace import Column, Numpy
from unisched.packing import LAST, pack
from unisched.scalar import Function, function
from unisched.timeline import timeline

__all__ = ["Floats", "Steps", "arrays"]

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Steps: TypeAlias = np.ndarray[Any, np.dtype[Any]]
_Evaluate: TypeAlias = Callable[[Steps, int, int], Any]
"""The steps of a chunk, the least and the most of them, to the values: an array, or one number for all of them."""
_Lookup: TypeAlias = Callable[[Steps], Any]

_CHUNK: Final = 2**15
"""Some four arrays of this length fit into an L2 cache of 1 MiB, and calls cost little beside them."""
_SHORT: Final = 2**10
"""Rows of fewer steps in a chunk are cheaper looked up than visited one by one."""
_KEPT: Final = 2**6
"""So many rows are kept ready, one that cycles with the values of a cycle: at most a chunk of them."""
_ARENA: Final = 2**22
"""In bytes, more than all that is held for a chunk."""
_NOWHERE: Final = np.False_
_OPERATIONS: Final[Mapping[Operator, np.ufunc]] = {
    "product": np.multiply, "sum": np.add, "minimum": np.minimum, "maximum": np.maximum,
}  # fmt: skip


def arrays(value: Value) -> Callable[[Steps], Floats]:
    """Give the value as a function of a numpy array of steps from 0 on, of any integer type and shape.

    The result is float64 of that shape, with the scalar function's bits where numpy has the platform's functions. For
    some processors it has an `exp` and a `log` of its own: these move exponentials by up to 2 ulp, powers and warps of
    ramps by up to 6, and no float32 bit. Raises `BindingError` where the value needs the optimizer's own value;
    the function raises `StepError` for steps that are no integers, and where a growth leaves the float range.

    >>> from unisched.ir import constant
    >>> arrays(constant(0.5))(np.arange(3))
    array([0.5, 0.5, 0.5])
    """
    scalar = function(value)
    evaluate = _one_by_one(scalar) if externals(value) else _value(value)

    def at(steps: Steps) -> Floats:
        if steps.dtype.kind not in "iu":
            raise StepError(Problem("step.type", "", f"steps of type {steps.dtype} are no whole numbers",
                                    "Pass an array of integers."))  # fmt: skip
        if steps.size > _CHUNK:
            # glibc keeps what is freed up to twice the largest block freed so far. Without a large one it hands the
            # arrays of each chunk back to the system and takes new pages for the next: four times the time.
            np.empty(_ARENA, np.int8)
        flat = steps.reshape(-1)
        result = np.empty(flat.shape, np.float64)
        with np.errstate(all="ignore"):
            for start in range(0, flat.size, _CHUNK):
                _fill(result[start : start + _CHUNK], flat[start : start + _CHUNK], evaluate, scalar)
        return result.reshape(steps.shape)

    return at


def _fill(result: Floats, given: Steps, evaluate: _Evaluate, scalar: Function) -> None:
    steps, least, most = _bounded(given)
    result[:] = evaluate(steps, least, most)
    finite = np.isfinite(result)
    if finite.all():
        return
    for suspect in np.flatnonzero(~finite):
        result[suspect] = scalar(int(steps[suspect]))


def _bounded(given: Steps) -> tuple[Steps, int, int]:
    """Give the steps as int64 within 0 and `LAST`, and the least and the most of them."""
    least, most = int(given.min()), int(given.max())
    if most > LAST:
        given, least, most = np.minimum(given, LAST), min(least, LAST), LAST
    steps = given.astype(np.int64, copy=False)
    return (steps, least, most) if least >= 0 else (np.maximum(steps, 0), 0, max(0, most))


def _one_by_one(scalar: Function) -> _Evaluate:
    return lambda steps, _least, _most: [scalar(step) for step in steps.tolist()]


def _value(value: Value) -> _Evaluate:
    match value:
        case Track():
            return _track(value)
        case Combine(op=op, parts=parts):
            return _combined(_OPERATIONS[op], [_value(part) for part in parts])
        case _:
            assert_never(value)


def _combined(operate: np.ufunc, parts: Sequence[_Evaluate]) -> _Evaluate:
    def evaluate(steps: Steps, least: int, most: int) -> Any:
        result = parts[0](steps, least, most)
        for part in parts[1:]:
            result = operate(result, part(steps, least, most))
        return result

    return evaluate


def _track(track: Track) -> _Evaluate:
    if len(track.curves) == 1:
        return _curve(track.curves[0])
    starts, keys = track.starts, np.array(track.starts[1:], np.int64)
    curve = lru_cache(_KEPT)(lambda row: _curve(track.curves[row]))
    looked_up = _looked_up(track, keys)

    def evaluate(steps: Steps, least: int, most: int) -> Any:
        first, last = bisect_right(starts, least) - 1, bisect_right(starts, most) - 1
        if first == last:
            start = starts[first]
            return curve(first)(steps - start, least - start, most - start)
        if (last - first) * _SHORT > steps.size or (steps[1:] < steps[:-1]).any():
            return looked_up(steps)
        result = np.empty(steps.shape)
        edges = np.searchsorted(steps, keys[first:last]).tolist()
        for row, begin, end in zip(range(first, last + 1), [0, *edges], [*edges, steps.size], strict=True):
            if begin < end:
                local = steps[begin:end] - starts[row]
                result[begin:end] = curve(row)(local, int(local[0]), int(local[-1]))
        return result

    return evaluate


def _looked_up(track: Track, keys: Steps) -> _Lookup:
    """Give a track over steps in any order: each kind of curve for itself, with its parameters looked up."""

    @cache
    def kinds() -> tuple[Steps, list[Callable[[], _Lookup]]]:
        rows: dict[object, list[int]] = {}
        for row, curve in enumerate(track.curves):
            rows.setdefault(_kind(curve), []).append(row)
        kind_of = np.empty(len(track.curves), np.uint16)
        for kind, members in enumerate(rows.values()):
            kind_of[members] = kind
        return kind_of, [cache(partial(_rows, track, members)) for members in rows.values()]

    def evaluate(steps: Steps) -> Floats:
        kind_of, evaluators = kinds()
        met = kind_of[np.searchsorted(keys, steps, side="right")]
        order = np.argsort(met, kind="stable")
        ordered, result = steps[order], np.empty(steps.shape)
        ends = np.cumsum(np.bincount(met, minlength=len(evaluators))).tolist()
        for evaluate_kind, begin, end in zip(evaluators, [0, *ends], ends, strict=False):
            if begin < end:
                result[order[begin:end]] = evaluate_kind()(ordered[begin:end])
        return result

    return evaluate


def _kind(curve: Curve) -> object:
    """Give what must be equal for curves to share a formula without selects."""
    match curve:
        case Ramp(shape=shape, power=power, warp=warp):
            return Ramp, shape, power == 1.0, warp == 1.0
        case Exponential(warp=warp):
            return Exponential, warp == 1.0
        case Table(linear=linear):
            return Table, linear
        case Formula(tree=tree):
            return tree
        case _:
            return type(curve)


def _rows(track: Track, rows: Sequence[int]) -> _Lookup:
    """Give some rows of a track over the steps that meet them."""
    start, curves = track.starts[rows[0]], tuple(track.curves[row] for row in rows)
    if len(rows) > 1:
        text = _text(Track(starts=tuple(track.starts[row] - start for row in rows), curves=curves))
        return lambda steps: text(steps - start)
    lone = _curve(curves[0])
    return lambda steps: lone(steps - start, int(steps.min()) - start, int(steps.max()) - start)


def _text(track: Track) -> _Lookup:
    table, xp = pack(track, math.inf), _Deciding()
    return lambda steps: timeline(table, xp, steps, _NOWHERE)


def _curve(curve: Curve) -> _Evaluate:
    """Give a curve over the steps on its own clock."""
    track = Track(starts=(0,), curves=(curve,))
    if isinstance(curve, Fold):
        return _fold(curve, cache(partial(_text, track)))
    text = _text(track)
    return lambda steps, _least, _most: text(steps)


def _fold(fold: Fold, saturating: Callable[[], _Lookup]) -> _Evaluate:
    folded, phase = _track(fold.track), fold.phase
    period = phase.span if phase.wrap == "restart" else LAST
    once = cache(lambda: np.broadcast_to(folded(np.arange(period), 0, period - 1), period))

    def evaluate(steps: Steps, least: int, most: int) -> Any:
        if phase.rate * (most + phase.lead) + phase.offset > LAST:
            return saturating()(steps)
        low, high = fold.step(least), fold.step(most)
        if phase.rate == phase.every == 1 and phase.wrap == "restart" and high - low == most - least:
            return folded(steps + (low - least), low, high)
        inside: Any = fold.step(steps)  # type: ignore[arg-type]
        if period <= steps.size:
            return once()[inside]
        return folded(inside, int(inside.min()), int(inside.max()))

    return evaluate


class _Deciding(Numpy):
    """Numpy; but a select that is decided for a whole chunk costs no copy, and each list is made an array once."""

    def __init__(self) -> None:
        self._tables: dict[int, tuple[Column, Any]] = {}

    def table(self, values: Column, /) -> Any:
        if not isinstance(values, list):
            return super().table(values)
        known = self._tables.get(id(values))
        if known is None:
            known = self._tables[id(values)] = (values, super().table(values))
        return known[1]

    def where(self, condition: Any, left: Any, right: Any, /) -> Any:
        if condition.all():
            return left
        return np.where(condition, left, right) if condition.any() else right

    def power(self, base: Any, exponent: Any, /) -> Any:
        # The platform's pow, as in Python: `np.power` is up to five times as fast, but moves a growth by 7 ulp.
        return np.float_power(base, exponent)
