"""Feedback: factors that metrics move, under the three rules, in parts, products, groups and floors.

Metrics are short binary fractions, far from every threshold, so that no precision decides what counts as better.
Most are fed every few steps, so that wherever a run is cut there is something to remember.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from corpus_generator.case import Case, Target, Worth
from corpus_generator.leaves import cosine, linear
from corpus_generator.plateaus import Metrics, greedy, plateau

__all__ = ["CASES"]


def _every(gap: int, values: Iterable[float], first: int = 0) -> dict[int, float]:
    """Metrics at `first` and every `gap` steps from there on."""
    return {first + gap * index: value for index, value in enumerate(values)}


def _within(metrics: Metrics, start: int, stop: int) -> dict[int, float]:
    return {step: value for step, value in metrics.items() if start <= step < stop}


def _stall(monitor: str = "loss", **fields: Any) -> dict[str, Any]:
    return {"kind": "plateau", "monitor": monitor, **fields}


def _product(*curves: Any) -> dict[str, Any]:
    return {"kind": "product", "curves": [*curves]}


def _case(
    name: str,
    why: str,
    curve: Any,
    worth: Worth,
    metrics: Mapping[str, Metrics],
    *,
    marks: Sequence[int],
    total: int | None = None,
    stop: int | None = None,
    far: bool = False,
    **top: Any,
) -> Case:
    ends = {} if total is None else {"total": total}
    spec = {"unisched": 1, **ends, **top, "schedules": {"learning_rate": curve}}
    return Case(name=name, why=why, spec=spec, targets=[Target(worth=worth)], marks=marks, total=total, stop=stop,
                far=far, metrics=metrics)  # fmt: skip


_FLAT = _every(3, [0.5] * 40)
"""A loss that never improves again, before every third update."""

_BUMPY = _every(4, [2.0, 1.5, 1.5, 1.75, 1.25, 1.25, 1.5, 1.25, 1.375, 1.0, 1.0, 1.0, 1.125, 1.0, 1.25, 0.75, 0.75,
                    0.75, 1.0, 0.75, 0.75, 0.875, 0.75, 0.75, 0.75, 0.5, 0.75, 0.5, 0.5, 0.5, 0.5, 0.5])  # fmt: skip
"""A loss that falls, stalls and falls again, before every fourth update."""

_BUMPS = [12, 24, 32, 44, 52, 68, 76, 84, 92, 108, 116]
"""The updates that feel its drops first, with a patience of 1."""

_ODD = _every(3, [math.nan, 1.0, math.nan, math.inf, 0.5, 0.5, math.nan, 0.25, 0.25, 0.25, 0.25, math.nan, math.nan,
                  0.125, 0.125, 0.125, math.inf, 0.125, 0.125, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625])  # fmt: skip

_RISING = _every(5, [0.25, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 0.75, 0.625, 0.75, 0.75, 0.75, 0.875, 0.875, 0.875, 0.875,
                     0.875, 0.875, 0.875, 0.875])  # fmt: skip
"""An accuracy, before every fifth update."""

_UP_AND_DOWN = _every(2, [1.0, 0.5, 0.25, 0.125, 0.0625, 0.0625, 0.0625, 0.125, 0.0625, 0.0625, 0.03125, 0.0625, 0.0625,
                          0.0625, 0.0625, 0.015625, 0.0078125, 0.00390625, 0.001953125, 0.001953125, 0.001953125,
                          0.001953125, 0.001953125, 0.001953125, 0.001953125, 0.001953125, 0.001953125])  # fmt: skip

_WARMUP = {"kind": "linear", "start": 0, "end": 0.1, "duration": 20}
_HALVED = plateau(_BUMPY, 0.5, patience=1)
_IN_ITS_PART = plateau(_within(_FLAT, 20, 70), 0.5, patience=2)
_BY_LOSS = plateau(_BUMPY, 0.5, patience=2)
_BY_ACCURACY = plateau(_RISING, 0.25, patience=1, mode="max", threshold=0.01, absolute=True)


def _warmed(k: int) -> float:
    return linear(k, 20, 0.0, 0.1) if k < 20 else 0.1


def _waiting(k: int) -> float:
    if k < 20:
        return linear(k, 20, 0.0, 0.1)
    return 0.1 * _IN_ITS_PART(k) if k < 70 else linear(k - 70, 30, 0.04, 0.01)


def _staying(k: int) -> float:
    return 0.3 * plateau(_within(_FLAT, 0, 40), 0.7, patience=1)(k)


def _cosine(k: int) -> float:
    return cosine(k, 120, 0.1, 0.001)


CASES: Sequence[Case] = (
    _case(
        "plateau_over_a_warmup",
        "a factor over the whole run observes from the start, and lowers the warm-up too",
        _product({"kind": "sequence", "parts": [_WARMUP, 0.1]}, _stall(factor=0.5, patience=1)),
        lambda k: _warmed(k) * _HALVED(k),
        {"loss": _BUMPY},
        marks=[20, *_BUMPS],
        stop=130,
    ),
    _case(
        "plateau_after_a_warmup",
        "a part observes while it runs: what comes before and after it is not counted",
        {
            "kind": "sequence",
            "parts": [
                _WARMUP,
                {**_product(0.1, _stall(factor=0.5, patience=2)), "duration": 50},
                {"kind": "linear", "start": 0.04, "end": 0.01, "duration": 30},
            ],
        },
        _waiting,
        {"loss": _FLAT},
        marks=[20, 30, 39, 48, 57, 66, 70, 100],
        stop=130,
    ),
    _case(
        "plateau_that_ends",
        "a factor that has ended holds what it reached, whatever is observed from then on",
        _product(0.3, _stall(factor=0.7, patience=1, duration=40)),
        _staying,
        {"loss": _FLAT},
        marks=[6, 12, 18, 24, 30, 36, 40],
        total=60,
        far=True,
    ),
    _case(
        "plateau_and_cosine",
        "drops multiply a curve that goes on falling, down to the factor's minimum",
        _product({"kind": "cosine", "start": 0.1, "end": 0.001}, _stall(factor=0.5, patience=1, minimum=0.2)),
        lambda k: _cosine(k) * plateau(_BUMPY, 0.5, patience=1, minimum=0.2)(k),
        {"loss": _BUMPY},
        marks=[12, 24, 32, 60, 110],
        total=120,
    ),
    _case(
        "plateau_with_a_floor",
        "a clip bounds the value, not the factor: drops below the floor go on being counted",
        {
            "kind": "clip",
            "minimum": 0.02,
            "curve": _product({"kind": "linear", "start": 0.1, "end": 0.3}, _stall(factor=0.25, patience=2)),
        },
        lambda k: max(linear(k, 100, 0.1, 0.3) * plateau(_FLAT, 0.25, patience=2)(k), 0.02),
        {"loss": _FLAT},
        marks=[9, 18, 27, 50],
        total=100,
    ),
    _case(
        "plateau_of_two_metrics",
        "two factors watch two metrics, the larger of which is better in one",
        _product(
            0.1,
            _stall(factor=0.5, patience=2),
            _stall("accuracy", factor=0.25, patience=1, mode="max", threshold=0.01, threshold_mode="abs"),
        ),
        lambda k: 0.1 * _BY_LOSS(k) * _BY_ACCURACY(k),
        {"loss": _BUMPY, "accuracy": _RISING},
        marks=[15, 28, 35, 45, 48, 55, 70, 72, 80, 90],
        stop=130,
    ),
    _case(
        "plateau_of_plateaus",
        "two factors of one metric count apart, each with its own patience",
        _product(0.4, _stall(factor=0.5, patience=1), _stall(factor=0.9, patience=3, cooldown=1)),
        lambda k: 0.4 * plateau(_FLAT, 0.5, patience=1)(k) * plateau(_FLAT, 0.9, patience=3, cooldown=1)(k),
        {"loss": _FLAT},
        marks=[6, 12, 18, 24, 27, 30, 36, 42, 57],
        stop=80,
    ),
    _case(
        "plateau_rule_keras",
        "Keras drops one observation earlier than torch, and counts the last of its cooldown",
        _product(0.1, _stall(factor=0.5, patience=2, cooldown=2, rule="keras", threshold_mode="abs")),
        lambda k: 0.1 * plateau(_BUMPY, 0.5, rule="keras", patience=2, cooldown=2, absolute=True)(k),
        {"loss": _BUMPY},
        marks=[12, 24, 44, 56, 68, 80, 92],
        stop=130,
    ),
    _case(
        "plateau_rule_optax",
        "optax drops one observation earlier than torch, and counts none of its cooldown",
        _product(0.1, _stall(factor=0.5, patience=2, cooldown=2, rule="optax")),
        lambda k: 0.1 * plateau(_BUMPY, 0.5, rule="optax", patience=2, cooldown=2)(k),
        {"loss": _BUMPY},
        marks=[12, 28, 44, 68, 84],
        stop=130,
    ),
    _case(
        "plateau_with_pauses",
        "a run is cut in the middle of a long cooldown, which goes on as if it had not been",
        _product(0.1, _stall(factor=0.5, patience=1, cooldown=6)),
        lambda k: 0.1 * plateau(_every(2, [0.5] * 50), 0.5, patience=1, cooldown=6)(k),
        {"loss": _every(2, [0.5] * 50)},
        marks=[4, 20, 36, 52, 68],
        stop=80,
    ),
    _case(
        "plateau_of_odd_metrics",
        "what is not a number, and an infinity on the bad side, are never better, also as the first metric",
        _product(0.1, _stall(factor=0.5, patience=1)),
        lambda k: 0.1 * plateau(_ODD, 0.5, patience=1)(k),
        {"loss": _ODD},
        marks=[9, 18, 27, 33, 45, 51, 63],
        stop=90,
    ),
    Case(
        name="plateau_of_groups",
        why="a scaled group shares the plateau of the document, an entry of its own has one of its own",
        spec={
            "unisched": 1,
            "schedules": {"learning_rate": _product(0.1, _stall(factor=0.5, patience=1))},
            "groups": {
                "backbone*": {"learning_rate": {"scale": 0.1}},
                "head": {"learning_rate": _product(0.3, _stall("accuracy", factor=0.25, patience=1, mode="max"))},
                "frozen": {"learning_rate": 0},
            },
        },
        targets=[
            Target(worth=lambda k: 0.1 * _HALVED(k)),
            Target(group="backbone.1", worth=lambda k: 0.1 * _HALVED(k) * 0.1),
            Target(group="head", worth=lambda k: 0.3 * plateau(_RISING, 0.25, patience=1, mode="max")(k)),
            Target(group="frozen", worth=lambda k: 0.0),
        ],
        metrics={"loss": _BUMPY, "accuracy": _RISING},
        marks=[15, 20, *_BUMPS],
        stop=120,
        far=False,
    ),
    Case(
        name="plateau_of_weight_decay",
        why="a hyperparameter may watch a metric while the rate watches none",
        spec={
            "unisched": 1,
            "total": 120,
            "schedules": {
                "learning_rate": {"kind": "cosine", "start": 0.1, "end": 0.001},
                "weight_decay": _product(0.05, _stall("accuracy", factor=0.5, patience=2, mode="max")),
            },
        },
        targets=[
            Target(worth=_cosine),
            Target(
                hyperparameter="weight_decay",
                worth=lambda k: 0.05 * plateau(_RISING, 0.5, patience=2, mode="max")(k),
            ),
        ],
        metrics={"accuracy": _RISING},
        marks=[20, 40, 55, 75, 90],
        total=120,
        far=False,
    ),
    Case(
        name="plateau_of_the_optimizers_rate",
        why="the factor multiplies what each group was given",
        spec={
            "unisched": 1,
            "schedules": {"learning_rate": {"base": "optimizer", "curve": _stall(factor=0.5, patience=1)}},
        },
        targets=[
            Target(group="body", worth=lambda k: 0.01 * _HALVED(k)),
            Target(group="head", worth=lambda k: 0.3 * _HALVED(k)),
        ],
        optimizer={"body": {"learning_rate": 0.01}, "head": {"learning_rate": 0.3}},
        metrics={"loss": _BUMPY},
        marks=_BUMPS,
        stop=120,
        far=False,
    ),
    _case(
        "plateau_to_the_last_update",
        "a program that ends in an error feels its metrics up to its end",
        _product({"kind": "linear", "start": 0.3, "end": 0.1}, _stall(factor=0.5, patience=1)),
        lambda k: linear(k, 60, 0.3, 0.1) * plateau(_FLAT, 0.5, patience=1)(k),
        {"loss": _FLAT},
        marks=[6, 12, 18, 24, 30, 54],
        total=60,
        stop=60,
        after="error",
    ),
    _case(
        "greedy_rate",
        "the greedy rule of Transformers raises a rate and lowers it, within its bounds",
        {
            "base": 0.1,
            "curve": {
                "kind": "transformers.greedy",
                "monitor": "loss",
                "factor": 0.5,
                "patience": 2,
                "min_lr": 0.02,
                "max_lr": 0.15,
                "cooldown": 1,
                "warmup": 1,
            },
        },
        greedy(_UP_AND_DOWN, 0.1, factor=0.5, patience=2, lowest=0.02, highest=0.15, cooldown=1, warmup=1),
        {"loss": _UP_AND_DOWN},
        marks=[4, 14, 26, 34, 44, 52],
        stop=70,
    ),
)
