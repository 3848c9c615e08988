"""Curves under the names people say: warm-up and cosine, warm-up and line, warm-up, stable and decay."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, geometric, linear

__all__ = ["CASES"]


def _warmup_cosine(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.0, 3e-4)
    return cosine(k - 100, 900, 3e-4, 0.0)


def _warmup_cosine_full(k: int) -> float:
    if k < 50:
        return linear(k, 50, 1e-6, 0.1)
    return cosine(k - 50, 950, 0.1, 1e-3)


def _warmup_linear(k: int) -> float:
    if k < 61:
        return linear(k, 61, 1e-4, 0.02)
    return linear(k - 61, 942, 0.02, 1e-5)


def _wsd(k: int) -> float:
    if k < 200:
        return linear(k, 200, 0.0, 3e-4)
    if k < 8000:
        return 3e-4
    return linear(k - 8000, 2000, 3e-4, 0.0, warp=0.5)


def _wsd_linear(k: int) -> float:
    if k < 905:
        return 0.3
    return linear(k - 905, 100, 0.3, 0.07)


def _wsd_cosine(k: int) -> float:
    if k < 30:
        return linear(k, 30, 0.01, 0.3)
    if k < 240:
        return 0.3
    return cosine(k - 240, 60, 0.3, 0.001)


def _wsd_exponential(k: int) -> float:
    if k < 100:
        return linear(k, 100, 1e-5, 1e-3)
    if k < 600:
        return 1e-3
    return geometric(k - 600, 400, 1e-3, 1e-5)


def _wsd_short_plateau(k: int) -> float:
    if k < 40:
        return linear(k, 40, 0.0, 0.5)
    if k < 41:
        return 0.5
    return linear(k - 41, 59, 0.5, 0.0, warp=0.5)


def _in_cycles(k: int) -> float:
    _, local, length = cycle_of(k, [80, 160, 240])
    warm = 8
    if local < warm:
        return linear(local, warm, 0.0, 0.4)
    return cosine(local - warm, length - warm, 0.4, 0.02)


CASES: Sequence[Case] = (
    rate(
        "warmup_cosine",
        "the first update uses 0, update 100 the peak, and the end is reached at the total",
        {"kind": "warmup_cosine", "peak": 3e-4, "warmup": 100},
        _warmup_cosine,
        marks=[100],
        total=1000,
    ),
    rate(
        "warmup_cosine_start_and_end",
        "a warm-up from a start, a cosine to an end, in percent",
        {"kind": "warmup_cosine", "peak": 0.1, "warmup": "5%", "start": 1e-6, "end": 1e-3},
        _warmup_cosine_full,
        marks=[50],
        total=1000,
    ),
    rate(
        "warmup_cosine_without_warmup",
        "without a warm-up the peak is at step 0",
        {"kind": "warmup_cosine", "peak": 0.1, "end": 0.01},
        lambda k: cosine(k, 300, 0.1, 0.01),
        marks=[150],
        total=300,
    ),
    rate(
        "warmup_cosine_in_cycles",
        "a recipe is a curve like any other: in a repeat its shares are of the cycle",
        {
            "kind": "repeat",
            "period": 80,
            "times": 3,
            "curve": {"kind": "warmup_cosine", "peak": 0.4, "warmup": "10%", "end": 0.02},
        },
        _in_cycles,
        marks=[8, 80, 88, 160, 168, 240],
    ),
    rate(
        "warmup_linear",
        "6.1 percent of 1003 steps are 61.2, so 61; the line takes the other 942",
        {"kind": "warmup_linear", "peak": 0.02, "warmup": "6.1%", "start": 1e-4, "end": 1e-5},
        _warmup_linear,
        marks=[61],
        total=1003,
    ),
    rate(
        "wsd_default",
        "the default shape is one minus a square root, over the last 20 percent",
        {"kind": "wsd", "peak": 3e-4, "warmup": 200, "decay": "20%"},
        _wsd,
        marks=[200, 8000, 8500],
        total=10000,
    ),
    rate(
        "wsd_linear_half",
        "the last tenth of 1005 steps starts at 904.5, rounded half up to 905: the decay takes 100 steps",
        {"kind": "wsd", "peak": 0.3, "decay": "10%", "shape": "linear", "end": 0.07},
        _wsd_linear,
        marks=[905],
        total=1005,
    ),
    rate(
        "wsd_cosine",
        "a cosine at the end",
        {"kind": "wsd", "peak": 0.3, "warmup": 30, "decay": 60, "shape": "cosine", "start": 0.01, "end": 0.001},
        _wsd_cosine,
        marks=[30, 240, 260, 270, 280],
        total=300,
    ),
    rate(
        "wsd_exponential",
        "equal factors at the end: the three stages of speech",
        {
            "kind": "wsd",
            "peak": 1e-3,
            "warmup": "10%",
            "decay": "40%",
            "shape": "exponential",
            "start": 1e-5,
            "end": 1e-5,
        },
        _wsd_exponential,
        marks=[100, 600],
        total=1000,
    ),
    rate(
        "wsd_short_plateau",
        "a single stable step between warm-up and decay",
        {"kind": "wsd", "peak": 0.5, "warmup": 40, "decay": 59},
        _wsd_short_plateau,
        marks=[40, 41],
        total=100,
    ),
)
