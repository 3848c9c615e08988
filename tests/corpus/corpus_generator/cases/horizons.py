"""Long runs: where float32 counters and products stop telling steps apart."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target, rate
from corpus_generator.leaves import cosine, held, linear, polynomial, power_decay, rate_decay

__all__ = ["CASES"]

_LONGEST = 2**31 - 1


def _long_warmup(k: int) -> float:
    if k < 10_000_000:
        return linear(k, 10_000_000, 0.0, 3e-4)
    return cosine(k - 10_000_000, 90_000_000, 3e-4, 0.0)


CASES: Sequence[Case] = (
    rate(
        "long_warmup",
        "ten million steps of warm-up, then ninety million of cosine: float32 counts only to 16.7 million",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 3e-4, "duration": "10M steps"},
                {"kind": "cosine", "end": 0},
            ],
        },
        _long_warmup,
        marks=[10_000_000, 16_777_217],
        total=100_000_000,
    ),
    rate(
        "long_cosine_tail",
        "the last steps of a cosine to zero keep their relative precision: 1 + cos cancels there",
        {"kind": "cosine", "start": 3e-4, "end": 0},
        lambda k: cosine(k, 1_000_000, 3e-4, 0.0),
        marks=[500_000, 990_000, 999_990],
        total=1_000_000,
    ),
    rate(
        "long_polynomial_tail",
        "the square of what is left, down to 1e-14 of the start",
        {"kind": "polynomial", "start": 0.1, "end": 0, "power": 2},
        lambda k: polynomial(k, 10_000_000, 0.1, 0.0, exponent=2.0),
        marks=[5_000_000, 9_999_900],
        total=10_000_000,
    ),
    rate(
        "long_polynomial_square_root",
        "the steep end of a square root over ten million steps",
        {"kind": "polynomial", "start": 0.1, "end": 0.001, "power": 0.5},
        lambda k: polynomial(k, 10_000_000, 0.1, 0.001, exponent=0.5),
        marks=[5_000_000, 9_999_900],
        total=10_000_000,
    ),
    rate(
        "long_line",
        "a line over almost a billion steps, a prime number of them",
        {"kind": "linear", "start": 1e-3, "end": 1e-5},
        lambda k: linear(k, 999_999_937, 1e-3, 1e-5),
        marks=[16_777_217, 500_000_000],
        total=999_999_937,
    ),
    Case(
        name="longest_cosine",
        why="as many steps as a signed 32-bit counter holds: a counter that wraps would start over",
        spec={
            "unisched": 1,
            "total": _LONGEST,
            "schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0}},
        },
        targets=[Target(worth=lambda k: cosine(k, _LONGEST, 0.1, 0.0))],
        marks=[16_777_217, 2**30],
        total=_LONGEST,
        stop=_LONGEST,
        plain=True,
    ),
    rate(
        "long_staircase",
        "step 10773999 belongs to stair 10773, in float32 it does not",
        {"kind": "exponential", "start": 0.1, "rate": 0.9999, "every": 1000, "staircase": True},
        lambda k: rate_decay(k, 0.1, 0.9999, 1000, staircase=True),
        marks=[1000, 49_000, 10_773_000, 10_774_000, 16_778_000],
        far=False,
    ),
    rate(
        "long_stair",
        "stairs of 1000 steps over a hundred million",
        {"kind": "stair", "every": 1000, "curve": {"kind": "cosine", "start": 0.1, "end": 0.001}},
        lambda k: cosine(k // 1000 * 1000, 100_000_000, 0.1, 0.001),
        marks=[1000, 10_774_000, 16_778_000, 50_000_000],
        total=100_000_000,
    ),
    rate(
        "long_milestones",
        "milestones around the last odd number that float32 holds",
        {
            "kind": "piecewise",
            "interpolation": "previous",
            "points": [[0, 0.1], [16_777_217, 0.03], [33_554_433, 0.01], [2_000_000_001, 0.001]],
        },
        lambda k: held(k, [(0, 0.1), (16_777_217, 0.03), (33_554_433, 0.01), (2_000_000_001, 0.001)]),
        marks=[16_777_217, 33_554_433, 2_000_000_001],
    ),
    rate(
        "long_cycles",
        "cycles of 1009 steps after two billion steps",
        {"kind": "repeat", "period": 1009, "curve": {"kind": "cosine", "start": 0.1, "end": 0.001}},
        lambda k: cosine(k % 1009, 1009, 0.1, 0.001),
        marks=[1009, 1009 * 16_628, 1009 * 1_000_000, 1009 * 2_000_000],
    ),
    rate(
        "long_rate",
        "a rate of 0.9999999 over a hundred million steps, to 1 in 22000",
        {"kind": "exponential", "start": 0.1, "rate": 0.9999999},
        lambda k: rate_decay(k, 0.1, 0.9999999),
        marks=[1_000_000, 16_777_217, 100_000_000],
        far=False,
    ),
    rate(
        "long_power_decay",
        "an inverse square root goes on to the last step a 32-bit counter holds",
        {"kind": "power_decay", "start": 0.01, "timescale": 4000},
        lambda k: power_decay(k, 0.01, 4000),
        marks=[4000, 16_777_217, 1_000_000_000],
    ),
)
