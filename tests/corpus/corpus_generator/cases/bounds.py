"""Clips: floors, caps and bounds that are curves, alone and inside other operators."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, held, linear, rate_decay

__all__ = ["CASES"]


def _clipped_cycles(k: int) -> float:
    _, local, length = cycle_of(k, [60, 120, 180, 240])
    return max(min(cosine(local, length, 0.1, 0.0), 0.08), 0.02)


def _bounded_by_curves(k: int) -> float:
    ceiling = linear(k, 400, 0.3, 0.05)
    floor = linear(k, 400, 0.001, 0.02)
    return max(min(cosine(k, 400, 0.4, 0.0), ceiling), floor)


def _clip_among_parts(k: int) -> float:
    if k < 50:
        return linear(k, 50, 0.0, 0.1)
    if k < 150:
        return max(min(cosine(k - 50, 100, 0.12, 0.0), 0.1), 0.01)
    return linear(k - 150, 50, 0.03, 0.001)


def _deep(k: int) -> float:
    inner = 0.01 + cosine(k, 300, 0.3, 0.0) * held(k, [(0, 1.0), (100, 0.7), (200, 0.3)])
    return min(inner, 0.25) * linear(k, 30, 0.1, 1.0)


CASES: Sequence[Case] = (
    rate(
        "clip_floor",
        "a floor stops a rate that would fall for ever, without bending it before",
        {"kind": "clip", "minimum": 1e-4, "curve": {"kind": "exponential", "start": 0.1, "rate": 0.98}},
        lambda k: max(rate_decay(min(k, 1000), 0.1, 0.98), 1e-4),
        marks=[341, 342, 343],
    ),
    rate(
        "clip_of_repeat",
        "a cap and a floor on every cycle",
        {
            "kind": "clip",
            "minimum": 0.02,
            "maximum": 0.08,
            "curve": {
                "kind": "repeat",
                "period": 60,
                "times": 4,
                "curve": {"kind": "cosine", "start": 0.1, "end": 0},
            },
        },
        _clipped_cycles,
        marks=[18, 42, 60, 78, 102, 120, 180, 240],
    ),
    rate(
        "clip_between_curves",
        "bounds are curves on the same clock",
        {
            "kind": "clip",
            "minimum": {"kind": "linear", "start": 0.001, "end": 0.02},
            "maximum": {"kind": "linear", "start": 0.3, "end": 0.05},
            "curve": {"kind": "cosine", "start": 0.4, "end": 0},
        },
        _bounded_by_curves,
        total=400,
        marks=[100, 200, 350],
    ),
    rate(
        "clip_among_parts",
        "a clip in one part of a sequence does not reach into its neighbours, whose values lie outside its bounds",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": 50},
                {
                    "kind": "clip",
                    "minimum": 0.01,
                    "maximum": 0.1,
                    "duration": 100,
                    "curve": {"kind": "cosine", "start": 0.12, "end": 0},
                },
                {"kind": "linear", "start": 0.03, "end": 0.001, "duration": 50},
            ],
        },
        _clip_among_parts,
        total=200,
        marks=[50, 150],
    ),
    rate(
        "pointwise_nested",
        "a product of a clip of a sum of a product",
        {
            "kind": "product",
            "curves": [
                {
                    "kind": "clip",
                    "maximum": 0.25,
                    "curve": {
                        "kind": "sum",
                        "curves": [
                            0.01,
                            {
                                "kind": "product",
                                "curves": [
                                    {"kind": "cosine", "start": 0.3, "end": 0},
                                    {
                                        "kind": "piecewise",
                                        "interpolation": "previous",
                                        "points": [[0, 1], [100, 0.7], [200, 0.3]],
                                    },
                                ],
                            },
                        ],
                    },
                },
                {"kind": "linear", "start": 0.1, "end": 1, "duration": 30},
            ],
        },
        _deep,
        total=300,
        marks=[30, 100, 200],
    ),
)
