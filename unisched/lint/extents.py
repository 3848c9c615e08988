"""How low and how high a value goes in a range of steps: bounds that are never too narrow, from nodes alone.

They may be too wide: what is not known (a formula, a Python function, a metric) goes anywhere. No remark is made here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import Final, NamedTuple, assert_never

from unisched import scalar
from unisched.errors import StepError
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
from unisched.noise import FURTHEST

__all__ = ["Extent", "extent", "extent_of_curve", "pieces"]


class Extent(NamedTuple):
    """The lowest and the highest value."""

    low: float
    high: float


_ANYTHING: Final = Extent(-math.inf, math.inf)
_POSITIVE: Final = Extent(0.0, math.inf)


def extent(value: Value, start: int = 0, stop: int | None = None) -> Extent:
    """Give bounds of the value at the steps from `start` up to but not including `stop`, which is above it, or all."""
    match value:
        case Track():
            found = [extent_of_curve(curve, first, last) for _, curve, first, last in pieces(value, start, stop)]
            return Extent(min(low for low, _ in found), max(high for _, high in found))
        case Combine(op=op, parts=parts):
            each = [extent(part, start, stop) for part in parts]
            return reduce(lambda left, right: _combined(op, left, right), each)
        case _:
            assert_never(value)


def pieces(track: Track, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Curve, int, int | None]]:
    """Give each row that holds in a range: its start, its curve, and the first and the last step of its own clock."""
    for index in range(bisect_right(track.starts, start) - 1, len(track.starts)):
        at = track.starts[index]
        if stop is not None and at >= stop:
            return
        end = track.starts[index + 1] if index + 1 < len(track.starts) else stop
        last = end if stop is None or end is None else min(end, stop)
        yield at, track.curves[index], max(start - at, 0), None if last is None else last - 1 - at


def extent_of_curve(curve: Curve, first: int, last: int | None) -> Extent:
    """Give bounds of a curve from one step of its clock to another, both included, or to the end of time."""
    match curve:
        case Constant(value=number):
            return Extent(number, number)
        case Ramp(phase=phase) if phase.wrap != "hold":
            return _between(curve.start, curve.end)
        case Ramp():
            return _between(_at(curve, first), curve.end if last is None else _at(curve, last))
        case Exponential() | Power():
            return _between(_at(curve, first), _limit(curve) if last is None else _at(curve, last))
        case Table(values=values):
            return Extent(min(values), max(values))
        case Noise(std=std, limit=limit):
            reach = min(std * FURTHEST, math.inf if limit is None else limit)
            return Extent(1 - reach, 1 + reach)
        case Signal() | Base():
            return _POSITIVE
        case Formula() | External():
            return _ANYTHING
        case Fold(track=track, phase=phase):
            return extent(track, stop=phase.span if phase.wrap == "restart" else None)
        case _:
            assert_never(curve)


def _limit(curve: Exponential | Power) -> float:
    if isinstance(curve, Power) or curve.to < curve.of:
        return 0.0
    return math.copysign(math.inf, curve.value) if curve.value else 0.0


def _at(curve: Curve, step: int) -> float:
    try:
        return scalar.function(Track(starts=(0,), curves=(curve,)))(step)
    except StepError:  # above the float range
        return math.inf


def _between(a: float, b: float) -> Extent:
    return Extent(min(a, b), max(a, b))


def _combined(op: Operator, left: Extent, right: Extent) -> Extent:
    match op:
        case "product":
            corners = [0.0 if 0 in pair else pair[0] * pair[1] for pair in product(left, right)]
            return Extent(min(corners), max(corners))
        case "sum":
            return Extent(left.low + right.low, left.high + right.high)
        case "minimum":
            return Extent(min(left.low, right.low), min(left.high, right.high))
        case "maximum":
            return Extent(max(left.low, right.low), max(left.high, right.high))
        case _:
            assert_never(op)
