"""Sequences in sequences: clocks of their own, left-out starts that look through, shares of the inner length."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.leaves import cosine, geometric, linear

__all__ = ["CASES"]


def _nested(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.0, 0.1)
    if k < 150:
        return linear(k - 100, 50, 0.1, 0.06)
    if k < 300:
        return 0.06
    return cosine(k - 300, 700, 0.06, 0.001)


def _three_deep(k: int) -> float:
    if k < 20:
        return linear(k, 20, 0.0, 0.5)
    if k < 50:
        return 0.5
    if k < 80:
        return geometric(k - 50, 30, 0.5, 0.01)
    if k < 90:
        return 0.01
    return linear(k - 90, 110, 0.02, 0.0)


def _shares_of_a_part(k: int) -> float:
    if k < 40:
        return linear(k, 40, 0.0, 0.1)
    if k < 400:
        return cosine(k - 40, 360, 0.1, 0.01)
    if k < 460:
        return linear(k - 400, 60, 0.0, 0.05)
    return cosine(k - 460, 540, 0.05, 0.0)


def _looks_back(k: int) -> float:
    if k < 64:
        return linear(k, 64, 0.0, 0.3)
    if k < 128:
        return 0.3
    if k < 192:
        return 0.3
    return geometric(k - 192, 64, 0.3, 0.003)


CASES: Sequence[Case] = (
    rate(
        "sequence_in_sequence",
        "a nested sequence starts its own clock, and its first part continues from the part before it",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": 100},
                {
                    "kind": "sequence",
                    "duration": 200,
                    "parts": [{"kind": "linear", "end": 0.06, "duration": 50}, {"kind": "constant"}],
                },
                {"kind": "cosine", "end": 0.001},
            ],
        },
        _nested,
        total=1000,
        marks=[100, 150, 300],
    ),
    rate(
        "sequence_three_deep",
        "three levels of nesting, each with its own rest",
        {
            "kind": "sequence",
            "parts": [
                {
                    "kind": "sequence",
                    "duration": 90,
                    "parts": [
                        {
                            "kind": "sequence",
                            "parts": [
                                {"kind": "linear", "start": 0, "end": 0.5, "duration": 20},
                                {"kind": "constant", "duration": 30},
                            ],
                        },
                        {"kind": "exponential", "end": 0.01, "duration": 30},
                        {"kind": "constant"},
                    ],
                },
                {"kind": "linear", "start": 0.02, "end": 0},
            ],
        },
        _three_deep,
        total=200,
        marks=[20, 50, 80, 90],
    ),
    rate(
        "sequence_looks_back_through_nesting",
        "left-out starts look through several sequences, and through constants",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.3, "duration": 64},
                {
                    "kind": "sequence",
                    "duration": 128,
                    "parts": [
                        {"kind": "sequence", "duration": "50%", "parts": [{"kind": "constant"}]},
                        {"kind": "constant"},
                    ],
                },
                {"kind": "exponential", "end": 0.003},
            ],
        },
        _looks_back,
        total=256,
        marks=[64, 128, 192],
    ),
    rate(
        "sequence_shares_of_a_part",
        "percent inside a nested sequence is of that sequence, not of the total",
        {
            "kind": "sequence",
            "parts": [
                {
                    "kind": "sequence",
                    "duration": 400,
                    "parts": [
                        {"kind": "linear", "start": 0, "end": 0.1, "duration": "10%"},
                        {"kind": "cosine", "end": 0.01},
                    ],
                },
                {
                    "kind": "sequence",
                    "parts": [
                        {"kind": "linear", "start": 0, "end": 0.05, "duration": "10%"},
                        {"kind": "cosine", "end": 0},
                    ],
                },
            ],
        },
        _shares_of_a_part,
        total=1000,
        marks=[40, 400, 460],
    ),
)
