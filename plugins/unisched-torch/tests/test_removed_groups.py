"""Param groups that are taken out of the optimizer's list, by `del` or `clear`: those that stay go on as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer
from unisched_torch import UnischedLR

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

SPEC: dict[str, Any] = {
    "total": 10,
    "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}},
    "groups": {
        "b": {"learning_rate": {"scale": 0.5}},
        "c": {"learning_rate": {"scale": 0.25}},
        "late*": {"learning_rate": {"from": "birth", "curve": {"kind": "linear", "start": 0, "end": 8, "duration": 8}}},
    },
}
SCALES = {"a": 1, "b": 0.5, "c": 0.25}


def moved(scheduler: UnischedLR, update: Update, steps: int = 1) -> None:
    for _ in range(steps):
        update(scheduler.optimizer)
        scheduler.step()


@pytest.mark.parametrize("driver", ["step", "optimizer"])
@pytest.mark.parametrize("named", ["by the group", "by group_names"])
@pytest.mark.parametrize("gone", ["a", "b", "c"])
def test_the_groups_that_stay_keep_their_names_and_values(
    make: Make, update: Update, gone: str, named: str, driver: Any
) -> None:
    optimizer = make(SGD, ("a", "b", "c"))
    if named == "by group_names":
        for group in optimizer.param_groups:
            del group["name"]
    scheduler = UnischedLR(optimizer, SPEC, driver=driver, group_names=["a", "b", "c"])
    moved(scheduler, update, 2)
    del optimizer.param_groups["abc".index(gone)]
    moved(scheduler, update, 3)
    stay = [name for name in "abc" if name != gone]
    assert scheduler.last_epoch == 5
    assert [group["lr"] for group in optimizer.param_groups] == [0.5 * SCALES[name] for name in stay]
    assert scheduler.last_used() == {f"lr-{name}": pytest.approx(0.6 * SCALES[name]) for name in stay}


def test_a_group_in_the_place_of_one_that_is_gone_has_its_own_birth(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("a", "b", "c")), SPEC)
    moved(scheduler, update, 3)
    del scheduler.optimizer.param_groups[1]
    scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "name": "late.b"})
    moved(scheduler, update, 3)
    assert scheduler.state().births == {"late.b": 4}
    assert [group["lr"] for group in scheduler.optimizer.param_groups] == [0.4, 0.1, 2]


def test_groups_in_another_order_keep_their_values(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("a", "b", "c")), SPEC)
    moved(scheduler, update, 2)
    scheduler.optimizer.param_groups.reverse()
    moved(scheduler, update, 2)
    assert [group["lr"] for group in scheduler.optimizer.param_groups] == [0.15, 0.3, 0.6]
    assert scheduler.last_used() == {"lr-c": 0.175, "lr-b": 0.35, "lr-a": 0.7}
