"""Several hyperparameters and param groups: who reads which curve, and what multiplies what.

The group of a target is the name of a param group as an optimizer has it ("backbone.0"), not the pattern that
catches it; a target without a group is any group that nothing in the document names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpus_generator.case import Case, Target
from corpus_generator.leaves import cosine, held, linear, polynomial, rate_decay

__all__ = ["CASES"]


def _document(total: int, schedules: Any, groups: Any | None = None) -> dict[str, Any]:
    document = {"unisched": 1, "total": total, "schedules": schedules}
    return document if groups is None else {**document, "groups": groups}


def _warmup_cosine(k: int) -> float:
    if k < 20:
        return linear(k, 20, 0.0, 1e-3)
    return cosine(k - 20, 180, 1e-3, 1e-5)


_WARMUP_COSINE = {"kind": "warmup_cosine", "peak": 1e-3, "warmup": 20, "end": 1e-5}
_COSINE = {"kind": "cosine", "start": 0.1, "end": 0.001}


def _cosine(k: int) -> float:
    return cosine(k, 200, 0.1, 0.001)


CASES: Sequence[Case] = (
    Case(
        name="weight_decay_and_momentum",
        why="three hyperparameters of SGD, each with its own boundaries",
        spec=_document(
            200,
            {
                "learning_rate": _WARMUP_COSINE,
                "weight_decay": {"kind": "cosine", "start": 0.04, "end": 0.4},
                "momentum": {"kind": "linear", "start": 0.85, "end": 0.95, "duration": 60},
            },
        ),
        targets=[
            Target(worth=_warmup_cosine),
            Target(hyperparameter="weight_decay", worth=lambda k: cosine(k, 200, 0.04, 0.4)),
            Target(hyperparameter="momentum", worth=lambda k: linear(k, 60, 0.85, 0.95)),
        ],
        marks=[20, 60],
        total=200,
    ),
    Case(
        name="betas_of_adam",
        why="beta1 is not momentum; betas and epsilon sit beside the rate",
        spec=_document(
            200,
            {
                "learning_rate": _COSINE,
                "beta1": {"kind": "linear", "start": 0.95, "end": 0.85, "duration": "25%"},
                "beta2": {"kind": "piecewise", "interpolation": "previous", "points": [[0, 0.95], [100, 0.999]]},
                "epsilon": 1e-8,
            },
        ),
        targets=[
            Target(worth=_cosine),
            Target(hyperparameter="beta1", worth=lambda k: linear(k, 50, 0.95, 0.85)),
            Target(hyperparameter="beta2", worth=lambda k: held(k, [(0, 0.95), (100, 0.999)])),
            Target(hyperparameter="epsilon", worth=lambda k: 1e-8),
        ],
        marks=[50, 100],
        total=200,
    ),
    Case(
        name="weight_decay_alone",
        why="a document need not schedule a learning rate at all",
        spec=_document(150, {"weight_decay": {"kind": "polynomial", "start": 0.2, "end": 0.02, "power": 2}}),
        targets=[Target(hyperparameter="weight_decay", worth=lambda k: polynomial(k, 150, 0.2, 0.02, exponent=2.0))],
        marks=[75],
        total=150,
    ),
    Case(
        name="negative_values",
        why="a hyperparameter that is not a rate may be negative",
        spec=_document(120, {"reward_offset": {"kind": "linear", "start": -0.5, "end": -0.05}}),
        targets=[Target(hyperparameter="reward_offset", worth=lambda k: linear(k, 120, -0.5, -0.05))],
        marks=[50],
        total=120,
    ),
    Case(
        name="groups_scaled",
        why="a scale multiplies the finished value, floor and all; other groups are untouched",
        spec=_document(
            200,
            {"learning_rate": {"kind": "clip", "minimum": 0.02, "curve": _COSINE}},
            {"backbone": {"learning_rate": {"scale": 0.1}}, "head": {"learning_rate": {"scale": 3}}},
        ),
        targets=[
            Target(worth=lambda k: max(_cosine(k), 0.02)),
            Target(group="backbone", worth=lambda k: max(_cosine(k), 0.02) * 0.1),
            Target(group="head", worth=lambda k: max(_cosine(k), 0.02) * 3.0),
        ],
        marks=[140, 141],
        total=200,
    ),
    Case(
        name="groups_overridden",
        why="an entry of a group takes the place of the document's, with boundaries of its own",
        spec=_document(
            200,
            {"learning_rate": _COSINE},
            {
                "head": {"learning_rate": {"kind": "linear", "start": 0.5, "end": 0, "duration": 120}},
                "frozen": {"learning_rate": 0},
                "bias": {"learning_rate": {"base": 0.2, "curve": {"kind": "exponential", "start": 1, "rate": 0.99}}},
            },
        ),
        targets=[
            Target(worth=_cosine),
            Target(group="head", worth=lambda k: linear(k, 120, 0.5, 0.0)),
            Target(group="frozen", worth=lambda k: 0.0),
            Target(group="bias", worth=lambda k: 0.2 * rate_decay(k, 1.0, 0.99)),
        ],
        marks=[120],
        total=200,
        far=False,
    ),
    Case(
        name="groups_by_pattern",
        why="a pattern catches every name it fits, an exact name beats it, and nothing else is caught",
        spec=_document(
            200,
            {"learning_rate": _COSINE},
            {"backbone*": {"learning_rate": {"scale": 0.1}}, "backbone.7": {"learning_rate": {"scale": 0.7}}},
        ),
        targets=[
            Target(worth=_cosine),
            Target(group="backbone", worth=lambda k: _cosine(k) * 0.1),
            Target(group="backbone.0", worth=lambda k: _cosine(k) * 0.1),
            Target(group="backbone.7", worth=lambda k: _cosine(k) * 0.7),
            Target(group="head", worth=_cosine),
        ],
        marks=[100],
        total=200,
    ),
    Case(
        name="groups_scaled_by_a_curve",
        why="a scale may be a curve on the document's clock: a layer frozen for its first 30 steps",
        spec=_document(
            200,
            {"learning_rate": _WARMUP_COSINE},
            {
                "last_layer": {
                    "learning_rate": {
                        "scale": {"kind": "piecewise", "interpolation": "previous", "points": [[0, 0], [30, 1]]}
                    }
                },
                "body": {"learning_rate": {"scale": {"kind": "linear", "start": 0.1, "end": 0.9}}},
            },
        ),
        targets=[
            Target(worth=_warmup_cosine),
            Target(group="last_layer", worth=lambda k: _warmup_cosine(k) * held(k, [(0, 0.0), (30, 1.0)])),
            Target(group="body", worth=lambda k: _warmup_cosine(k) * linear(k, 200, 0.1, 0.9)),
        ],
        marks=[20, 30],
        total=200,
    ),
    Case(
        name="groups_of_each_hyperparameter",
        why="a group may change one hyperparameter and leave the other as it is",
        spec=_document(
            200,
            {"learning_rate": _COSINE, "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4}},
            {
                "no_decay": {"weight_decay": 0},
                "embeddings": {"learning_rate": {"scale": 0.3}, "weight_decay": {"scale": 0.5}},
            },
        ),
        targets=[
            Target(worth=_cosine),
            Target(hyperparameter="weight_decay", worth=lambda k: linear(k, 200, 0.04, 0.4)),
            Target(group="no_decay", worth=_cosine),
            Target(group="no_decay", hyperparameter="weight_decay", worth=lambda k: 0.0),
            Target(group="embeddings", worth=lambda k: _cosine(k) * 0.3),
            Target(group="embeddings", hyperparameter="weight_decay", worth=lambda k: linear(k, 200, 0.04, 0.4) * 0.5),
        ],
        marks=[100],
        total=200,
    ),
    Case(
        name="groups_from_birth",
        why="a late group counts from the step at which it appeared, with its own curve, base or the document's",
        spec=_document(
            200,
            {"learning_rate": _WARMUP_COSINE},
            {
                "encoder": {"learning_rate": {"from": "birth", "curve": _WARMUP_COSINE}},
                "adapter": {
                    "learning_rate": {
                        "from": "birth",
                        "base": 0.5,
                        "curve": {"kind": "linear", "start": 0, "end": 1, "duration": 40},
                    }
                },
                "decoder": {"learning_rate": {"from": "birth", "scale": 0.5}},
                "early": {"learning_rate": {"from": "birth", "scale": {"kind": "linear", "start": 0, "end": 1}}},
            },
        ),
        births={"encoder": 60, "adapter": 61, "decoder": 130},
        targets=[
            Target(worth=_warmup_cosine),
            Target(group="encoder", worth=lambda k: _warmup_cosine(max(k - 60, 0))),
            Target(group="adapter", worth=lambda k: linear(max(k - 61, 0), 40, 0.0, 1.0) * 0.5),
            Target(group="decoder", worth=lambda k: _warmup_cosine(max(k - 130, 0)) * 0.5),
            Target(group="early", worth=lambda k: _warmup_cosine(k) * linear(k, 200, 0.0, 1.0)),
        ],
        marks=[20, 60, 61, 80, 101, 130, 150],
        total=200,
    ),
)
