"""Cost against size: the points, and the power of the size by which they grow where sizes are large."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from benchmarks.pairs import Call, Effort, burst

__all__ = ["FIRST_CALLS", "STEEPEST", "Points", "costs", "exponent", "sizes", "warm"]

Points: TypeAlias = list[list[float]]
"""Pairs of a size and a cost, by size."""

STEEPEST: Final = 1.3
"""Above this power something is not linear any more: n·log n reaches 1.2 in these decades, a square 2."""

FIRST_CALLS: Final = 3
"""How many calls make what later ones use."""

_REPEATS: Final = 5
_LONG: Final = 0.5
_DECADES: Final = 2


def sizes(largest: int, effort: Effort, smallest: int = 1) -> list[int]:
    """Give sizes two to a decade up to the largest; few and small ones for a trial."""
    halves = range(2 * round(math.log10(largest / smallest)) + 1)
    found = [min(largest, round(smallest * 10 ** (half / 2))) for half in halves]
    return found[:3] if effort.is_trial else found


def warm(call: Call) -> Call:
    """Give what is timed after its first calls, which make what later ones use, and warn."""
    for _ in range(FIRST_CALLS):
        call()
    return call


def costs(at: Sequence[int], make: Callable[[int], Call], effort: Effort) -> Points:
    """Give the least seconds of a call for each size; `make` gives what is timed, warm, and is not timed."""
    return [[size, _least(make, size, effort)] for size in at]


def exponent(points: Sequence[Sequence[float]]) -> float:
    """Give the slope of log cost over log size in the last two decades, by least squares.

    Where sizes are small, what every call costs hides what grows.
    """
    last = points[-1][0]
    tail = [(math.log(size), math.log(cost)) for size, cost in points if size >= last / 10**_DECADES * (1 - 1e-9)]
    if len(tail) < 2:
        raise ValueError("an exponent needs two sizes within two decades")
    middle_x, middle_y = (sum(values) / len(tail) for values in zip(*tail, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in tail)
    return sum((x - middle_x) * (y - middle_y) for x, y in tail) / spread


def _least(make: Callable[[int], Call], size: int, effort: Effort) -> float:
    first = burst(make(size), 1)
    if effort.is_trial or first > _LONG:
        return first if effort.is_trial else min(first, burst(make(size), 1))
    calls = max(1, min(10_000, round(effort.seconds / 4 / first)))
    return min(burst(make(size), calls) for _ in range(_REPEATS))
