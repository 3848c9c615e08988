"""Which stretches of a run are replayed, so that a framework's loop of milliseconds a step stays affordable.

Three short ranges of steps a run: two that meet near its beginning, and the one that shows most of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

__all__ = ["LONGEST", "Windows", "windows"]

LONGEST: Final = 192
"""The most steps that the two first windows have together, and the most that the third has."""


class Windows(NamedTuple):
    """From step 0; on from there; and far ahead, or on again where nothing is."""

    opening: range
    continued: range
    ahead: range


def windows(steps: Iterable[int], last_step: int) -> Windows:
    """Give the windows for steps that hold exact values; none passes `last_step`, the largest count a host holds.

    The opening is cut where exact values are, for these stand around boundaries.

    >>> windows([0, 1, 2, 99, 100, 101, 5000, 5001, 9000], 2**31 - 1)
    Windows(opening=range(0, 99), continued=range(99, 102), ahead=range(5000, 5002))
    """
    held = sorted(step for step in set(steps) if step < last_step)
    near = [step for step in held if step < LONGEST]
    far = held[len(near) :]
    stop = near[-1] + 1
    if far:
        cut = _nearest(near[1:], stop / 2)
        return Windows(range(cut), range(cut, stop), _densest(far))
    cut = _nearest(near[1:-1], stop / 3)
    again = _nearest([step for step in near if step > cut], 2 * stop / 3)
    return Windows(range(cut), range(cut, again), range(again, stop))


def _nearest(steps: Sequence[int], place: float) -> int:
    return min(steps, key=lambda step: abs(step - place))


def _densest(steps: Sequence[int]) -> range:
    """Give the window with most of `steps`; of several the last, where long runs go wrong."""
    spans = [[step for step in steps if first <= step < first + LONGEST] for first in steps]
    best = max(spans, key=lambda span: (len(span), span[0]))
    return range(best[0], best[-1] + 1)
