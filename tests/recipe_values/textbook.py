"""Textbook curves at 300 bits: what a schedule is worth before any float64 rounds it.

Arguments are the numbers of the documents, taken as the float64 they are; nothing here comes from the library.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import mpmath  # type: ignore[import-untyped, unused-ignore]

__all__ = [
    "Real", "consumed", "cosine", "cycle", "geometric", "held", "line", "mp", "nearest", "progress", "real", "triangle",
]  # fmt: skip

mp = mpmath.mp.clone()
mp.prec = 300

Real: TypeAlias = Any
"""An mpmath number."""

Batches: TypeAlias = Sequence[tuple[int, int]]
"""A batch ramp: from which step on an update takes how many."""


def real(number: float) -> Real:
    """Give a number at 300 bits."""
    return mp.mpf(number)


def nearest(value: Real) -> float:
    """Give the float64 nearest to `value`."""
    return float(value)


def line(k: Real, n: Real, start: Real, end: Real) -> Real:
    """From `start` to `end` in n steps."""
    return real(end) if k >= n else real(start) + (real(end) - real(start)) * k / n


def cosine(k: Real, n: Real, start: Real, end: Real) -> Real:
    """Half a cosine wave from `start` to `end` in n steps."""
    return real(end) if k >= n else real(end) + (real(start) - real(end)) * (1 + mp.cos(mp.pi * real(k) / n)) / 2


def geometric(k: Real, n: Real, start: Real, end: Real) -> Real:
    """Equal factors from `start` to `end` in n steps."""
    return real(end) if k >= n else real(start) * (real(end) / real(start)) ** (real(k) / n)


def held(k: int, *points: tuple[int, float]) -> Real:
    """The value of the last point at or before k."""
    return real([value for position, value in points if position <= k][-1])


def cycle(k: int, *lengths: int) -> tuple[int, int]:
    """Give which cycle holds at k, and the step in it; past the last, the end of the last."""
    for index, length in enumerate(lengths):
        if k < length or index == len(lengths) - 1:
            return index, min(k, length)
        k -= length
    raise AssertionError("there is a cycle")


def triangle(k: int, n: int) -> Real:
    """Up from 0 to 1 in half of n steps, and back."""
    return real(1) - abs(1 - 2 * real(k) / n)


def consumed(k: int, batches: Batches) -> int:
    """Give how many samples or tokens the updates before k took together."""
    ends = [*(start for start, _ in batches[1:]), k]
    return sum(count * max(min(end, k) - start, 0) for (start, count), end in zip(batches, ends, strict=True))


def progress(k: int, start: int, stop: int, batches: Batches) -> Real:
    """Give how much of what is taken between two steps was taken before k, from 0 to 1."""
    begun = consumed(start, batches)
    return min(real(consumed(k, batches) - begun) / (consumed(stop, batches) - begun), real(1))
