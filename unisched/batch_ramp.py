"""A batch that grows while a run goes on: how many samples or tokens each update takes, and how many came before.

Exact integers and rationals only. This file knows no durations and no documents.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

__all__ = ["BatchRamp"]


@dataclass(frozen=True, kw_only=True)
class BatchRamp:
    """The pace that a schedule of the document sets: update k takes the last of `counts` whose start is at most k.

    `schedule` is its name, `starts` are steps, the first 0, increasing; `counts` are 1 or more, per update.

    >>> ramp = BatchRamp(schedule="batch", starts=(0, 10), counts=(4, 8))
    >>> ramp(9), ramp(10), ramp.consumed(12), ramp.reached(Fraction(52))
    (4, 8, Fraction(56, 1), Fraction(23, 2))
    >>> ramp.advanced(0, 50)
    (11, 2)
    """

    schedule: str
    starts: tuple[int, ...]
    counts: tuple[int, ...]

    def __call__(self, step: int) -> int:
        """Give how many the update at `step` takes."""
        return self.counts[max(bisect_right(self.starts, step) - 1, 0)]

    def __str__(self) -> str:
        return f"{self.counts[0]} to {self.counts[-1]} ({self.schedule})"

    def consumed(self, step: Fraction | int) -> Fraction:
        """Give how many were taken before `step`, between two steps in proportion; negative before step 0."""
        index = max(bisect_right(self.starts, step) - 1, 0)
        return self._before[index] + self.counts[index] * (Fraction(step) - self.starts[index])

    def reached(self, count: Fraction) -> Fraction:
        """Give the exact step before which `count` were taken: `consumed` the other way round."""
        index = max(bisect_right(self._before, count) - 1, 0)
        return self.starts[index] + (count - self._before[index]) / self.counts[index]

    def advanced(self, step: int, count: int) -> tuple[int, int]:
        """Give the last step that `count` more than before `step` suffice for, and how many are left over."""
        total = self.consumed(step) + count
        after = math.floor(self.reached(total))
        return after, int(total - self.consumed(after))

    def pieces(self, start: int, stop: int | None) -> Iterator[tuple[int, int]]:
        """Give each stretch of one pace between two steps: where it starts, and how many an update takes there."""
        yield start, self(start)
        last = len(self.starts) if stop is None else bisect_left(self.starts, stop)
        for index in range(bisect_right(self.starts, start), last):
            yield self.starts[index], self.counts[index]

    def since(self, step: int) -> BatchRamp:
        """Give the ramp as a clock sees it that begins at `step`.

        >>> BatchRamp(schedule="batch", starts=(0, 10), counts=(4, 8)).since(7).starts
        (0, 3)
        """
        pieces = list(self.pieces(step, None))
        return BatchRamp(schedule=self.schedule, starts=tuple(start - step for start, _ in pieces),
                         counts=tuple(count for _, count in pieces))  # fmt: skip

    @cached_property
    def _before(self) -> list[int]:
        sums = [0]
        for index, count in enumerate(self.counts[:-1]):
            sums.append(sums[-1] + count * (self.starts[index + 1] - self.starts[index]))
        return sums
