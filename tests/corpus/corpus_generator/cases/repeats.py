"""Cycles of one length: counted, cut, endless, of sequences and of cycles; none ever ends on a peak."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.cycles import cycle_of, endless
from corpus_generator.leaves import cosine, linear, rate_decay, scaled

__all__ = ["CASES"]


def _counted(k: int) -> float:
    _, local, length = cycle_of(k, [100, 200, 300, 400, 500])
    return cosine(local, length, 0.1, 0.01)


def _cut(k: int) -> float:
    held = min(k, 1000)
    return cosine(held - 900 if held >= 900 else held % 300, 300, 0.1, 0.0)


def _sequence_cycle(local: int) -> float:
    if local < 10:
        return linear(local, 10, 0.0, 0.7)
    if local < 40:
        return 0.7
    return cosine(local - 40, 57, 0.7, 0.1)


def _of_sequence(k: int) -> float:
    _, local, _ = cycle_of(k, [97 * i for i in range(1, 7)])
    return _sequence_cycle(local)


def _thirds(k: int) -> float:
    _, local, length = cycle_of(k, [33, 67, 100])
    if local < 3:
        return linear(local, 3, 0.0, 0.1)
    return linear(local - 3, length - 3, 0.1, 0.0)


def _in_cycles(k: int) -> float:
    _, outer, _ = cycle_of(k, [120, 240, 360])
    index, local, length = cycle_of(outer, [30, 60, 90, 120])
    return linear(local, length, 0.1, 0.01) * scaled(index, 0.5)


def _own_duration(k: int) -> float:
    held = min(k, 100)
    return linear(held - 90 if held >= 90 else held % 30, 30, 0.1, 0.01)


def _between(k: int) -> float:
    if k < 10:
        return linear(k, 10, 0.0, 0.4)
    if k < 80:
        local = k - 10
        return linear(local % 20, 20, 0.3, 0.05)
    return linear(k - 80, 20, linear(10, 20, 0.3, 0.05), 0.0)


def _of_rate(k: int) -> float:
    _, local, _ = cycle_of(k, [25, 50, 75])
    return rate_decay(local, 0.1, 0.9)


def _divided(k: int) -> float:
    _, local, length = cycle_of(k, [13, 25, 38, 50])
    return linear(local, length, 0.9, 0.2)


CASES: Sequence[Case] = (
    rate(
        "repeat_counted",
        "after its last cycle a repeat holds what that cycle reached, never the next peak",
        {
            "kind": "repeat",
            "period": 100,
            "times": 5,
            "curve": {"kind": "cosine", "start": 0.1, "end": 0.01},
        },
        _counted,
        marks=[100, 200, 300, 400, 500],
    ),
    rate(
        "repeat_cut_at_total",
        "without times a repeat fills the total; the last cycle is cut there and holds its value at the cut",
        {"kind": "repeat", "period": 300, "curve": {"kind": "cosine", "start": 0.1, "end": 0}},
        _cut,
        total=1000,
        marks=[300, 600, 900],
    ),
    rate(
        "repeat_endless",
        "without times and total a repeat never stops; 1/49 is inexact",
        {"kind": "repeat", "period": 49, "curve": {"kind": "cosine", "start": 0.1, "end": 0.001}},
        lambda k: cosine(endless(k, 49)[1], 49, 0.1, 0.001),
        marks=[49, 98, 147, 49 * 23, 49 * 41, 49 * 1000003],
    ),
    rate(
        "repeat_of_sequence",
        "a cycle of three parts: two searches deep, 1/97 inexact",
        {
            "kind": "repeat",
            "period": 97,
            "times": 6,
            "curve": {
                "kind": "sequence",
                "parts": [
                    {"kind": "linear", "start": 0, "end": 0.7, "duration": 10},
                    {"kind": "constant", "duration": 30},
                    {"kind": "cosine", "end": 0.1},
                ],
            },
        },
        _of_sequence,
        marks=[10, 40, 97, 107, 137, 194, 291, 485, 495, 525, 582],
    ),
    rate(
        "repeat_thirds_of_100",
        "three cycles in 100 steps last 33, 34 and 33 steps; a tenth of each is 3 steps",
        {
            "kind": "repeat",
            "times": 3,
            "curve": {
                "kind": "sequence",
                "parts": [
                    {"kind": "linear", "start": 0, "end": 0.1, "duration": "10%"},
                    {"kind": "linear", "end": 0},
                ],
            },
        },
        _thirds,
        total=100,
        marks=[3, 33, 36, 67, 70],
    ),
    rate(
        "repeat_quarters_of_50",
        "four cycles in 50 steps end at 12.5, 25, 37.5 and 50, halves up",
        {"kind": "repeat", "times": 4, "curve": {"kind": "linear", "start": 0.9, "end": 0.2}},
        _divided,
        total=50,
        marks=[13, 25, 38],
    ),
    rate(
        "repeat_of_repeat",
        "the inner scale starts over with each outer cycle",
        {
            "kind": "repeat",
            "period": 120,
            "times": 3,
            "curve": {
                "kind": "repeat",
                "period": 30,
                "scale": 0.5,
                "curve": {"kind": "linear", "start": 0.1, "end": 0.01},
            },
        },
        _in_cycles,
        marks=[30, 60, 90, 120, 150, 210, 240, 330, 360],
    ),
    rate(
        "repeat_own_duration",
        "a repeat with a duration fills it, and holds the value at the cut in its last cycle",
        {
            "kind": "repeat",
            "period": 30,
            "duration": "50%",
            "curve": {"kind": "linear", "start": 0.1, "end": 0.01},
        },
        _own_duration,
        total=200,
        marks=[30, 60, 90, 100],
    ),
    rate(
        "repeat_between_parts",
        "in a sequence a repeat fills the rest; the next part starts from the value at the cut",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.4, "duration": 10},
                {"kind": "repeat", "period": 20, "curve": {"kind": "linear", "start": 0.3, "end": 0.05}},
                {"kind": "linear", "end": 0, "duration": 20},
            ],
        },
        _between,
        total=100,
        marks=[10, 30, 50, 70, 80],
    ),
    rate(
        "repeat_of_rate",
        "an open-ended decay starts over with each cycle and stops falling with the last",
        {
            "kind": "repeat",
            "period": 25,
            "times": 3,
            "curve": {"kind": "exponential", "start": 0.1, "rate": 0.9},
        },
        _of_rate,
        marks=[25, 50, 75],
    ),
)
