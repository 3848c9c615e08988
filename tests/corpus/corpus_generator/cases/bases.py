"""Bases: factors of a number, factors of what the optimizer was given, and values that stay absolute under both.

A ramp between a factor and an absolute value is the base times one ramp, down to 0, plus another, up from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpus_generator.case import Case, Target, Worth, rate
from corpus_generator.leaves import cosine, held, linear, rate_decay

__all__ = ["CASES", "absolute_cosine", "given"]


def absolute_cosine(k: int, n: int, base: float, end: float) -> float:
    """A cosine from a factor of one, under `base`, to the absolute value `end`."""
    return base * cosine(k, n, 1.0, 0.0) + cosine(k, n, 0.0, end)


def given(curve: Worth, **groups: float) -> dict[str, Any]:
    """Give the targets and the optimizer of a learning rate that is a factor of what each group was given."""
    targets = [Target(group=name, worth=_times(base, curve)) for name, base in groups.items()]
    return {"targets": targets, "optimizer": {name: {"learning_rate": base} for name, base in groups.items()}}


def _times(base: float, curve: Worth) -> Worth:
    return lambda k: base * curve(k)


def _warmup_cosine(k: int) -> float:
    if k < 30:
        return linear(k, 30, 0.0, 1.0)
    return cosine(k - 30, 270, 1.0, 0.01)


_WARMUP_COSINE = {"kind": "warmup_cosine", "peak": 1, "warmup": 30, "end": 0.01}

CASES: Sequence[Case] = (
    rate(
        "base_number",
        "0.1 times the curve's rounded value, not a curve of rounded products",
        {"base": 0.1, "curve": _WARMUP_COSINE},
        lambda k: 0.1 * _warmup_cosine(k),
        total=300,
        marks=[30],
    ),
    rate(
        "base_number_nested",
        "the base multiplies the finished product once",
        {
            "base": 0.3,
            "curve": {"kind": "product", "curves": [0.7, {"kind": "linear", "start": 0.9, "end": 0.1}]},
        },
        lambda k: 0.3 * (0.7 * linear(k, 90, 0.9, 0.1)),
        total=90,
        marks=[45],
    ),
    rate(
        "base_number_scales_floors",
        "bounds of a clip are factors of the base too",
        {"base": 0.2, "curve": {"kind": "clip", "minimum": 0.3, "curve": {"kind": "cosine", "start": 1, "end": 0}}},
        lambda k: 0.2 * max(cosine(k, 100, 1.0, 0.0), 0.3),
        total=100,
        marks=[63, 64],
    ),
    Case(
        name="base_number_absolute_end",
        why="a cosine from the base to 1e-5, whatever the base",
        spec={
            "unisched": 1,
            "total": 400,
            "schedules": {
                "learning_rate": {
                    "base": 0.1,
                    "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 1e-5}},
                }
            },
        },
        targets=[Target(worth=lambda k: absolute_cosine(k, 400, 0.1, 1e-5))],
        marks=[100, 200, 300],
        total=400,
        plain=True,
    ),
    rate(
        "base_number_absolute_points",
        "one point of many may be absolute",
        {
            "base": 0.3,
            "curve": {
                "kind": "piecewise",
                "interpolation": "previous",
                "points": [[0, 1], [40, 0.1], [80, {"absolute": 0.001}]],
            },
        },
        lambda k: held(k, [(0, 0.3 * 1.0), (40, 0.3 * 0.1), (80, 0.001)]),
        total=120,
        marks=[40, 80],
    ),
    rate(
        "base_number_absolute_floor",
        "a floor of 0.003 under any base",
        {
            "base": 0.1,
            "curve": {
                "kind": "clip",
                "minimum": {"absolute": 0.003},
                "curve": {"kind": "cosine", "start": 1, "end": 0},
            },
        },
        lambda k: max(0.1 * cosine(k, 250, 1.0, 0.0), 0.003),
        total=250,
        marks=[222, 223],
    ),
    rate(
        "base_number_absolute_part",
        "a constant part of a sequence that the base does not touch",
        {
            "base": 0.1,
            "curve": {
                "kind": "sequence",
                "parts": [
                    {"kind": "linear", "start": 0.3, "end": 1, "duration": 50},
                    {"kind": "constant", "value": {"absolute": 0.07}},
                ],
            },
        },
        lambda k: 0.1 * linear(k, 50, 0.3, 1.0) if k < 50 else 0.07,
        total=100,
        marks=[50],
    ),
    Case(
        name="base_number_of_weight_decay",
        why="each hyperparameter has its own base",
        spec={
            "unisched": 1,
            "total": 100,
            "schedules": {
                "learning_rate": {"base": 0.1, "curve": {"kind": "linear", "start": 1, "end": 0.3}},
                "weight_decay": {"base": 0.05, "curve": {"kind": "cosine", "start": 1, "end": 3}},
            },
        },
        targets=[
            Target(worth=lambda k: 0.1 * linear(k, 100, 1.0, 0.3)),
            Target(hyperparameter="weight_decay", worth=lambda k: 0.05 * cosine(k, 100, 1.0, 3.0)),
        ],
        marks=[50],
        total=100,
    ),
    Case(
        name="base_optimizer",
        why="each group keeps the rate it was given as its base",
        spec={
            "unisched": 1,
            "total": 300,
            "schedules": {"learning_rate": {"base": "optimizer", "curve": _WARMUP_COSINE}},
        },
        **given(_warmup_cosine, backbone=0.01, head=0.3),
        marks=[30],
        total=300,
    ),
    Case(
        name="base_optimizer_as_argument",
        why="without an optimizer the base comes as an argument",
        spec={
            "unisched": 1,
            "total": 300,
            "schedules": {"learning_rate": {"base": "optimizer", "curve": _WARMUP_COSINE}},
        },
        clock={"base": 0.07},
        targets=[Target(worth=lambda k: 0.07 * _warmup_cosine(k))],
        marks=[30],
        total=300,
    ),
    Case(
        name="base_optimizer_absolute_end",
        why="two groups with unlike bases meet at the same absolute end",
        spec={
            "unisched": 1,
            "total": 400,
            "schedules": {
                "learning_rate": {
                    "base": "optimizer",
                    "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 1e-4}},
                }
            },
        },
        targets=[
            Target(group="body", worth=lambda k: absolute_cosine(k, 400, 0.01, 1e-4)),
            Target(group="head", worth=lambda k: absolute_cosine(k, 400, 0.3, 1e-4)),
        ],
        optimizer={"body": {"learning_rate": 0.01}, "head": {"learning_rate": 0.3}},
        marks=[100, 200, 300],
        total=400,
    ),
    Case(
        name="base_optimizer_scaled_group",
        why="the group's own base, then the curve, then the scale",
        spec={
            "unisched": 1,
            "total": 100,
            "schedules": {
                "learning_rate": {"base": "optimizer", "curve": {"kind": "exponential", "start": 1, "rate": 0.97}}
            },
            "groups": {"head*": {"learning_rate": {"scale": 7}}},
        },
        targets=[
            Target(group="body", worth=lambda k: 0.01 * rate_decay(k, 1.0, 0.97)),
            Target(group="head.0", worth=lambda k: 0.3 * rate_decay(k, 1.0, 0.97) * 7.0),
        ],
        optimizer={"body": {"learning_rate": 0.01}, "head.0": {"learning_rate": 0.3}},
        marks=[50],
        total=100,
        far=False,
    ),
    Case(
        name="base_optimizer_of_two",
        why="rate and weight decay are both factors of what each group was given",
        spec={
            "unisched": 1,
            "total": 100,
            "schedules": {
                "learning_rate": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}},
                "weight_decay": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0.1}},
            },
        },
        targets=[
            Target(group="body", worth=lambda k: 0.01 * linear(k, 100, 1.0, 0.0)),
            Target(group="body", hyperparameter="weight_decay", worth=lambda k: 0.3 * linear(k, 100, 1.0, 0.1)),
            Target(group="bias", worth=lambda k: 0.02 * linear(k, 100, 1.0, 0.0)),
            Target(group="bias", hyperparameter="weight_decay", worth=lambda k: 0.0 * linear(k, 100, 1.0, 0.1)),
        ],
        optimizer={
            "body": {"learning_rate": 0.01, "weight_decay": 0.3},
            "bias": {"learning_rate": 0.02, "weight_decay": 0.0},
        },
        marks=[50],
        total=100,
    ),
)
