"""The values of one target of a program, and the steps at which two of them are compared.

Values are compared at every step up to the end of both, where that is some million steps at most, and at steps spread
over a longer run, both sides of every boundary among them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from unisched import ir, scalar, signals
from unisched.arrays import arrays
from unisched.difference.nearness import Steps, Values
from unisched.errors import UnischedError
from unisched.ir import Assignment
from unisched.program import Program
from unisched.sampling import sides

__all__ = ["Reading", "last_of", "spread_over", "steps_of"]

_MOST_STEPS: Final = 2**20
_LEAST_STEPS: Final = 2**11
"""So many are looked at where nothing says when a run ends, or twice as many as up to the last boundary."""


class Reading:
    """The values of one target, past the end of its document too, over a base of 1 where it needs one."""

    def __init__(self, program: Program, assignment: Assignment) -> None:
        value = program.body.values[assignment.value]
        self.is_of_1 = ir.needs_base(value)
        bound = signals.alone(value)
        self.total = program.total
        self.sides = sides(bound, None)
        self._scale, self._arrays, self._one = assignment.scale, arrays(bound), scalar.function(bound)

    def all(self, steps: Steps) -> Values:
        """Give the values at some steps, which may differ from those of `one` by a few ulp."""
        with np.errstate(all="ignore"):
            return self._arrays(steps) * self._scale

    def one(self, step: int) -> float:
        """Give the value at one step."""
        return self._one(step) * self._scale

    def reaches(self, step: int) -> bool:
        """Tell whether there is a value at a step."""
        try:
            self._one(step)
        except UnischedError:
            return False
        return True

    @property
    def boundaries(self) -> list[int]:
        """The steps at which the curve changes its course, each the first of what follows."""
        known = set(self.sides)
        return [step for step in self.sides if step == 0 or step - 1 in known]

    @property
    def settles(self) -> int | None:
        """The step from which the value stays as it is; `None` where it does not."""
        last = self.sides[-1]
        looked_at = [last + by for by in (0, 1, 10, last, 10**6)]
        if not all(map(self.reaches, looked_at)):
            return None
        return last if len(set(map(self.one, looked_at))) == 1 else None


def last_of(program: Program, assignment: Assignment) -> int:
    """Give the step of the last boundary of what a target reads."""
    return max(sides(program.body.values[assignment.value], program.total))


def steps_of(old: Program, was: Assignment, new: Program, now: Assignment, start: int, within: range | None) -> Steps:
    """Give the steps from `start` on at which two targets are compared, in order."""
    if within is not None:
        return spread_over(max(start, within.start), within.stop)
    if old.total is not None and new.total is not None:
        last = max(old.total, new.total)
    else:
        last = max(2 * last_of(old, was), 2 * last_of(new, now), _LEAST_STEPS)
    start, stop = min(start, last), last + 1
    if stop - start <= _MOST_STEPS:
        return np.arange(start, stop, dtype=np.int64)
    around = [sides(p.body.values[a.value], p.total) for p, a in ((old, was), (new, now))]
    near = [step + by for found in around for step in found for by in (-1, 0, 1)]
    kept = np.array([step for step in near if start <= step < stop], dtype=np.int64)
    steps = np.sort(np.r_[spread_over(start, stop), kept])
    return steps[np.r_[True, steps[1:] != steps[:-1]]]


def spread_over(start: int, stop: int, most: int = _MOST_STEPS) -> Steps:
    """Give every step of a range, or `most` of them where it has more.

    >>> spread_over(0, 4).tolist(), spread_over(0, 9, 3).tolist()
    ([0, 1, 2, 3], [0, 4, 8])
    """
    if stop - start <= most:
        return np.arange(start, stop, dtype=np.int64)
    return np.linspace(start, stop - 1, most).astype(np.int64)
