"""Where a value is highest and lowest, and what else stands out: looked for among all steps, or a spread of them.

Of steps that come within 2^-44 of the highest by the fast evaluator, the exact values decide; of more than 2048 that
are so close, those of the 2048 that are highest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from unisched import exact, ir, signals
from unisched.arrays import arrays
from unisched.duration import Clock
from unisched.ir import Assignment, Body, Value
from unisched.key_values.resting import held_from, starts
from unisched.key_values.sums import area, by_tokens
from unisched.key_values.values import At, Boundary, KeyValues, Total, moment

__all__ = ["MOST_STEPS", "key_values"]

MOST_STEPS: Final = 2**21
"""The longest run whose steps are all looked at."""

_SPREAD: Final = 2**16
_CLOSE: Final = 2.0**-44
"""How far below the highest a value may lie, as a part of the largest, and still be asked for exactly."""
_MOST_EXACT: Final = 2**11
_OPEN_ENDED: Final = 100
_MOST_BOUNDARIES: Final = 1_000
_JUMP: Final = 4
"""A value jumps where it changes by more than so many times what it does a step earlier and a step later."""


def key_values(body: Body, clock: Clock, assignment: Assignment) -> KeyValues:
    """Give the key values of what one target reads; raise `StepError` where a value leaves the float range.

    >>> from unisched.ir import Ramp, Target, Track
    >>> line = Track(starts=(0,), curves=(Ramp(start=1.0, end=0.0, phase=ir.Phase(span=4)),))
    >>> body = Body(values=(line,), assignments=(Assignment(target=Target("learning_rate"), value=0),), horizon=4)
    >>> found = key_values(body, Clock(total=4), body.assignments[0])
    >>> found.peak.value, found.peak.moment.step, found.last.value, found.area.value, found.held_from
    (1.0, 0, 0.25, 2.5, 4)
    """
    given, scale, total = body.values[assignment.value], assignment.scale, body.horizon
    value = signals.alone(given)
    begun = starts(value)
    stop = total if total is not None else max(2 * begun[-1], _OPEN_ENDED)

    def at(step: int) -> At:
        return At(moment(clock, step), exact.value_at(value, step) * scale)

    steps, values = _looked_at(value, begun, stop)
    values = values * scale
    boundaries = [step for step in begun if 0 < step < stop][:_MOST_BOUNDARIES]
    summed = None if total is None else area(value, scale, steps, values, total)
    ends = body.after == "error"
    return KeyValues(
        target=assignment.target, steps=stop, is_searched=stop <= MOST_STEPS,
        first=at(0), peak=_extreme(at, steps, values), minimum=_extreme(at, steps, values, sign=-1),
        boundaries=tuple(_boundary(at, step, stop) for step in boundaries),
        held_from=held_from(given), last=None if total is None else at(total - 1),
        past=None if total is None or ends else at(total), area=summed,
        average=None if summed is None or total is None else Total(summed.value / total, summed.is_about),
        by_tokens=None if total is None else by_tokens(clock, steps, values, total),
        of_base=ir.needs_base(given), of_metric=signals.needs_metric(given), ends=ends,
    )  # fmt: skip


def _boundary(at: Callable[[int], At], step: int, stop: int) -> Boundary:
    here, before = at(step), at(step - 1).value
    around = [abs(before - at(step - 2).value)] if step > 1 else []
    around += [abs(at(step + 1).value - here.value)] if step + 1 < stop else []
    is_jump = abs(here.value - before) > _JUMP * max(around, default=0.0)
    return Boundary(here.moment, before, here.value, is_jump)


def _looked_at(value: Value, begun: list[int], stop: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Give all steps of a short run, or the boundaries of a long one and a spread, and the values there."""
    if stop <= MOST_STEPS:
        steps = np.arange(stop, dtype=np.int64)
    else:
        spread = [index * stop // _SPREAD for index in range(_SPREAD)]
        sides = (side for start in begun for side in (start - 1, start))
        steps = np.array(sorted({step for step in (*spread, *sides, stop - 1) if 0 <= step < stop}), np.int64)
    return steps, arrays(value)(steps)


def _extreme(at: Callable[[int], At], steps: npt.NDArray[np.int64], values: npt.NDArray[np.float64],
             sign: int = 1) -> At:  # fmt: skip
    """Give the first step with the highest exact value (or, with a sign of -1, the lowest)."""
    best = None
    for step in _candidates(steps, sign * values):
        found = at(step)
        if best is None or sign * found.value > sign * best.value:
            best = found
    assert best is not None
    return best


def _candidates(steps: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> Iterable[int]:
    """Give the steps at which a value is so high that only the exact one can tell which is the highest.

    Of those that follow each other with one value, as where it is held, the first.
    """
    highest, largest = float(values.max()), float(np.abs(values).max())
    changes = np.r_[True, values[1:] != values[:-1]]
    (found,) = np.nonzero((values >= highest - _CLOSE * largest) & changes)
    if len(found) > _MOST_EXACT:
        found = np.sort(found[np.argsort(-values[found], kind="stable")[:_MOST_EXACT]])
    return (int(step) for step in steps[found])
