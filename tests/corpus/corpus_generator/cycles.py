"""Where a step falls among cycles whose ends a case has worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["cycle_of", "endless"]


def cycle_of(k: int, ends: Sequence[int]) -> tuple[int, int, int]:
    """Give (index, local step, length) of the cycle that holds at k; past the last, its own last step.

    >>> cycle_of(12, [10, 25]), cycle_of(99, [10, 25])
    ((1, 2, 15), (1, 15, 15))
    """
    starts = [0, *ends[:-1]]
    index = sum(1 for end in ends[:-1] if end <= k)
    length = ends[index] - starts[index]
    return index, min(k - starts[index], length), length


def endless(k: int, period: int) -> tuple[int, int]:
    """Give (index, local step) among cycles of `period` steps that never stop."""
    return divmod(k, period)
