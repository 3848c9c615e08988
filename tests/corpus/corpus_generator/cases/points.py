"""Curves through points: three interpolations, points and values, positions that need rounding."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.leaves import cosine, held, linear

__all__ = ["CASES"]


def _linear_points(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.01, 0.5)
    if k < 250:
        return 0.5
    if k < 600:
        return linear(k - 250, 350, 0.5, 0.05)
    return linear(k - 600, 97, 0.05, 0.0)


def _cosine_points(k: int) -> float:
    if k < 300:
        return cosine(k, 300, 0.004, 0.1)
    return cosine(k - 300, 700, 0.1, 0.0004)


def _late_first_point(k: int) -> float:
    return linear(max(k - 40, 0), 60, 0.3, 0.1)


def _values_linear(k: int) -> float:
    if k < 25:
        return linear(k, 25, 0.1, 0.4)
    if k < 50:
        return linear(k - 25, 25, 0.4, 0.2)
    return linear(k - 50, 25, 0.2, 0.3)


def _values_cosine(k: int) -> float:
    if k < 41:
        return cosine(k, 41, 0.1, 0.9)
    return cosine(k - 41, 41, 0.9, 0.3)


CASES: Sequence[Case] = (
    rate(
        "piecewise_previous_points",
        "a milestone's value holds from the milestone on, and for ever after the last",
        {
            "kind": "piecewise",
            "interpolation": "previous",
            "points": [[0, 0.1], [300, 0.03], [301, 0.01], [800, 0.001]],
        },
        lambda k: held(k, [(0, 0.1), (300, 0.03), (301, 0.01), (800, 0.001)]),
        total=1000,
        marks=[300, 800],
    ),
    rate(
        "piecewise_previous_late_first_point",
        "before the first point its value holds already",
        {"kind": "piecewise", "interpolation": "previous", "points": [[40, 0.2], [90, 0.7]]},
        lambda k: held(k, [(40, 0.2), (90, 0.7)]),
        marks=[40, 90],
    ),
    rate(
        "piecewise_previous_cut",
        "a duration cuts the points that lie beyond it",
        {"kind": "piecewise", "interpolation": "previous", "points": [[0, 0.2], [50, 0.7]], "duration": 70},
        lambda k: held(min(k, 70), [(0, 0.2), (50, 0.7)]),
        total=100,
        marks=[50, 70],
    ),
    rate(
        "piecewise_linear_points",
        "straight lines between points, a level stretch among them, the last value ever after",
        {
            "kind": "piecewise",
            "interpolation": "linear",
            "points": [[0, 0.01], [100, 0.5], [250, 0.5], [600, 0.05], [697, 0]],
        },
        _linear_points,
        total=800,
        marks=[100, 250, 600, 697],
    ),
    rate(
        "piecewise_linear_late_first_point",
        "before the first point there is nothing to interpolate from: its value holds",
        {"kind": "piecewise", "interpolation": "linear", "points": [[40, 0.3], [100, 0.1]]},
        _late_first_point,
        marks=[40, 100],
    ),
    rate(
        "piecewise_cosine_points",
        "half a cosine wave between each two points, laid out in percent of the total",
        {"kind": "piecewise", "interpolation": "cosine", "points": [[0, 0.004], ["30%", 0.1], ["100%", 0.0004]]},
        _cosine_points,
        total=1000,
        marks=[300],
    ),
    rate(
        "piecewise_previous_values",
        "value i stands at i times every and fills its every",
        {"kind": "piecewise", "interpolation": "previous", "every": 33, "values": [0.4, 0.2, 0.1, 0.05]},
        lambda k: held(k, [(0, 0.4), (33, 0.2), (66, 0.1), (99, 0.05)]),
        total=150,
        marks=[33, 66, 99, 132],
    ),
    rate(
        "piecewise_previous_values_rounded",
        "half an epoch of 33 steps: changes at 16.5, 33, 49.5 and 66, rounded half up one by one",
        {"kind": "piecewise", "interpolation": "previous", "every": "0.5 epochs", "values": [0.5, 0.4, 0.3, 0.2, 0.1]},
        lambda k: held(k, [(0, 0.5), (17, 0.4), (33, 0.3), (50, 0.2), (66, 0.1)]),
        total=99,
        marks=[17, 33, 50, 66],
        steps_per_epoch=33,
    ),
    rate(
        "piecewise_linear_values",
        "lines between values that stand every 25 steps",
        {"kind": "piecewise", "interpolation": "linear", "every": 25, "values": [0.1, 0.4, 0.2, 0.3]},
        _values_linear,
        total=100,
        marks=[25, 50, 75],
    ),
    rate(
        "piecewise_cosine_values",
        "cosine waves between values that stand every 41 steps",
        {"kind": "piecewise", "interpolation": "cosine", "every": 41, "values": [0.1, 0.9, 0.3]},
        _values_cosine,
        total=123,
        marks=[41, 82],
    ),
)
