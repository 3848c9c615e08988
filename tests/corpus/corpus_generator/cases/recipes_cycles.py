"""Cycles and short recipes: restarts with a fixed floor, equal cycles, range tests, triangles, momentum."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target
from corpus_generator.cases.bases import given
from corpus_generator.cases.recipes import entry, full
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, geometric, held, linear, rate_decay, scaled

__all__ = ["CASES"]


def _keras_restarts(k: int) -> float:
    index, local, length = cycle_of(k, [1000, 3000, 7000])
    return 0.01 + cosine(local, length, 0.09, 0.0) * scaled(index, 0.8)


def _kl_weight(k: int) -> float:
    _, local, _ = cycle_of(k, [10000, 20000, 30000, 40000])
    return linear(local, 5000, 0.0, 1.0)


def _levanter(k: int) -> float:
    _, local, length = cycle_of(k, [33, 67, 100])
    return cosine(local, length, 1e-3, 1e-4)


def _chebyshev(k: int) -> float:
    return held(k % 36, [(0, 1.03), (9, 5.1), (18, 1.4), (27, 2.9)])


def _slanted(k: int) -> float:
    if k < 100:
        return linear(k, 100, 3.125e-4, 0.01)
    return linear(k - 100, 900, 0.01, 3.125e-4)


def _muon(k: int) -> float:
    if k < 300:
        return linear(k, 300, 0.85, 0.95)
    if k < 4950:
        return 0.95
    return linear(k - 4950, 50, 0.95, 0.85)


CASES: Sequence[Case] = (
    entry(
        "keras_cosine_decay_restarts",
        "peaks decay, the floor does not; cycles of 1000, 2000 and 4000 steps fill the total",
        {
            "kind": "sum",
            "curves": [
                0.01,
                {
                    "kind": "repeat",
                    "period": 1000,
                    "stretch": 2,
                    "scale": 0.8,
                    "curve": {"kind": "cosine", "start": 0.09, "end": 0},
                },
            ],
        },
        _keras_restarts,
        marks=[1000, 3000],
        clock={"total": 7000},
        total=7000,
    ),
    full(
        "cyclical_kl_weight",
        "Cyclical KL weight: four cycles, half ramp, half flat",
        "a hyperparameter of the user's own; points in percent of a cycle",
        [Target(hyperparameter="beta", worth=_kl_weight)],
        marks=[5000, 10000, 15000, 20000, 30000, 35000],
        total=40000,
        content={
            "total": 40000,
            "schedules": {
                "beta": {
                    "kind": "repeat",
                    "times": 4,
                    "curve": {"kind": "piecewise", "interpolation": "linear", "points": [[0, 0], ["50%", 1]]},
                }
            },
        },
    ),
    full(
        "levanter_cycles",
        "Three equal cycles, the remainder rounded",
        "cycles of 33, 34 and 33 steps; the last holds its end, never a fourth peak",
        _levanter,
        marks=[33, 67],
        total=100,
        content={
            "total": 100,
            "schedules": {
                "learning_rate": {
                    "kind": "repeat",
                    "times": 3,
                    "curve": {"kind": "cosine", "start": 1e-3, "end": 1e-4},
                }
            },
        },
    ),
    Case(
        name="fractal_chebyshev",
        why="four constants an epoch each, over and over: each boundary is a jump",
        spec={
            "base": "optimizer",
            "curve": {
                "kind": "repeat",
                "curve": {
                    "kind": "piecewise",
                    "interpolation": "previous",
                    "every": "1 epoch",
                    "values": [1.03, 5.1, 1.4, 2.9],
                },
                "period": "4 epochs",
            },
        },
        clock={"steps_per_epoch": 9},
        **given(_chebyshev, body=0.01, head=0.07),
        marks=[9, 18, 27, 36, 45, 72, 36 * 49],
        example=True,
    ),
    full(
        "range_test",
        "Learning-rate range test: from 1e-7 to 10, equal factors",
        "eight decades: the ratio of ends is taken once, not accumulated",
        lambda k: geometric(k, 1000, 1e-7, 10.0),
        marks=[125, 500],
        total=1000,
        content={
            "total": 1000,
            "schedules": {"learning_rate": {"kind": "exponential", "start": 1e-7, "end": 10}},
        },
    ),
    full(
        "slanted_triangular",
        "ULMFiT: a slanted triangle, up for a tenth, down for the rest",
        "points in percent, the same value at both ends",
        _slanted,
        marks=[100],
        total=1000,
        content={
            "total": 1000,
            "schedules": {
                "learning_rate": {
                    "kind": "piecewise",
                    "interpolation": "linear",
                    "points": [[0, 3.125e-4], ["10%", 0.01], ["100%", 3.125e-4]],
                }
            },
        },
    ),
    full(
        "muon_momentum",
        "Muon's momentum: 0.85 to 0.95 over 300 steps, back over the last 50",
        "an open part in the middle, and no learning rate",
        [Target(hyperparameter="momentum", worth=_muon)],
        marks=[300, 4950],
        total=5000,
        content={
            "total": 5000,
            "schedules": {
                "momentum": {
                    "kind": "sequence",
                    "parts": [
                        {"kind": "linear", "start": 0.85, "end": 0.95, "duration": 300},
                        {"kind": "constant"},
                        {"kind": "linear", "end": 0.85, "duration": 50},
                    ],
                }
            },
        },
    ),
    full(
        "run_on_past_the_plan",
        "An exponential planned for 100 epochs, trained for 120",
        "the total bounds nothing that needs no length: the decay runs on",
        lambda k: rate_decay(k, 0.1, 0.95, 10),
        marks=[10, 1200],
        total=1000,
        content={
            "total": "100 epochs",
            "steps_per_epoch": 10,
            "schedules": {"learning_rate": {"kind": "exponential", "start": 0.1, "rate": 0.95, "every": "1 epoch"}},
        },
        far=False,
    ),
)
