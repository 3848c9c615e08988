"""Param groups of different rates, beside torch's own plateau on an optimizer of the same groups.

1 000 random sequences of metrics. A drop of ours is a power where torch's is a product, so rates agree within the
roundings of as many products as there are drops.
"""

from __future__ import annotations

import itertools
import math
import operator
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau
from unisched_torch import UnischedLR, reached

SEQUENCES = 1000
BOUND = 2.0**-46
Case = tuple[dict[str, Any], dict[str, Any], list[float]]


def metrics(draw: random.Random) -> list[float]:
    length = draw.randint(1, 50)
    changes = (draw.choice([0.9, 0.99, 1.0, 1.0, 1.01, 0.9999]) for _ in range(length))
    match draw.randrange(3):
        case 0:
            values = [draw.random() for _ in range(length)]
        case 1:
            values = list(itertools.accumulate(changes, operator.mul))
        case _:
            values = [draw.choice([0.1, 0.2, 0.3, -0.1, -0.2, 0.0]) for _ in range(length)]
    return [math.nan if draw.random() < 0.02 else value for value in values]


def fields(draw: random.Random) -> dict[str, Any]:
    return {
        "mode": draw.choice(["min", "max"]), "patience": draw.randint(0, 3), "cooldown": draw.randint(0, 2),
        "factor": draw.choice([0.1, 0.5, 0.9]), "threshold": draw.choice([1e-4, 0.0, 0.1]),
        "threshold_mode": draw.choice(["rel", "abs"]), "eps": draw.choice([1e-8, 0.0, 1e-3]),
    }  # fmt: skip


def one_for_all(draw: random.Random) -> Case:
    """One plateau with one floor, over groups of rates that may be alike."""
    given = fields(draw) | {"min_lr": draw.choice([0.0, 1e-3, 0.05])}
    rates = [draw.choice([0.1, 0.3, 1e-3, 1e-7, 0.04]) for _ in range(draw.randint(1, 4))]
    return given, {"kind": "torch.ReduceLROnPlateau", "monitor": "loss", **given}, rates


def a_floor_each(draw: random.Random) -> Case:
    """torch's list of floors, and an entry of its own for each group."""
    shared, rates = fields(draw), [draw.choice([0.1, 0.3, 1e-3, 1e-7]) for _ in range(3)]
    floors = [draw.choice([0.0, 1e-3, 0.05]) for _ in rates]
    entries = [{"kind": "torch.ReduceLROnPlateau", "monitor": "loss", **shared, "min_lr": floor} for floor in floors]
    groups = {str(index): {"learning_rate": entry} for index, entry in enumerate(entries)}
    return shared | {"min_lr": floors}, {"schedules": {"learning_rate": 1}, "groups": groups}, rates


def optimizer_of(rates: list[float]) -> Optimizer:
    return SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates], lr=0.1)


def distances(make: Callable[[random.Random], Case], sequences: int, patience: int = 0) -> Iterator[float]:
    """Give, after each observation and for each group, the relative distance of ours to torch's."""
    for seed in range(sequences):
        draw = random.Random(f"{make.__name__} {seed}")
        given, document, rates = make(draw)
        theirs = ReduceLROnPlateau(optimizer_of(rates), **given | {"patience": given["patience"] + patience})
        ours = UnischedLR(optimizer_of(rates), document)
        for metric in metrics(draw):
            theirs.step(metric)
            ours.observe(metric)
            for mine, other in zip(ours.optimizer.param_groups, theirs.optimizer.param_groups, strict=True):
                yield abs(mine["lr"] - other["lr"]) / other["lr"]


@pytest.mark.parametrize("make", [one_for_all, a_floor_each])
def test_every_group_has_the_rate_that_torchs_own_plateau_gives_it(make: Callable[[random.Random], Case]) -> None:
    found = list(distances(make, SEQUENCES))
    print(f"{make.__name__}: {len(found)} rates, worst relative distance {max(found):.3g}")
    assert max(found) <= BOUND


@pytest.mark.parametrize("make", [one_for_all, a_floor_each])
def test_a_patience_of_two_more_is_noticed(make: Callable[[random.Random], Case]) -> None:
    assert max(distances(make, 20, patience=2)) > 1e-3


def test_drops_that_only_the_largest_rate_feels_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached, "_limit", lambda *_: None)
    assert max(distances(one_for_all, 50)) > 1e-3


def test_groups_of_other_rates_stop_at_eps_and_at_the_floor_each_at_its_own_drop() -> None:
    document = {"kind": "torch.ReduceLROnPlateau", "monitor": "loss", "patience": 0, "eps": 0.002, "min_lr": 0.001}
    scheduler = UnischedLR(optimizer_of([1.0, 0.01, 0.002, 0.0005]), document)
    rows = []
    for _ in range(5):
        scheduler.observe(1)
        rows.append([group["lr"] for group in scheduler.optimizer.param_groups])
    assert rows == [
        [1.0, 0.01, 0.002, 0.0005],
        [pytest.approx(0.1), pytest.approx(0.001), 0.002, 0.0005],
        [pytest.approx(0.01), pytest.approx(0.001), 0.002, 0.0005],
        [pytest.approx(0.001), pytest.approx(0.001), 0.002, 0.0005],
        [pytest.approx(0.001), pytest.approx(0.001), 0.002, 0.0005],
    ]
    assert [kept["drops"] for kept in scheduler.state().feedback.values()] == [3]
