"""Parts between boundaries, windows, and schedules that follow another: what is cut, what holds, what is looked up."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target, rate
from corpus_generator.leaves import cosine, geometric, linear, polynomial, rate_decay

__all__ = ["CASES"]


def _cut_and_hold(k: int) -> float:
    if k < 60:
        return cosine(k, 100, 0.1, 0.0)  # laid out over 100, cut at 60
    if k < 160:
        return linear(k - 60, 40, 0.03, 0.05)  # over 40, then holds
    return rate_decay(k - 160, 0.05, 0.97)


def _anneal(k: int) -> float:
    reached = cosine(75, 100, 0.1, 0.001)
    if k < 75:
        return cosine(k, 100, 0.1, 0.001)
    return cosine(k - 75, 10, reached, 0.02) if k < 85 else 0.02


def _shares(k: int) -> float:
    starts = (0, 143, 287, 430)  # sevenths of 1003: 143.3, 286.6, 429.9, to two decimals of a percent
    part = max(index for index, start in enumerate(starts) if start <= k)
    ends = (*starts[1:], 1003)
    return linear(k - starts[part], ends[part] - starts[part], (4 - part) / 8, (3 - part) / 16)


def _nested(k: int) -> float:
    reached = polynomial(30, 90, 0.4, 0.1, exponent=2.0)
    if k < 30:
        return polynomial(k, 90, 0.4, 0.1, exponent=2.0)
    if k < 50:
        return linear(k - 30, 20, reached, 0.3)
    return 0.3 if k < 75 else geometric(k - 75, 45, 0.3, 0.003)


def _shown(k: int) -> float:
    local = k + 333
    return linear(local, 200, 0.0, 0.1) if local < 200 else cosine(local - 200, 1800, 0.1, 0.0)


def _replanned(k: int) -> float:
    if k < 400:
        return linear(k, 100, 0.0, 0.1) if k < 100 else cosine(k - 100, 900, 0.1, 0.0)
    return linear(k - 400, 200, cosine(300, 900, 0.1, 0.0), 0.0)


def _followed(k: int) -> float:
    return cosine(k, 500, 1.0, 0.0)


CASES: Sequence[Case] = (
    rate(
        "boundaries_cut_and_hold",
        "a part longer than its stretch is cut, a shorter one holds, the last has no end",
        {
            "kind": "sequence",
            "boundaries": [60, 160],
            "parts": [
                {"kind": "cosine", "start": 0.1, "end": 0, "duration": 100},
                {"kind": "linear", "start": 0.03, "end": 0.05, "duration": 40},
                {"kind": "exponential", "start": 0.05, "rate": 0.97},
            ],
        },
        _cut_and_hold,
        marks=[60, 100, 160],
        far=False,
    ),
    rate(
        "boundaries_anneal",
        "what was cut hands on its value at the cut: anneal from wherever we are",
        {
            "kind": "sequence",
            "boundaries": [75, 85],
            "parts": [
                {"kind": "cosine", "start": 0.1, "end": 0.001, "duration": 100},
                {"kind": "cosine", "end": 0.02},
                {"kind": "constant"},
            ],
        },
        _anneal,
        marks=[75, 85],
        total=100,
    ),
    rate(
        "boundaries_in_percent",
        "each boundary is rounded once, from the start",
        {
            "kind": "sequence",
            "boundaries": ["14.29%", "28.57%", "42.86%"],
            "parts": [{"kind": "linear", "start": (4 - i) / 8, "end": (3 - i) / 16} for i in range(4)],
        },
        _shares,
        marks=[143, 287, 430],
        total=1003,
    ),
    rate(
        "boundaries_nested",
        "a nested sequence looks through to a part that was cut, and its boundaries count from its own start",
        {
            "kind": "sequence",
            "boundaries": [30],
            "parts": [
                {"kind": "polynomial", "start": 0.4, "end": 0.1, "power": 2, "duration": 90},
                {
                    "kind": "sequence",
                    "boundaries": [20, "50%"],
                    "parts": [
                        {"kind": "linear", "end": 0.3},
                        {"kind": "constant"},
                        {"kind": "exponential", "start": 0.3, "end": 0.003},
                    ],
                },
            ],
        },
        _nested,
        marks=[30, 50, 75],
        total=120,
    ),
    rate(
        "window_shown_from",
        "laid out over a length of its own, shown from the middle of its warm-up on, past the total too",
        {
            "kind": "window",
            "length": 2000,
            "offset": 333,
            "curve": {"kind": "warmup_cosine", "peak": 0.1, "warmup": "10%"},
        },
        _shown,
        marks=[333, 1667],
        total=1000,
    ),
    rate(
        "window_cut",
        "a plan of 1000 steps, left at 400 for another",
        {
            "kind": "sequence",
            "boundaries": [400],
            "parts": [
                {"kind": "window", "length": 1000, "curve": {"kind": "warmup_cosine", "peak": 0.1, "warmup": "10%"}},
                {"kind": "linear", "end": 0},
            ],
        },
        _replanned,
        marks=[100, 400],
        total=600,
    ),
    Case(
        name="follow_before_the_base",
        why="what is followed is the curve before its base, at the step of the run even inside a part",
        spec={
            "unisched": 1,
            "total": 500,
            "schedules": {
                "learning_rate": {"base": 0.003, "curve": {"kind": "cosine", "start": 1, "end": 0}},
                "weight_decay": {
                    "base": 0.1,
                    "curve": {
                        "kind": "sequence",
                        "boundaries": [123],
                        "parts": [0.25, {"kind": "follow", "schedule": "learning_rate"}],
                    },
                },
            },
        },
        targets=[
            Target(worth=lambda k: 0.003 * _followed(k)),
            Target(hyperparameter="weight_decay", worth=lambda k: 0.1 * (0.25 if k < 123 else _followed(k))),
        ],
        marks=[123],
        total=500,
    ),
)
