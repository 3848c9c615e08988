"""Curves under the names people say that do not end where they began: inverse square roots, cycles, a late fall."""

from __future__ import annotations

import math
from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, linear, power_decay, scaled

__all__ = ["CASES"]

_NOAM_PEAK = 2.0 / math.sqrt(512 * 400)


def _inverse_sqrt(k: int) -> float:
    return linear(k, 73, 1e-4, 0.01) if k < 73 else power_decay(k - 73, 0.01, 73)


def _noam(k: int) -> float:
    update = k + 1
    return linear(update, 400, 0.0, _NOAM_PEAK) if update < 400 else power_decay(update - 400, _NOAM_PEAK, 400)


def _rex(k: int) -> float:
    if k < 64:
        return linear(k, 64, 0.0, 0.3)
    u = min(k - 64, 961) / 961
    return linear(k - 64, 961, 0.3, 0.0) * (1 / (1 - u / 2))


def _one_cycle(k: int) -> float:
    start = 0.4 / 25
    return cosine(k, 301, start, 0.4) if k < 301 else cosine(k - 301, 703, 0.4, start / 1e4)


def _triangular(k: int) -> float:
    _, local, _ = cycle_of(k, [51 * (i + 1) for i in range(20)])
    return linear(local, 26, 0.001, 0.3) if local < 26 else linear(local - 26, 25, 0.3, 0.001)


def _triangular2(k: int) -> float:
    index, local, _ = cycle_of(k, [80, 160, 240, 320])
    height = 0.3 - 0.001
    triangle = linear(local, 40, 0.0, height) if local < 40 else linear(local - 40, 40, height, 0.0)
    return 0.001 + triangle * scaled(index, 0.5)


def _sgdr(k: int) -> float:
    index, local, length = cycle_of(k, [100, 300, 700])
    warm, height = (5, 10, 20)[index], 0.3 - 0.001
    cycle = linear(local, warm, 0.0, height) if local < warm else cosine(local - warm, length - warm, height, 0.0)
    return 0.001 + cycle * scaled(index, 0.7)


def _sgdr_alike(k: int) -> float:
    return cosine(k % 120, 120, 0.3, 0.001) if k < 600 else 0.001


CASES: Sequence[Case] = (
    rate(
        "inverse_sqrt",
        "the length of the warm-up, in percent of the whole, is the timescale of the decay, which goes on",
        {"kind": "inverse_sqrt", "peak": 0.01, "warmup": "10%", "start": 1e-4},
        _inverse_sqrt,
        marks=[73, 292],
        total=730,
    ),
    rate(
        "noam",
        "updates count from 1: the peak is at step 399",
        {"kind": "noam", "model_size": 512, "warmup": 400, "factor": 2},
        _noam,
        marks=[399, 1599],
        total=4000,
    ),
    rate(
        "rex",
        "a line times a formula, after a warm-up; the end is zero, not almost",
        {"kind": "rex", "peak": 0.3, "warmup": 64},
        _rex,
        marks=[64, 500],
        total=1025,
    ),
    rate(
        "one_cycle",
        "30 percent of 1004 steps are 301.2, so 301; start and end as they are if left out",
        {"kind": "one_cycle", "peak": 0.4},
        _one_cycle,
        marks=[301],
        total=1004,
    ),
    rate(
        "triangular",
        "a period of 51 steps has its peak at 26; where no height is lost, start and peak are met exactly",
        {"kind": "triangular", "start": 0.001, "peak": 0.3, "period": 51},
        _triangular,
        marks=[26, 51, 77, 102],
        total=1020,
    ),
    rate(
        "triangular2",
        "each triangle half as high above the start as the one before",
        {"kind": "triangular", "start": 0.001, "peak": 0.3, "period": 80, "scale": 0.5},
        _triangular2,
        marks=[40, 80, 120, 160, 240],
        total=320,
    ),
    rate(
        "sgdr",
        "cycles twice as long and 0.7 times as high above the end, each with 5 percent of warm-up",
        {"kind": "sgdr", "peak": 0.3, "period": 100, "end": 0.001, "stretch": 2, "scale": 0.7, "warmup": "5%"},
        _sgdr,
        marks=[5, 100, 110, 300, 320],
        total=700,
    ),
    rate(
        "sgdr_alike",
        "cycles all alike fold into one row, and the last holds its end",
        {"kind": "sgdr", "peak": 0.3, "period": 120, "end": 0.001},
        _sgdr_alike,
        marks=[60, 120, 240, 480],
        total=600,
    ),
)
