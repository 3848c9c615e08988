"""Epochs, samples, tokens, shares and suffixes: exact rationals that are rounded once, halves up."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target, rate
from corpus_generator.leaves import cosine, geometric, held, linear

__all__ = ["CASES"]


def _fraction_of_epochs(k: int) -> float:
    if k < 3128:
        return linear(k, 3128, 0.0, 0.1)
    return cosine(k - 3128, 109462, 0.1, 0.0)


def _samples(k: int) -> float:
    if k < 122:
        return linear(k, 122, 1e-6, 3e-4)
    return cosine(k - 122, 3003, 3e-4, 3e-6)


def _tokens(k: int) -> float:
    if k < 29:
        return linear(k, 29, 0.0, 6e-4)
    if k < 1716:
        return 6e-4
    return linear(k - 1716, 191, 6e-4, 6e-5)


def _all_units(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.0, 0.1)
    if k < 200:
        return linear(k - 100, 100, 0.2, 0.3)
    if k < 300:
        return linear(k - 200, 100, 0.4, 0.5)
    if k < 350:
        return linear(k - 300, 50, 0.6, 0.7)
    if k < 400:
        return linear(k - 350, 50, 0.8, 0.9)
    return geometric(k - 400, 600, 1.0, 0.001)


def _half_steps(k: int) -> float:
    if k < 3:
        return linear(k, 3, 0.1, 0.2)
    if k < 5:
        return linear(k - 3, 2, 0.3, 0.4)
    if k < 8:
        return linear(k - 5, 3, 0.5, 0.6)
    return linear(k - 8, 12, 0.7, 0.8)


CASES: Sequence[Case] = (
    rate(
        "units_fraction_of_epochs",
        "2.5 epochs of 1251 steps are 3127.5, so 3128; 90 epochs are the total",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": "2.5 epochs"},
                {"kind": "cosine", "end": 0},
            ],
        },
        _fraction_of_epochs,
        marks=[3128],
        total=112590,
        written="90 epochs",
        steps_per_epoch=1251,
    ),
    rate(
        "units_half_total",
        "a total of half an epoch of 201 steps is 100.5, so 101",
        {"kind": "linear", "start": 0.1, "end": 0},
        lambda k: linear(k, 101, 0.1, 0.0),
        marks=[50],
        total=101,
        written="0.5 epochs",
        steps_per_epoch=201,
    ),
    rate(
        "units_samples",
        "12.8M samples in steps of 4096 are 3125; 500k samples are 122.07",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 1e-6, "end": 3e-4, "duration": "500k samples"},
                {"kind": "cosine", "end": 3e-6},
            ],
        },
        _samples,
        marks=[122],
        total=3125,
        written="12.8M samples",
        samples_per_step=4096,
    ),
    rate(
        "units_tokens",
        "1B tokens are 1907.35 steps of 524288, 1.5e7 tokens 28.6; the last tenth of 1907 starts at 1716.3",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 6e-4, "duration": "1.5e7 tokens"},
                {"kind": "constant"},
                {"kind": "linear", "end": 6e-5, "duration": "10%"},
            ],
        },
        _tokens,
        marks=[29, 1716],
        total=1907,
        written="1B tokens",
        tokens_per_step=524288,
    ),
    rate(
        "units_all",
        "every unit in one sequence, singular and with suffixes",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": "1 epoch"},
                {"kind": "linear", "start": 0.2, "end": 0.3, "duration": "3.2k samples"},
                {"kind": "linear", "start": 0.4, "end": 0.5, "duration": "204800 tokens"},
                {"kind": "linear", "start": 0.6, "end": 0.7, "duration": "50 steps"},
                {"kind": "linear", "start": 0.8, "end": 0.9, "duration": "5%"},
                {"kind": "exponential", "start": 1, "end": 0.001, "duration": "rest"},
            ],
        },
        _all_units,
        marks=[100, 200, 300, 350, 400],
        total=1000,
        written="1k steps",
        steps_per_epoch=100,
        samples_per_step=32,
        tokens_per_step=2048,
    ),
    rate(
        "units_half_steps_add_up",
        "three parts of 2.5 steps end at 2.5, 5 and 7.5: 3, 2 and 3 steps, never 3, 3 and 3",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0.1, "end": 0.2, "duration": "2500 tokens"},
                {"kind": "linear", "start": 0.3, "end": 0.4, "duration": "2.5k tokens"},
                {"kind": "linear", "start": 0.5, "end": 0.6, "duration": "0.0025M tokens"},
                {"kind": "linear", "start": 0.7, "end": 0.8},
            ],
        },
        _half_steps,
        marks=[3, 5, 8],
        total=20,
        tokens_per_step=1000,
    ),
    rate(
        "units_points",
        "points in epochs, percent, steps and samples on one curve",
        {
            "kind": "piecewise",
            "interpolation": "previous",
            "points": [[0, 0.5], ["0.5 epochs", 0.4], [100, 0.3], ["1600 samples", 0.2], ["75.05%", 0.1]],
        },
        lambda k: held(k, [(0, 0.5), (17, 0.4), (100, 0.3), (200, 0.2), (751, 0.1)]),
        marks=[17, 100, 200, 751],
        total=1000,
        steps_per_epoch=33,
        samples_per_step=8,
    ),
    rate(
        "values_as_text",
        "values may be decimal text, as YAML 1.1 loaders give 3e-4",
        {"kind": "linear", "start": "3e-4", "end": "0.00001"},
        lambda k: linear(k, 60, 3e-4, 1e-5),
        marks=[30],
        total=60,
    ),
    Case(
        name="clock_arguments_win",
        why="clock arguments override the document: 8 epochs of 25 steps, not 4 of 10",
        spec={
            "unisched": 1,
            "total": "4 epochs",
            "steps_per_epoch": 10,
            "schedules": {"learning_rate": {"kind": "linear", "start": 0.3, "end": 0.001}},
        },
        clock={"total": "8 epochs", "steps_per_epoch": 25},
        targets=[Target(worth=lambda k: linear(k, 200, 0.3, 0.001))],
        marks=[40, 100],
        total=200,
        plain=True,
    ),
    Case(
        name="curve_alone",
        why="a document that is only a curve is the learning rate's; its clock comes as arguments",
        spec={"kind": "cosine", "start": 0.1, "end": 0.01},
        clock={"total": 250},
        targets=[Target(worth=lambda k: cosine(k, 250, 0.1, 0.01))],
        marks=[125],
        total=250,
        plain=True,
    ),
)
