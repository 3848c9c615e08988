"""A schedule that the optimizer's own updates move, and optimizers that are wrapped."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from torch.optim import Optimizer, lr_scheduler
from unisched_torch import UnischedLR

from unisched.errors import BindingError, StepError, UnsupportedError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}


def test_the_optimizer_drives_whatever_the_host_does_with_step(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10, driver="optimizer")
    used = []
    for count in (0, 4, 1, 0, 2):
        used.append(scheduler.get_last_lr()[0])
        update(scheduler.optimizer)
        for _ in range(count):
            scheduler.step()
    assert used == [1.0, 0.9, 0.8, 0.7, 0.6]
    assert scheduler.last_epoch == 5
    assert scheduler.last_used() == {"lr": 0.6}


class Wrapper(Optimizer):
    """An optimizer by class only, as accelerate makes it of the one inside."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        return self.optimizer.param_groups

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.optimizer.step()


class Engine:
    """No optimizer by class either, as DeepSpeed's; one that holds itself, too, has nothing inside."""

    def __init__(self, optimizer: Optimizer | None = None) -> None:
        self.optimizer: Any = optimizer or self
        self.param_groups = self.optimizer.param_groups if optimizer else [{"params": [], "lr": 0.1}]

    def step(self) -> None:
        self.optimizer.step()


@pytest.mark.parametrize("wrapped", [Wrapper, lambda inner: Wrapper(Engine(inner))], ids=["once", "over an engine"])
def test_the_optimizer_drives_also_from_inside_a_wrapper(make: Make, wrapped: Callable[[Any], Any]) -> None:
    inner = make()
    wrapper = wrapped(inner)
    scheduler = UnischedLR(wrapper, DOWN, total=10, driver="optimizer")
    for _ in range(3):
        wrapper.step()
    assert (scheduler.last_epoch, inner.param_groups[0]["lr"]) == (3, 0.7)


def test_a_wrapper_of_nothing_is_refused() -> None:
    with pytest.raises(BindingError, match="Wrapper takes no step hooks"):
        UnischedLR(Wrapper(Engine()), DOWN, total=10)  # type: ignore[arg-type]


class Opaque(Optimizer):
    """An optimizer by class only, with nothing inside."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self.param_groups = groups


def test_an_optimizer_without_hooks_is_refused_before_anything_is_written(make: Make) -> None:
    optimizer = make()
    with pytest.raises(BindingError, match="Opaque takes no step hooks"):
        UnischedLR(Opaque(optimizer.param_groups), DOWN, total=10)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_driven_schedule_is_refused_as_the_first_part_of_a_sequence(make: Make) -> None:
    optimizer = make()
    driven = UnischedLR(optimizer, DOWN, total=10, driver="optimizer")
    with pytest.raises(UnsupportedError, match="cannot wait its turn"):
        lr_scheduler.SequentialLR(optimizer, [driven, lr_scheduler.StepLR(optimizer, 4)], [5])


def test_a_driven_schedule_is_refused_as_a_later_part_of_a_sequence(make: Make, update: Update) -> None:
    optimizer = make()
    driven = UnischedLR(optimizer, DOWN, total=10, driver="optimizer")
    lr_scheduler.SequentialLR(optimizer, [lr_scheduler.StepLR(optimizer, 4), driven], [5])
    with pytest.raises(UnsupportedError, match="cannot wait its turn"):
        update(optimizer)


def test_a_driven_schedule_cannot_be_advanced(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10, tokens_per_step=10, driver="optimizer")
    with pytest.raises(StepError, match="the optimizer moves this schedule"):
        scheduler.advance(tokens=10)


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_the_optimizer_does_not_keep_the_scheduler_alive(make: Make, update: Update, driver: Any) -> None:
    optimizer = make()
    scheduler = weakref.ref(UnischedLR(optimizer, DOWN, total=10, driver=driver))
    gc.collect()
    assert scheduler() is None
    update(optimizer)
