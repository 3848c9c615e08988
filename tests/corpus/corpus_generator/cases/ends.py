"""What a document says about the time after its total: hold, error, or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target, rate
from corpus_generator.leaves import cosine, held, linear, power_decay, rate_decay

__all__ = ["CASES"]


def _decaying_tail(k: int) -> float:
    if k < 40:
        return linear(k, 40, 0.0, 0.2)
    return power_decay(k - 40, 0.2, 40)


_DECAYING_TAIL = {
    "kind": "sequence",
    "parts": [
        {"kind": "linear", "start": 0, "end": 0.2, "duration": 40},
        {"kind": "power_decay", "timescale": 40, "start": 0.2},
    ],
}

CASES: Sequence[Case] = (
    rate(
        "after_total_goes_on",
        "a decay at the end of a sequence goes on past the total",
        _DECAYING_TAIL,
        _decaying_tail,
        total=200,
        marks=[40],
    ),
    rate(
        "after_hold",
        "hold freezes an open-ended decay at the total",
        _DECAYING_TAIL,
        lambda k: _decaying_tail(min(k, 200)),
        total=200,
        marks=[40],
        after="hold",
    ),
    rate(
        "after_hold_staircase",
        "hold at a total that is itself a multiple of the stair: the new stair holds at it",
        {"kind": "exponential", "start": 0.1, "rate": 0.5, "every": 50, "staircase": True},
        lambda k: rate_decay(min(k, 200), 0.1, 0.5, 50, staircase=True),
        total=200,
        marks=[50, 100, 150],
        after="hold",
    ),
    rate(
        "after_hold_cuts_points",
        "hold at the total hides the points beyond it",
        {
            "kind": "product",
            "curves": [
                {"kind": "exponential", "start": 0.3, "rate": 0.99},
                {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [60, 0.7]]},
            ],
        },
        lambda k: rate_decay(min(k, 100), 0.3, 0.99) * held(k, [(0, 1.0), (60, 0.7)]),
        total=100,
        marks=[60],
        after="hold",
    ),
    Case(
        name="after_hold_groups",
        why="hold freezes the scale of a group together with the value",
        spec={
            "unisched": 1,
            "total": 100,
            "after": "hold",
            "schedules": {"learning_rate": {"kind": "exponential", "start": 0.3, "rate": 0.99}},
            "groups": {"head": {"learning_rate": {"scale": {"kind": "power_decay", "start": 1, "timescale": 50}}}},
        },
        targets=[
            Target(worth=lambda k: rate_decay(min(k, 100), 0.3, 0.99)),
            Target(
                group="head", worth=lambda k: rate_decay(min(k, 100), 0.3, 0.99) * power_decay(min(k, 100), 1.0, 50)
            ),
        ],
        marks=[50],
        total=100,
    ),
    Case(
        name="after_error",
        why="up to the total nothing differs; from there on the host raises and tracing backends refuse",
        spec={
            "unisched": 1,
            "total": 150,
            "after": "error",
            "schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0.001}},
        },
        targets=[Target(worth=lambda k: cosine(k, 150, 0.1, 0.001))],
        marks=[50, 75, 100],
        total=150,
        stop=150,
    ),
)
