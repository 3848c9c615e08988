"""The greedy rule in a torch optimizer, beside the class of Transformers on an optimizer of the same groups.

1 000 random sequences of metrics, two param groups that were given one rate.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import torch
from torch.optim import SGD, Optimizer
from transformers.optimization import GreedyLR

import unisched

SEQUENCES = 1000


def fields(draw: random.Random) -> dict[str, Any]:
    return {
        "mode": draw.choice(["min", "max"]), "patience": draw.randint(0, 4), "cooldown": draw.randint(0, 3),
        "factor": draw.choice([0.1, 0.5, 0.9, 0.95]), "threshold": draw.choice([1e-6, 0.0, 0.1]),
        "threshold_mode": draw.choice(["rel", "abs"]), "warmup": draw.randint(0, 3),
        "min_lr": draw.choice([0.0, 1e-3, 0.05]), "max_lr": draw.choice([0.11, 0.5, 1.0]),
        "eps": draw.choice([1e-8, 0.0, 1e-3]), "smooth": draw.random() < 0.4, "window_size": draw.randint(1, 6),
        "reset_start": draw.choice([0, 1, 2, 500]),
    }  # fmt: skip


def metrics(draw: random.Random) -> list[float]:
    length = draw.randint(1, 50)
    levels = draw.choice([[0.1, 0.2, 0.3, -0.1, 0.0], [draw.random() for _ in range(20)]])
    return [math.nan if draw.random() < 0.01 else draw.choice(levels) for _ in range(length)]


def optimizer_of(rate: float) -> Optimizer:
    return SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(2)], lr=rate)


def distances(sequences: int, patience: int = 0) -> Iterator[float]:
    """Give, after each observation and for each group, the relative distance of ours to theirs."""
    for seed in range(sequences):
        draw = random.Random(f"greedy {seed}")
        given, rate = fields(draw), draw.choice([0.1, 1e-3, 0.3, 0.049])
        theirs = GreedyLR(optimizer_of(rate), **given | {"patience": given["patience"] + patience})
        document = {"kind": "transformers.greedy", "monitor": "loss", **given}
        ours = unisched.build(document, "torch", optimizer=optimizer_of(rate))
        for metric in metrics(draw):
            theirs.step(metric)
            ours.observe(metric)
            for mine, other in zip(ours.optimizer.param_groups, theirs.optimizer.param_groups, strict=True):
                largest = max(abs(mine["lr"]), abs(other["lr"]))
                yield abs(mine["lr"] - other["lr"]) / largest if largest else 0.0


def test_every_rate_is_that_of_the_class_of_transformers() -> None:
    found = list(distances(SEQUENCES))
    print(f"{len(found)} rates, worst relative distance {max(found):.3g}")
    assert max(found) <= 2.0**-52


def test_a_patience_of_two_more_is_noticed() -> None:
    assert max(distances(20, patience=2)) > 1e-3
