"""From two programs to what differs of one target: where, by how much, and how one comes of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from unisched.difference.measures import Sample, measured, past_the_end, without_short_gaps
from unisched.difference.nearness import Mask, Nearness, Steps, Tolerance, close, nearness
from unisched.difference.readings import Reading, last_of, steps_of
from unisched.difference.relations import Related, Relation
from unisched.difference.rows import DifferenceRow
from unisched.ir import Assignment, Target
from unisched.past import structure
from unisched.program import Program

__all__ = ["assignment_of", "compared"]

_MOST_CHECKED: Final = 2**14
_NEAR: Final = 16 * 2.0**-52
"""Up to this relative difference the array evaluators may disagree with themselves, and the scalar one decides."""

_ASIDE: Final = 10
"""A relation is looked for within fewer steps than these."""
_BEYOND: Final = (1, 2, 10, 100, 1000, 10**6, 10**9)


def compared(
    old: Program, new: Program, target: Target, tolerance: Tolerance, within: range | None
) -> DifferenceRow | None:
    """Give what differs of one target, in all steps or in those of a range; `None` where nothing does."""
    was, now = assignment_of(old, target), assignment_of(new, target)
    if was is None or now is None:
        return DifferenceRow(target=target, remark="is no longer scheduled" if now is None else "was not scheduled")
    if was.born != now.born:
        words = ("the start of the run", "the birth of its group")
        return DifferenceRow(target=target, remark=f"counted from {words[was.born]}, counts from {words[now.born]}")
    start = _alike(old, was, new, now)
    if start is None or (within is not None and start >= within.stop):
        return None
    if old.needs_metric(target) or new.needs_metric(target):
        remark = "a metric decides, and it is made otherwise"
        return DifferenceRow(target=target, ranges=((start, None),), remark=remark)
    steps = steps_of(old, was, new, now, start, within)
    peak = max(old.peak(target), new.peak(target))
    pair = _Pair(Reading(old, was), Reading(new, now), tolerance, peak, is_whole=within is None)
    return pair.row(target, steps)


def assignment_of(program: Program, target: Target) -> Assignment | None:
    """Give what is read for a target, if it is scheduled."""
    return next((assignment for assignment in program.body.assignments if assignment.target == target), None)


def _alike(old: Program, was: Assignment, new: Program, now: Assignment) -> int | None:
    """Give a step before which both are made of the same; `None` where they are throughout."""
    before, after = old.body.values[was.value], new.body.values[now.value]
    old_ones, new_ones = old.controllers, new.controllers
    is_one_scale = was.scale == now.scale
    if is_one_scale and structure(before, old_ones) == structure(after, new_ones):
        return None
    low, high = 0, max(last_of(old, was), last_of(new, now)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        is_same = is_one_scale and structure(before, old_ones, middle) == structure(after, new_ones, middle)
        low, high = (middle, high) if is_same else (low, middle)
    return low


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two readings; `boundaries` is the largest magnitude at those of both.

    `is_whole` says that all steps are compared, and what is past them counts.
    """

    was: Reading
    now: Reading
    tolerance: Tolerance
    boundaries: float
    is_whole: bool

    def row(self, target: Target, steps: Steps) -> DifferenceRow | None:
        """Give what differs at these steps, and past them."""
        every = self._read(steps)
        read = every.within() if self._has_an_end else every
        found = nearness(read.old, read.new, read.peak)
        past = every.old[every.known :] != every.new[every.known :]
        if not found.unequal.any():
            return past_the_end(target, every) if past.any() else None
        bad = self._bad(read, found)
        shown = self._shown(read, found, bad)
        row = measured(read, shown, goes_on=bool(past.any()))
        relations = tuple(self._relations(read, row)) if found.likeness == "different" else ()
        row = replace(row, target=target, likeness=found.likeness, beyond=bool(bad.any()), relations=relations,
                      same_until=int(read.steps[found.unequal.argmax()]) or None)  # fmt: skip
        return replace(row, notes=tuple(self._notes(read, row, elsewhere=bool((found.unequal & ~shown).any()))))

    @property
    def _has_an_end(self) -> bool:
        return self.was.total is not None and self.now.total is not None

    def _read(self, steps: Steps) -> Sample:
        steps = self._finite(steps)
        last = int(steps[-1])
        probes = list(self._probes(last)) if self.is_whole else []
        old = np.r_[self.was.all(steps), [was for _, was, _ in probes]]
        new = np.r_[self.now.all(steps), [now for _, _, now in probes]]
        every = np.r_[steps, np.array([step for step, _, _ in probes], dtype=np.int64)]
        with np.errstate(all="ignore"):
            near = np.flatnonzero((old != new) & (np.abs(new - old) <= _NEAR * np.abs(old)))[:_MOST_CHECKED]
        for index in near:
            old[index], new[index] = self.was.one(int(every[index])), self.now.one(int(every[index]))
        peak = max(self.boundaries, float(np.abs(old[: len(steps)]).max()), float(np.abs(new[: len(steps)]).max()))
        return Sample(every, old, new, len(steps), peak)

    def _finite(self, steps: Steps) -> Steps:
        """Give as many of the steps as both have values at: a growth leaves the floats, a list of values ends."""
        left = len(steps)
        while left > 1 and not (self.was.reaches(int(steps[left - 1])) and self.now.reaches(int(steps[left - 1]))):
            left = left - 1 if left == len(steps) else left // 2
        return steps[:left]

    def _probes(self, last: int) -> Iterator[tuple[int, float, float]]:
        """Look past the last step at which anything changes its course."""
        for step in (last + by for by in _BEYOND):
            if not (self.was.reaches(step) and self.now.reaches(step)):
                return
            yield step, self.was.one(step), self.now.one(step)

    def _bad(self, read: Sample, found: Nearness) -> Mask:
        match self.tolerance:
            case "equal":
                return found.unequal
            case "float32":
                return found.in_float32
            case "rounding":
                return found.in_float32 & found.beyond_rounding
            case relative:
                with np.errstate(all="ignore"):
                    apart = ~(np.abs(read.new - read.old) <= float(relative) * read.peak)
                return found.unequal & apart

    def _shown(self, read: Sample, found: Nearness, bad: Mask) -> Mask:
        """Tell at which steps to say that values differ: not where rounding alone does it, beside real differences."""
        if self.tolerance == "equal" and found.likeness == "different":
            return without_short_gaps(found.unequal, found.unequal & ~close(read.old, read.new, 0.0))
        return bad if bad.any() else found.unequal

    def _relations(self, read: Sample, row: DifferenceRow) -> Iterator[Relation]:
        begin, stop = (0 if self.is_whole else int(read.steps[0])), int(read.steps[read.known - 1]) + 1
        turns = sorted({*self.was.boundaries, *self.now.boundaries})
        end = stop if not self.was.reaches(stop + _ASIDE) else None if self.was.total is None else self.was.total + 1
        pair = Related(self.was.all, self.now.all, turns, end)
        return pair.relations(begin, stop, [(start, until or stop) for start, until in row.ranges])

    def _notes(self, read: Sample, row: DifferenceRow, *, elsewhere: bool) -> Iterator[str]:
        if elsewhere:
            yield "elsewhere " + ("equal but for rounding" if self.tolerance == "equal" else "within the tolerance")
        for name, side in (("old", self.was), ("new", self.now)):
            is_other = self.was.total != self.now.total
            if is_other and row.first is not None and side.total is not None and side.total <= row.first:
                yield f"the same up to step {row.first}; {name} ends at step {side.total}"
        if row.likeness != "different":
            return
        old, new = self.was.settles, self.now.settles
        if old != new and old is not None and new is not None and not any(each.stop is None for each in row.relations):
            ends = self.was.one(old), self.now.one(new)
            yield f"old stays at {ends[0]:.6g} from step {old} on, new at {ends[1]:.6g} from {new} on"
        for name, side, other in (("old", self.was, self.now), ("new", self.now, self.was)):
            if side.is_of_1 and not other.is_of_1:
                yield f"{name} is a factor of what the optimizer gives, read for a value of 1: give its base"
