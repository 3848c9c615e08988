"""Which steps of a value to draw, so that the drawing is that of all steps: nothing thinner than a column is lost.

Up to some hundred thousand steps every one is evaluated; of a longer run, steps that lie close in every column, in two
cycles a column, and where halving finds that a value changes. What is kept are the first, the least, the greatest and
the last value of each column, and both sides of boundaries and jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from unisched import ir, signals
from unisched.arrays import arrays
from unisched.drawing.chart import Floats, Steps
from unisched.ir import Curve, Fold, Ramp, Value
from unisched.sampling import sides as sides_of

__all__ = ["COLUMNS", "Sampled", "sampled"]

COLUMNS: Final = 1000
"""How many columns a curve is drawn in unless told: about a pixel each."""

_MOST_STEPS: Final = 2**17
_IN_A_COLUMN: Final = 8
_IN_A_CYCLE: Final = 16
_STEEPER: Final = 1.5
"""So many times the change of either neighbour a change has to be, to be a jump."""

_Read: TypeAlias = Callable[[Steps], Floats]


class Sampled(NamedTuple):
    """Steps, the values there, and for each whether the value before holds up to it."""

    steps: Steps
    values: Floats
    jumps: npt.NDArray[np.bool_]


def sampled(value: Value, start: int, stop: int, columns: int = COLUMNS) -> Sampled:
    """Give what to draw of a value from step `start` to `stop`, both included.

    A factor of the optimizer's value stands for a base of 1, a factor that metrics move for what it is at first.
    """
    with np.errstate(all="ignore"):  # whatever the caller's numpy.seterr says
        return _sampled(signals.alone(value), start, stop, columns)


def _sampled(value: Value, start: int, stop: int, columns: int) -> Sampled:
    read = arrays(value)
    sides = _within(sides_of(value, stop), start, stop)
    if stop - start < _MOST_STEPS:
        steps = np.arange(start, stop + 1, dtype=np.int64)
    else:
        steps = _candidates(value, read, sides, start, stop, columns)
    values = read(steps)
    jumps = _jumps(steps, values)
    kept = _kept(steps, values, jumps, sides, columns)
    return Sampled(steps[kept], values[kept], jumps[kept] & np.r_[False, np.diff(steps[kept]) == 1])


def _within(steps: Iterable[int], start: int, stop: int) -> Steps:
    return np.unique(np.array([step for step in steps if start <= step <= stop] + [start, stop], np.int64))


def _candidates(value: Value, read: _Read, sides: Steps, start: int, stop: int, columns: int) -> Steps:
    """Give the steps to evaluate of a run that is too long for all of them."""
    edges = np.linspace(start, stop, columns * _IN_A_COLUMN + 1).astype(np.int64)
    cycles = [_cycles(*cycle, start, stop, columns) for cycle in _periods(value)]
    steps = np.unique(np.concatenate([sides, edges, *cycles]))
    found = _changes(read, steps)
    around = np.concatenate([np.concatenate([sides, found]) + by for by in (-2, -1, 0, 1)])
    return np.unique(np.concatenate([steps, around[(around >= start) & (around <= stop)]]))


def _periods(value: Value) -> Iterator[tuple[int, float, int | None]]:
    """Give from which step to which something starts over, and how many steps each time takes."""
    for track in ir.tracks(value):
        for start, stop, curve in zip(track.starts, [*track.starts[1:], None], track.curves, strict=True):
            for length in _lengths(curve):
                yield start, length, stop


def _lengths(curve: Curve) -> Iterator[float]:
    if isinstance(curve, Ramp | Fold) and curve.phase.wrap in ("restart", "bounce"):
        yield curve.phase.cycle / curve.phase.rate
    if isinstance(curve, Fold):
        scale = curve.phase.span / curve.phase.rate if curve.phase.wrap == "free" else 1.0
        for inner in curve.track.curves:
            yield from (scale * length for length in _lengths(inner))


def _cycles(begin: int, length: float, end: int | None, start: int, stop: int, columns: int) -> Steps:
    """Give steps all over two cycles in each column, or all: their ends and their middles among them."""
    first, last = max(begin, start), stop if end is None else min(end, stop)
    if last <= first or length <= 1:
        return np.empty(0, np.int64)
    count = min(2 * columns, max(int((last - first) / length), 1))
    numbers = np.unique(np.linspace((first - begin) / length, (last - begin) / length, count + 1).astype(np.int64))
    ends = begin + np.ceil(numbers * length).astype(np.int64)
    parts = np.arange(1, _IN_A_CYCLE) / _IN_A_CYCLE
    inside = begin + np.round((numbers[:, None] + parts) * length).astype(np.int64)
    steps = np.concatenate([ends - 1, ends, inside.ravel()])
    return steps[(steps >= first) & (steps <= last)]


def _changes(read: _Read, steps: Steps) -> Steps:
    """Give, of each stretch between two steps, the step at which most of its change happens, found by halving."""
    low, high = steps[:-1], steps[1:]
    at_low, at_high = read(low), read(high)
    moving = at_low != at_high
    low, high, at_low, at_high = low[moving], high[moving], at_low[moving], at_high[moving]
    while low.size and int((high - low).max()) > 1:
        middle = (low + high) // 2
        value = read(middle)
        is_left = np.abs(value - at_low) >= np.abs(at_high - value)
        high, at_high = np.where(is_left, middle, high), np.where(is_left, value, at_high)
        is_right = ~is_left & (middle > low)
        low, at_low = np.where(is_right, middle, low), np.where(is_right, value, at_low)
    return np.asarray(high)


def _jumps(steps: Steps, values: Floats) -> npt.NDArray[np.bool_]:
    """Tell where a value changes in one step by more than around it: where it is no slope that is drawn."""
    by = np.abs(np.diff(values))
    near = np.diff(steps) == 1
    before = np.r_[0.0, by[:-1]] * np.r_[False, near[:-1]]
    after = np.r_[by[1:], 0.0] * np.r_[near[1:], False]
    is_jump: npt.NDArray[np.bool_] = np.r_[False, near & (by > _STEEPER * np.maximum(before, after))]
    return is_jump


def _kept(
    steps: Steps, values: Floats, jumps: npt.NDArray[np.bool_], sides: Steps, columns: int
) -> npt.NDArray[np.int64]:
    """Give the places of what has to be drawn."""
    if steps.size <= 2 * columns:
        return np.arange(steps.size)
    span = int(steps[-1] - steps[0]) + 1
    column = ((steps - steps[0]).astype(np.float64) * (columns / span)).astype(np.int64)
    first = np.flatnonzero(np.r_[True, np.diff(column) > 0])
    order = np.lexsort((values, column))
    least, greatest = order[first], order[np.r_[first[1:], steps.size] - 1]
    kept = [first, np.r_[first[1:], steps.size] - 1, least, greatest]
    for places in (np.flatnonzero(jumps), np.searchsorted(steps, sides)):
        if places.size <= 2 * columns:
            kept += [places, np.maximum(places - 1, 0)]
    return np.unique(np.concatenate(kept))
