"""Which steps of a long run to try where not all are: the first, those around every boundary, and the last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from unisched.program import Program
from unisched.sampling import sides as sides_of

__all__ = ["MOST", "stretches"]

MOST: Final = 2000
"""A run of so many steps is tried whole."""

_AT_THE_ENDS: Final = 500
_ASIDE: Final = 8
"""So many steps on either side of a boundary."""
_BOUNDARIES: Final = 12
"""A framework begins anew for each stretch, and that takes time: of more boundaries, these are spread evenly."""
_OPEN_ENDED: Final = 1000
_PAST: Final = 5
_MOST_WATCHED: Final = 10_000
"""A run that metrics move is tried from the start, up to the last of them but no farther."""


def stretches(program: Program, observed: Iterable[int] = ()) -> tuple[range, ...]:
    """Give ranges of steps, in order and apart: the whole of a short run, of a long one what may differ.

    What metrics move is tried from the start on, up to the last step at which one is `observed`.

    >>> import unisched
    >>> ramp = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 1000}
    >>> stretches(unisched.compile(ramp, total=1500))
    (range(0, 1505),)
    >>> stretches(unisched.compile(ramp, total=100_000))
    (range(0, 500), range(992, 1009), range(99505, 100005))
    """
    sides = {step for value in program.body.values for step in sides_of(value, program.total)}
    end = program.total or max(_OPEN_ENDED, *sides)
    stop = end if program.body.after == "error" else end + _PAST
    if program.controllers:
        return (range(min(stop, max(MOST, min(max(observed, default=0) + _PAST, _MOST_WATCHED)))),)
    if stop <= MOST:
        return (range(stop),)
    around = [range(max(step - _ASIDE, 0), min(step + _ASIDE + 1, stop)) for step in _spread(sorted(sides))]
    return tuple(_joined([range(_AT_THE_ENDS), *around, range(stop - _AT_THE_ENDS, stop)]))


def _spread(steps: list[int]) -> list[int]:
    """Give the later one of each two neighbours, and of many as many as are tried."""
    later = [step for step in steps if step + 1 not in steps]
    if len(later) <= _BOUNDARIES:
        return later
    return [later[index * (len(later) - 1) // (_BOUNDARIES - 1)] for index in range(_BOUNDARIES)]


def _joined(ranges: Iterable[range]) -> list[range]:
    """Give ranges that neither meet nor touch, in order."""
    found: list[range] = []
    for each in sorted((each for each in ranges if each), key=lambda each: each.start):
        if found and each.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, each.stop))
        else:
            found.append(each)
    return found
