"""Cycles that are not alike: shrinking in value, stretching in length, listed one by one."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, linear, scaled

__all__ = ["CASES"]


def _shrinking(k: int) -> float:
    index, local, length = cycle_of(k, [50, 100, 150, 200])
    return linear(local, length, 0.3, 0.03) * scaled(index, 0.7)


def _stretching(k: int) -> float:
    _, local, length = cycle_of(k, [10, 25, 48, 81])
    return cosine(local, length, 0.1, 0.001)


def _stretching_decimal(k: int) -> float:
    _, local, length = cycle_of(k, [5, 14, 28])
    return linear(local, length, 1.0, 0.1)


def _stretching_shares(k: int) -> float:
    index, local, length = cycle_of(k, [20, 60, 140])
    warm = length // 4
    if local < warm:
        inner = linear(local, warm, 0.0, 0.2)
    elif local < warm + 4:
        inner = 0.2
    else:
        inner = cosine(local - warm - 4, length - warm - 4, 0.2, 0.01)
    return inner * scaled(index, 0.8)


def _stretching_cut(k: int) -> float:
    held = min(k, 100)
    start, length = (0, 16) if held < 16 else (16, 32) if held < 48 else (48, 64)
    return cosine(held - start, length, 0.1, 0.001)


def _listed(k: int) -> float:
    _, local, length = cycle_of(k, [10, 35, 75])
    return cosine(local, length, 0.5, 0.05)


CASES: Sequence[Case] = (
    rate(
        "repeat_shrinking",
        "cycle i is multiplied by the scale to the power i, its end included",
        {
            "kind": "repeat",
            "period": 50,
            "times": 4,
            "scale": 0.7,
            "curve": {"kind": "linear", "start": 0.3, "end": 0.03},
        },
        _shrinking,
        marks=[50, 100, 150, 200],
    ),
    rate(
        "repeat_stretching",
        "cycles of 10, 15, 22.5 and 33.75 steps: their ends are rounded from the sums, 10, 25, 48, 81",
        {
            "kind": "repeat",
            "period": 10,
            "stretch": 1.5,
            "times": 4,
            "curve": {"kind": "cosine", "start": 0.1, "end": 0.001},
        },
        _stretching,
        total=100,
        marks=[10, 25, 48, 81],
    ),
    rate(
        "repeat_stretching_decimal",
        "a stretch of 1.7 is the decimal: the second end is 13.5, so 14; the nearest float would give 13",
        {
            "kind": "repeat",
            "period": 5,
            "stretch": 1.7,
            "times": 3,
            "curve": {"kind": "linear", "start": 1, "end": 0.1},
        },
        _stretching_decimal,
        total=30,
        marks=[5, 14, 28],
    ),
    rate(
        "repeat_stretching_shares",
        "each cycle is laid out anew: percent and rest stretch with it, whole steps do not",
        {
            "kind": "repeat",
            "period": 20,
            "stretch": 2,
            "scale": 0.8,
            "times": 3,
            "curve": {
                "kind": "sequence",
                "parts": [
                    {"kind": "linear", "start": 0, "end": 0.2, "duration": "25%"},
                    {"kind": "constant", "duration": 4},
                    {"kind": "cosine", "end": 0.01},
                ],
            },
        },
        _stretching_shares,
        marks=[5, 9, 20, 30, 34, 60, 80, 84, 140],
    ),
    rate(
        "repeat_stretching_cut",
        "cycles of 16, 32 and 64 steps, the last cut at the total after 52 of them",
        {
            "kind": "repeat",
            "period": 16,
            "stretch": 2,
            "curve": {"kind": "cosine", "start": 0.1, "end": 0.001},
        },
        _stretching_cut,
        total=100,
        marks=[16, 48],
    ),
    rate(
        "repeat_listed_periods",
        "a list of periods gives each cycle its own length",
        {"kind": "repeat", "period": [10, 25, 40], "curve": {"kind": "cosine", "start": 0.5, "end": 0.05}},
        _listed,
        total=75,
        marks=[10, 35],
    ),
)
