"""Two costs side by side: bursts of equal length in turn, and the quartiles of their ratios.

A machine that others use is slow and fast by turns, which falls on both sides of a pair alike. This file knows no
library.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import repeat
from statistics import quantiles
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["TRIAL", "Call", "Effort", "Figure", "Make", "Sample", "alike", "burst", "compare", "counted", "paired"]

Call: TypeAlias = Callable[[], object]
Make: TypeAlias = Callable[[int], Call]
"""Gives what is timed, made anew for as many calls as a burst has; the making is not timed."""
Sample: TypeAlias = Callable[[], float]
Figure: TypeAlias = dict[str, Any]
"""What was measured against one peer: `peer`, `unit`, `ours`, `theirs`, the least of each, and `ratio`, quartiles."""

_MOST_CALLS: Final = 100_000
_TICK: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to measure: so many pairs, each burst about so many seconds; a trial does everything once, small."""

    pairs: int = 31
    seconds: float = 0.02
    is_trial: bool = False

    def few(self, pairs: int) -> Effort:
        """Give the effort with at most so many pairs, for what takes seconds a call."""
        return replace(self, pairs=min(pairs, self.pairs))

    def long(self) -> Effort:
        """Give the effort with longer bursts, for what differs by little from one call to the next."""
        return replace(self, seconds=5 * self.seconds)


TRIAL: Final = Effort(pairs=1, seconds=0.0, is_trial=True)


def compare(ours: Make, peers: Mapping[str, Make], effort: Effort, calls: int | None = None) -> list[Figure]:
    """Give a figure for each peer, in seconds a call; the calls of a burst are found by trying where none are given."""
    figures = []
    for name, theirs in peers.items():
        count = calls or _calls_for(max(_warmed(ours), _warmed(theirs)), effort)
        _warmed(ours, count), _warmed(theirs, count)
        one, other = (_sampled(side, count) for side in (ours, theirs))
        figures.append(paired(name, one, other, effort.pairs))
    return figures


def paired(peer: str, ours: Sample, theirs: Sample, pairs: int, unit: str = "s") -> Figure:
    """Give the figure of so many pairs of samples, the first of each pair by turns ours and theirs."""
    found: list[tuple[float, float]] = []
    for index in range(pairs):
        if index % 2:
            other = theirs()
            found.append((ours(), other))
        else:
            one = ours()
            found.append((one, theirs()))
    return {
        "peer": peer,
        "unit": unit,
        "ours": min(one for one, _ in found),
        "theirs": min(other for _, other in found),
        "ratio": _quartiles([one / other for one, other in found]),
    }


def counted(peer: str, ours: float, theirs: float, unit: str) -> Figure:
    """Give the figure of two numbers that have no spread, such as bytes."""
    return paired(peer, lambda: ours, lambda: theirs, 1, unit)


def burst(call: Call, calls: int) -> float:
    """Give the seconds of the processor that one of so many calls took, with the collector off.

    It is time of all threads of this process, and of no other: nothing that is measured waits for anything else.
    """
    with _uncollected():
        begin = time.process_time()
        for _ in repeat(None, calls):
            call()
        # A clock that has not moved is one tick at most.
        return max(time.process_time() - begin, _TICK) / calls


def alike(ours: npt.ArrayLike, theirs: npt.ArrayLike, relative: float = 1e-5, absolute: float = 1e-7) -> None:
    """Raise `ValueError` where two curves are not the same curve, so that nothing unlike is compared."""
    one, other = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if one.shape != other.shape:
        raise ValueError(f"curves of {one.shape} and {other.shape} values are compared")
    far = ~np.isclose(one, other, rtol=relative, atol=absolute)
    if far.any():
        step = int(np.argmax(far))
        raise ValueError(f"the curves differ from step {step} on: {one[step]!r} and {other[step]!r}")


def _sampled(make: Make, calls: int) -> Sample:
    return lambda: burst(make(calls), calls)


def _warmed(make: Make, calls: int = 1) -> float:
    """Give the seconds of the second of two bursts."""
    burst(make(calls), calls)
    return burst(make(calls), calls)


def _calls_for(seconds: float, effort: Effort) -> int:
    return max(1, min(_MOST_CALLS, round(effort.seconds / seconds)))


def _quartiles(ratios: Sequence[float]) -> list[float]:
    return quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else [ratios[0]] * 3


@contextmanager
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
