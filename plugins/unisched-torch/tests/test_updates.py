"""Which calls of an optimizer's step are updates: those of engines that update in parts, and of torch's checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict
from torch.optim import Optimizer
from unisched_torch import UnischedLR

from unisched.errors import StepError, UnsupportedError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}
DOWN_UNTIL_THE_END: dict[str, Any] = {"total": 10, "after": "error", "schedules": {"learning_rate": DOWN}}
WARM = {"kind": "warmup_linear", "peak": 1, "warmup": 4}


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
@pytest.mark.parametrize("driver", ["step", "optimizer"])
@pytest.mark.parametrize("spec", [DOWN, WARM], ids=["from one", "from zero"])
def test_the_step_by_which_a_checkpoint_makes_a_state_is_no_update(spec: Any, driver: Any, kind: Any) -> None:
    net = torch.nn.Linear(2, 1)
    optimizer = kind(net.parameters(), lr=0.1)
    scheduler = UnischedLR(optimizer, spec, total=10, driver=driver)
    used: list[float] = []
    get_optimizer_state_dict(net, optimizer)
    assert (scheduler.last_epoch, scheduler.last_used()) == (0, {})
    for _ in range(10):
        used.append(optimizer.param_groups[0]["lr"])
        net(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        scheduler.step()
    assert used == [scheduler.program(step) for step in range(10)]


def test_a_checkpoint_of_an_exhausted_schedule_fills_a_fresh_optimizer(make: Make) -> None:
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(net.parameters())
    state = UnischedLR(make(), DOWN_UNTIL_THE_END).state().at(10)
    scheduler = UnischedLR(optimizer, DOWN_UNTIL_THE_END, state=state)
    get_optimizer_state_dict(net, optimizer)
    with pytest.raises(StepError):
        optimizer.step()
    assert scheduler.last_epoch == 10


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_an_update_at_a_rate_of_zero_is_an_update(make: Make, update: Update, driver: Any) -> None:
    scheduler = UnischedLR(make(), WARM, total=10, driver=driver)
    update(scheduler.optimizer)
    scheduler.step()
    assert (scheduler.last_epoch, scheduler.last_used()) == (1, {"lr": 0.0})


def group_by_group(optimizer: Optimizer, update: Update) -> None:
    """As DeepSpeed's ZeRO does it."""
    whole = optimizer.param_groups
    for group in whole:
        optimizer.param_groups = [group]
        update(optimizer)
    optimizer.param_groups = whole


def one_parameter_at_a_time(optimizer: Optimizer, update: Update) -> None:
    """As its third stage does it: all groups are shown, and all but one are empty."""
    held = vars(optimizer).setdefault("held", [group["params"] for group in optimizer.param_groups])
    for group in optimizer.param_groups:
        group["params"] = []
    for group, parameters in zip(optimizer.param_groups, held, strict=True):
        for parameter in parameters:
            group["params"] = [parameter]
            update(optimizer)
            group["params"] = []


PARTS = {"group by group": group_by_group, "one parameter at a time": one_parameter_at_a_time}


def several(names: Sequence[str]) -> Optimizer:
    return torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)], "name": name} for name in names], lr=0.1
    )


def some_gradient(optimizer: Optimizer) -> None:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.ones(1)
    optimizer.step()


@pytest.mark.parametrize("names", ["a", "abc"])
@pytest.mark.parametrize("way", PARTS)
def test_an_update_in_parts_is_one_update(way: str, names: str) -> None:
    scheduler = UnischedLR(several(names), DOWN, total=10)
    for step in range(10):  # a schedule out of pace warns
        PARTS[way](scheduler.optimizer, some_gradient)
        assert list(scheduler.last_used().values()) == [scheduler.program(step)] * len(names)
        scheduler.step()
    assert scheduler.last_epoch == 10


@pytest.mark.parametrize("way", PARTS)
def test_updates_in_parts_that_no_step_follows_are_noticed(way: str) -> None:
    scheduler = UnischedLR(several("abc"), DOWN, total=10)
    for _ in range(3):
        PARTS[way](scheduler.optimizer, some_gradient)
    with pytest.warns(UserWarning, match="made 3 updates while its schedule made 1 steps"):
        scheduler.step()


@pytest.mark.parametrize(
    ("way", "names"),
    [("group by group", "ab"), ("one parameter at a time", "ab"), ("one parameter at a time", "a")],
)
def test_a_schedule_that_the_optimizer_drives_refuses_an_update_in_parts(way: str, names: str) -> None:
    scheduler = UnischedLR(several(names), DOWN, total=10, driver="optimizer")
    with pytest.raises(UnsupportedError, match="makes an update in parts"):
        PARTS[way](scheduler.optimizer, some_gradient)


def test_a_step_takes_no_metric(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10)
    with pytest.raises(StepError, match="a step takes no metric"):
        scheduler.step(metrics=0.5)
    assert scheduler.last_epoch == 0


def layered(*, fails_at: int = -1) -> Optimizer:
    """An optimizer whose step calls that of its parent, which torch has wrapped too, as it has been built by itself."""
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])

    class Clipped(torch.optim.SGD):
        made = 0

        def step(self, closure: Any = None) -> Any:
            self.made += 1
            if self.made == fails_at:
                raise MemoryError
            return super().step(closure)

    return Clipped([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def moved(optimizer: Optimizer) -> float:
    """The rate that one update has used."""
    (weight,) = optimizer.param_groups[0]["params"]
    weight.data.zero_()
    weight.grad = torch.ones(1)
    optimizer.step()
    return float(-weight.item())


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_a_step_that_calls_the_step_of_its_parent_is_one_update(driver: Any) -> None:
    scheduler, used = UnischedLR(layered(), DOWN, total=8, driver=driver), []
    for _ in range(8):
        used.append(moved(scheduler.optimizer))
        scheduler.step()
    assert used == [1 - step / 8 for step in range(8)]


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_so_it_is_after_one_that_has_failed_inside(driver: Any) -> None:
    scheduler, used = UnischedLR(layered(fails_at=2), DOWN, total=8, driver=driver), []
    for made in range(4):
        if made == 1:
            with pytest.raises(MemoryError):
                scheduler.optimizer.step()
        used.append(moved(scheduler.optimizer))
        scheduler.step()
    assert used == [1, 0.875, 0.75, 0.625]


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_an_optimizer_that_steps_another_one_is_none_of_its_layers(driver: Any) -> None:
    class Twice(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            slow.step()
            return super().step(closure)

    slow = layered()
    scheduler = UnischedLR(slow, DOWN, total=8, driver=driver)
    both, used = Twice([torch.nn.Parameter(torch.ones(1))]), []
    for _ in range(4):
        both.step()
        scheduler.step()
        used.append(slow.param_groups[0]["lr"])
    assert used == [0.875, 0.75, 0.625, 0.5]
