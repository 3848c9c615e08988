"""What two curves give at the same steps, and what of that is told: ranges, the largest differences, where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from unisched.difference.nearness import Mask, Steps, Values
from unisched.difference.rows import DifferenceRow
from unisched.ir import Target

__all__ = ["Sample", "measured", "past_the_end", "without_short_gaps"]

_SHORT: Final = 4
"""Ranges less far apart than this are one where values between them are unequal too."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What both give at some steps: the first `known` are those that count, others are probes past them."""

    steps: Steps
    old: Values
    new: Values
    known: int
    peak: float

    def within(self) -> Sample:
        """Give all but the probes."""
        return Sample(self.steps[: self.known], self.old[: self.known], self.new[: self.known], self.known, self.peak)


def past_the_end(target: Target, read: Sample) -> DifferenceRow:
    """Give the row of a target of which every value up to the end of both is equal, and a later one is not."""
    first = int(read.steps[read.known + (read.old != read.new)[read.known :].argmax()])
    ranges = ((first, None),)
    return DifferenceRow(target=target, likeness="past the end", beyond=False, ranges=ranges, same_until=first)


def measured(read: Sample, shown: Mask, *, goes_on: bool) -> DifferenceRow:
    """Give the ranges and the largest differences of what is shown; the last range is open where that `goes_on`."""
    with np.errstate(all="ignore"):
        by = np.where(shown, np.abs(read.new - read.old), 0.0)
        relative = np.where(shown, by / np.abs(read.old), 0.0)
        ulp = by / np.spacing(np.maximum(np.abs(read.old), np.abs(read.new)))
    top, steep = int(by.argmax()), int(relative.argmax())
    return DifferenceRow(
        target=Target(""), ranges=tuple(_ranges(read, shown, goes_on=goes_on)),
        largest=float(by[top]), largest_at=int(read.steps[top]), old=float(read.old[top]), new=float(read.new[top]),
        relative=float(relative[steep]), relative_at=int(read.steps[steep]), ulp=float(ulp.max()),
    )  # fmt: skip


def _ranges(read: Sample, shown: Mask, *, goes_on: bool) -> Iterator[tuple[int, int | None]]:
    steps, off = read.steps[: read.known], shown[: read.known]
    for begin, end in _runs(off):
        is_last = end == len(steps)
        yield int(steps[begin]), None if is_last and goes_on else int(steps[end - 1] + 1 if is_last else steps[end])
    if shown[read.known :].any() and not off[-1]:
        yield int(steps[-1]) + 1, None


def without_short_gaps(unequal: Mask, shown: Mask) -> Mask:
    """Give what is shown, and the few unequal steps at which two curves cross."""
    filled = shown.copy()
    for begin, end in _runs(unequal & ~shown):
        if end - begin < _SHORT and shown[max(begin - 1, 0)] and shown[min(end, len(shown) - 1)]:
            filled[begin:end] = True
    return filled


def _runs(mask: Mask) -> Iterator[tuple[int, int]]:
    """Give where a mask begins and ceases to hold."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
