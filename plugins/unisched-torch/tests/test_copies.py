"""Copies and factories: what is pickled, copied or built later is the same schedule."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from torch.optim import Optimizer
from unisched_torch import SchedulerFactory, UnischedLR, backend

import unisched

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]
Train = Callable[[Any, int], list[float]]

DOWN = {"kind": "linear", "start": 1, "end": 0}
FORM = backend.forms["scheduler"]


def test_a_copied_pair_stays_linked_and_leaves_the_original_alone(make: Make, train: Train) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10)
    train(scheduler, 2)
    optimizer, copied = copy.deepcopy((scheduler.optimizer, scheduler))
    assert copied.optimizer is optimizer
    assert train(copied, 3) == [0.8, 0.7, 0.6]
    assert scheduler.optimizer.param_groups[0]["lr"] == 0.8


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))], ids=["deepcopy", "pickle"])
def test_a_copy_of_a_driven_schedule_is_driven_by_the_copied_optimizer(
    make: Make, update: Update, copied: Callable[[UnischedLR], UnischedLR]
) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10, driver="optimizer")
    update(scheduler.optimizer)
    other = copied(scheduler)
    update(other.optimizer)
    assert (scheduler.last_epoch, other.last_epoch) == (1, 2)
    assert other.optimizer.param_groups[0]["lr"] == 0.8


def test_without_an_optimizer_emit_gives_a_factory_that_pickles_and_compares() -> None:
    program, again = (unisched.compile(DOWN, total=4) for _ in range(2))
    other = unisched.compile(DOWN, total=5)
    factory = FORM.emit(program, program.start(), driver="optimizer")
    assert isinstance(factory, SchedulerFactory)
    assert pickle.loads(pickle.dumps(factory)) == factory == FORM.emit(again, again.start(), driver="optimizer")
    assert len({factory, FORM.emit(again, again.start(), driver="optimizer")}) == 1
    assert factory != FORM.emit(other, other.start(), driver="optimizer")


def test_a_factory_makes_the_scheduler_that_emit_would_have_made(make: Make, train: Train) -> None:
    program = unisched.compile(DOWN, total=4)
    scheduler = FORM.emit(program, program.start().at(2), group_names=["head"])(make())  # type: ignore[operator]
    assert isinstance(scheduler, UnischedLR)
    assert train(scheduler, 3) == [0.5, 0.25, 0.0]
