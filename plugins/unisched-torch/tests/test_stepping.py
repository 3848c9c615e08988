"""Stepping: to the end and past it, by threads, and what asking changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

from unisched.errors import StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]
Train = Callable[[Any, int], list[float]]

DOWN = {"kind": "linear", "start": 1, "end": 0}


def test_an_exhausted_schedule_runs_to_its_last_update_and_then_raises(
    make: Make, update: Update, train: Train
) -> None:
    scheduler = UnischedLR(make(), {"schedules": {"learning_rate": DOWN}, "after": "error", "total": 4})
    assert train(scheduler, 4) == [1.0, 0.75, 0.5, 0.25]
    with pytest.raises(StepError, match="step 4 is past the total of 4"):
        update(scheduler.optimizer)
    with pytest.raises(StepError, match="step 5 is past the total of 4"):
        scheduler.step()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (4, [0.25])


@pytest.mark.parametrize("metric", [1.5, torch.tensor(0.5), torch.tensor(3)])
def test_a_step_that_is_handed_a_metric_names_the_way_to_observe_it(make: Make, update: Update, metric: Any) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    update(scheduler.optimizer)
    with pytest.raises(StepError, match=r"a step takes no metric\. Call observe\(metric\)"):
        scheduler.step(metric)
    assert scheduler.last_epoch == 0


@pytest.mark.parametrize("epoch", [-1, True, "2"])
def test_a_step_that_is_no_step_is_refused(make: Make, update: Update, epoch: Any) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    update(scheduler.optimizer)
    with pytest.warns(UserWarning, match="epoch parameter"), pytest.raises(StepError):
        scheduler.step(epoch)
    assert scheduler.last_epoch == 0


def test_asking_for_the_rates_changes_nothing(make: Make, train: Train) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    train(scheduler, 1)
    assert [scheduler.get_lr(), scheduler.get_lr(), scheduler.get_last_lr()] == [[0.75]] * 3


@pytest.mark.filterwarnings("ignore:The optimizer made", "ignore:Detected call")
def test_no_step_of_eight_threads_is_lost(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10_000)

    def step_on() -> None:
        for _ in range(500):
            scheduler.step()

    threads = [threading.Thread(target=step_on) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (4000, [0.6])


def test_hosts_find_no_trap_on_the_scheduler(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    assert isinstance(scheduler, lr_scheduler.LRScheduler)
    assert not [name for name in ("__call__", "__len__", "total_steps", "_schedulers") if hasattr(scheduler, name)]


def test_torch_parameters_train_under_a_scheduled_rate() -> None:
    weight = torch.nn.Parameter(torch.tensor(1.0))
    optimizer = SGD([weight], lr=5.0)
    spec = {"kind": "piecewise", "values": [0.5, 0.25], "every": 1, "interpolation": "previous"}
    scheduler = UnischedLR(optimizer, spec)
    for _ in range(2):
        optimizer.zero_grad()
        (weight * 1.0).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        scheduler.step()
    assert float(weight.detach()) == 0.25
