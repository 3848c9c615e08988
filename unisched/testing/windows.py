"""Which stretches of a run are replayed, so that a framework's loop of milliseconds a step stays affordable.

Three short ranges of steps a run: two that meet near its beginning, and the one that shows most of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

__all__ = ["COUNTED", "LONGEST", "Windows", "shown", "windows"]

LONGEST: Final = 192
"""The most steps that the two first windows have together, and the most that the third has."""

COUNTED: Final = 2**31 - 2
"""The last count of a framework that counts in 32 bits."""


class Windows(NamedTuple):
    """From step 0; on from there; and far ahead, or on again where nothing is."""

    opening: range
    continued: range
    ahead: range


def windows(values: Mapping[int, tuple[float, ...]], last_step: int) -> Windows:
    """Give the windows for exact values by step; none passes `last_step`, the largest count a host holds.

    The opening is cut where exact values are, for these stand around boundaries.

    >>> windows({step: (float(step),) for step in (0, 1, 2, 99, 100, 101, 5000, 5001, 9000)}, 2**31 - 1)
    Windows(opening=range(0, 99), continued=range(99, 102), ahead=range(5000, 5002))
    """
    held = sorted(step for step in values if step < last_step)
    near = [step for step in held if step < LONGEST]
    far = held[len(near) :]
    stop = near[-1] + 1
    if far:
        cut = _nearest(near[2:], stop / 2)
        return Windows(range(cut), range(cut, stop), _telling(far, values))
    cut = _nearest(near[2:-1], stop / 3)
    again = _nearest([step for step in near if step > cut], 2 * stop / 3)
    return Windows(range(cut), range(cut, again), range(again, stop))


def shown(values: Mapping[int, tuple[float, ...]]) -> tuple[int, ...]:
    """Give the steps that lie in the windows of a framework that counts in 32 bits: those that digests are made of."""
    spans = windows(values, COUNTED)
    return tuple(step for step in sorted(values) if any(step in span for span in spans))


def _nearest(steps: Sequence[int], place: float) -> int:
    return min(steps, key=lambda step: abs(step - place))


def _telling(steps: Sequence[int], values: Mapping[int, tuple[float, ...]]) -> range:
    """Give the window that tells most: a value late or early shows only where neighbouring steps differ."""

    def worth(span: Sequence[int]) -> tuple[int, int, int]:
        changes = sum(b - a == 1 and values[a] != values[b] for a, b in pairwise(span))
        return changes, len(span), span[0]

    best = max(([step for step in steps if first <= step < first + LONGEST] for first in steps), key=worth)
    return range(best[0], best[-1] + 1)
