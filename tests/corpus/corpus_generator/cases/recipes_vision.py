"""Schedules of vision: several hyperparameters, unlike layers, milestones, staged fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target
from corpus_generator.cases.bases import given
from corpus_generator.cases.recipes import document, full
from corpus_generator.leaves import cosine, held, linear

__all__ = ["CASES"]


def _dinov2(k: int) -> float:
    if k < 12500:
        return linear(k, 12500, 0.0, 4e-3)
    return cosine(k - 12500, 612500, 4e-3, 1e-6)


def _dinov2_weight_decay(k: int) -> float:
    return cosine(k, 625000, 0.04, 0.4)


def _detectron2(k: int) -> float:
    warm = linear(k, 1000, 0.001, 1.0)
    return 0.02 * (warm * held(k, [(0, 1.0), (60000, 0.1), (80000, 0.01)]))


def _mae(k: int) -> float:
    if k < 50:
        return linear(k, 50, 0.0, 1.0)
    return cosine(k - 50, 950, 1.0, 1e-3)


def _backbone(k: int) -> float:
    return cosine(k, 1000, 1e-3, 0.0)


def _staged(k: int) -> float:
    if k < 20:
        return linear(k, 20, 0.0, 1e-3)
    if k < 200:
        return cosine(k - 20, 180, 1e-3, 0.0)
    if k < 240:
        return linear(k - 200, 40, 0.0, 1e-4)
    return cosine(k - 240, 360, 1e-4, 0.0)


CASES: Sequence[Case] = (
    Case(
        name="dinov2",
        why="four hyperparameters and three groups: a scale, a constant, and a layer frozen for an epoch",
        spec=document(
            "dinov2",
            "DINOv2: rate, weight decay, teacher momentum and temperature, layer decay, a frozen last layer",
            total="500 epochs",
            steps_per_epoch=1250,
            schedules={
                "learning_rate": {"kind": "warmup_cosine", "peak": 4e-3, "warmup": "10 epochs", "end": 1e-6},
                "weight_decay": {"kind": "cosine", "start": 0.04, "end": 0.4},
                "teacher_momentum": {"kind": "cosine", "start": 0.992, "end": 1},
                "teacher_temperature": {"kind": "linear", "start": 0.04, "end": 0.07, "duration": "30 epochs"},
            },
            groups={
                "block_00": {"learning_rate": {"scale": 0.0798}},
                "no_decay*": {"weight_decay": 0},
                "last_layer": {
                    "learning_rate": {
                        "scale": {
                            "kind": "piecewise",
                            "interpolation": "previous",
                            "points": [[0, 0], ["1 epoch", 1]],
                        }
                    }
                },
            },
        ),
        targets=[
            Target(worth=_dinov2),
            Target(hyperparameter="weight_decay", worth=_dinov2_weight_decay),
            Target(hyperparameter="teacher_momentum", worth=lambda k: cosine(k, 625000, 0.992, 1.0)),
            Target(hyperparameter="teacher_temperature", worth=lambda k: linear(k, 37500, 0.04, 0.07)),
            Target(group="block_00", worth=lambda k: _dinov2(k) * 0.0798),
            Target(group="block_00", hyperparameter="weight_decay", worth=_dinov2_weight_decay),
            Target(group="no_decay_bias", worth=_dinov2),
            Target(group="no_decay_bias", hyperparameter="weight_decay", worth=lambda k: 0.0),
            Target(group="last_layer", worth=lambda k: _dinov2(k) * held(k, [(0, 0.0), (1250, 1.0)])),
        ],
        marks=[1250, 12500, 37500],
        total=625000,
        example=True,
    ),
    full(
        "detectron2_multistep",
        "detectron2: milestones at 60000 and 80000 of 90000, 1000 steps of warm-up from a thousandth",
        "base times (warm-up times milestones), in that order",
        _detectron2,
        marks=[1000, 60000, 80000],
        total=90000,
        content={
            "total": 90000,
            "schedules": {
                "learning_rate": {
                    "base": 0.02,
                    "curve": {
                        "kind": "product",
                        "curves": [
                            {"kind": "linear", "start": 0.001, "end": 1, "duration": 1000},
                            {
                                "kind": "piecewise",
                                "interpolation": "previous",
                                "points": [[0, 1], [60000, 0.1], [80000, 0.01]],
                            },
                        ],
                    },
                }
            },
        },
    ),
    Case(
        name="mae_layer_decay",
        why="layer decay is in the optimizer's groups; the schedule is a factor of each",
        spec=document(
            "mae_layer_decay",
            "MAE and BEiT: warm-up and cosine over the optimizer's own rates of each layer",
            total="100 epochs",
            steps_per_epoch=10,
            schedules={
                "learning_rate": {
                    "base": "optimizer",
                    "curve": {"kind": "warmup_cosine", "peak": 1, "warmup": "5 epochs", "end": 1e-3},
                }
            },
        ),
        **given(_mae, layer_0=1e-3 * 0.75**2, layer_1=1e-3 * 0.75, head=1e-3),
        marks=[50],
        total=1000,
        example=True,
    ),
    Case(
        name="backbone_at_a_tenth",
        why="a pattern that scales, a name that replaces",
        spec=document(
            "backbone_at_a_tenth",
            "The backbone at a tenth of the rate, the head with its own curve and floor",
            total=1000,
            schedules={"learning_rate": {"kind": "cosine", "start": 1e-3, "end": 0}},
            groups={
                "backbone*": {"learning_rate": {"scale": 0.1}},
                "head": {"learning_rate": {"kind": "linear", "start": 1e-3, "end": 1e-4}},
            },
        ),
        targets=[
            Target(worth=_backbone),
            Target(group="backbone.0", worth=lambda k: _backbone(k) * 0.1),
            Target(group="head", worth=lambda k: linear(k, 1000, 1e-3, 1e-4)),
        ],
        marks=[500],
        total=1000,
        example=True,
    ),
    full(
        "staged_fine_tuning",
        "Staged fine-tuning: each stage its own tenth of warm-up",
        "a recipe in a sequence: its percent is of its own two epochs, or of the four that are left",
        _staged,
        marks=[20, 200, 240],
        total=600,
        content={
            "total": "6 epochs",
            "steps_per_epoch": 100,
            "schedules": {
                "learning_rate": {
                    "kind": "sequence",
                    "parts": [
                        {"kind": "warmup_cosine", "peak": 1e-3, "warmup": "10%", "duration": "2 epochs"},
                        {"kind": "warmup_cosine", "peak": 1e-4, "warmup": "10%"},
                    ],
                }
            },
        },
    ),
)
