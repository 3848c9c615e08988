"""One curve after another: joins with and without a jump, shares that need rounding."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.leaves import cosine, held, linear, power_decay, rate_decay

__all__ = ["CASES"]


def _jumps(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.01, 0.1)
    if k < 250:
        return 0.3
    if k < 600:
        return cosine(k - 250, 350, 0.05, 0.02)
    return rate_decay(k - 600, 0.2, 0.99, 10)


def _hold_then_fall(k: int) -> float:
    if k < 120:
        return linear(k, 120, 1e-5, 3e-4)
    if k < 700:
        return 3e-4
    return cosine(k - 700, 300, 3e-4, 1e-6)


def _spoken_rest(k: int) -> float:
    if k < 50:
        return linear(k, 50, 0.0, 0.2)
    if k < 417:
        return cosine(k - 50, 367, 0.2, 0.07)
    return linear(k - 417, 100, 0.07, 0.0)


def _tenths_of_1003(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.0, 0.1)
    if k < 351:
        return 0.1
    return cosine(k - 351, 652, 0.1, 0.0)


def _quarters_of_ten(k: int) -> float:
    return held(k, [(0, 1.0), (3, 0.5), (5, 0.25), (8, 0.125)])


def _reached(k: int) -> float:
    if k < 500:
        return rate_decay(k, 0.1, 0.995)
    return linear(k - 500, 200, rate_decay(500, 0.1, 0.995), 0.0)


def _reached_power(k: int) -> float:
    if k < 300:
        return power_decay(k, 0.1, 100)
    if k < 400:
        return power_decay(300, 0.1, 100)
    return cosine(k - 400, 100, power_decay(300, 0.1, 100), 1e-3)


def _short(k: int) -> float:
    if k < 30:
        return linear(k, 30, 0.1, 0.4)
    return linear(k - 30, 40, 0.4, 0.2)


def _many(k: int) -> float:
    part, local = min(k // 10, 19), k - 10 * min(k // 10, 19)
    return linear(local, 10, (part + 1) / 32, (part + 1) / 64)


CASES: Sequence[Case] = (
    rate(
        "sequence_jumps",
        "at every boundary the new part's value holds, however far it jumps; the last part has no end",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0.01, "end": 0.1, "duration": 100},
                {"kind": "constant", "value": 0.3, "duration": 150},
                {"kind": "cosine", "start": 0.05, "end": 0.02, "duration": 350},
                {"kind": "exponential", "start": 0.2, "rate": 0.99, "every": 10},
            ],
        },
        _jumps,
        total=1000,
        marks=[100, 250, 600],
        far=False,
    ),
    rate(
        "sequence_open_middle",
        "a part without a length takes what the others leave; starts left out continue",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 1e-5, "end": 3e-4, "duration": 120},
                {"kind": "constant"},
                {"kind": "cosine", "end": 1e-6, "duration": "30%"},
            ],
        },
        _hold_then_fall,
        total=1000,
        marks=[120, 700],
    ),
    rate(
        "sequence_rest_spoken",
        '"rest" said aloud is the same as a length left out',
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.2, "duration": 50},
                {"kind": "cosine", "end": 0.07, "duration": "rest"},
                {"kind": "linear", "end": 0, "duration": "100 steps"},
            ],
        },
        _spoken_rest,
        total=517,
        marks=[50, 417],
    ),
    rate(
        "sequence_tenths_of_1003",
        "shares are rounded from their cumulative sums: 100.3 to 100, 351.05 to 351",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": "10%"},
                {"kind": "constant", "duration": "25%"},
                {"kind": "cosine", "end": 0},
            ],
        },
        _tenths_of_1003,
        total=1003,
        marks=[100, 351],
    ),
    rate(
        "sequence_quarters_of_ten",
        "four quarters of ten steps end at 2.5, 5, 7.5 and 10, halves up: 3, 2, 3 and 2 steps",
        {
            "kind": "sequence",
            "parts": [{"kind": "constant", "value": 2.0**-i, "duration": "25%"} for i in range(4)],
        },
        _quarters_of_ten,
        total=10,
        marks=[3, 5, 8],
    ),
    rate(
        "sequence_reached_by_rate",
        "a left-out start after an open-ended decay is what that decay reached at the boundary",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "exponential", "start": 0.1, "rate": 0.995, "duration": 500},
                {"kind": "linear", "end": 0},
            ],
        },
        _reached,
        total=700,
        marks=[500],
    ),
    rate(
        "sequence_reached_by_power",
        "the same after an inverse power, held level for a while",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "power_decay", "start": 0.1, "timescale": 100, "duration": 300},
                {"kind": "constant", "duration": "100 steps"},
                {"kind": "cosine", "end": 1e-3},
            ],
        },
        _reached_power,
        total=500,
        marks=[300, 400],
    ),
    rate(
        "sequence_shorter_than_total",
        "a sequence that ends before the total holds its last value",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0.1, "end": 0.4, "duration": 30},
                {"kind": "linear", "end": 0.2, "duration": 40},
            ],
        },
        _short,
        total=100,
        marks=[30, 70],
    ),
    rate(
        "sequence_of_twenty",
        "many rows of one kind, each with a jump: the search must find the right one",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": (i + 1) / 32, "end": (i + 1) / 64, "duration": 10} for i in range(20)
            ],
        },
        _many,
        marks=[10, 20, 30, 50, 80, 100, 120, 150, 180, 190, 200],
    ),
)
