"""The way nearly every step is made, beside the long way, which it must equal whatever else happens to the run."""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR
from unisched_torch.column import Column
from unisched_torch.slot import RATE

from unisched.errors import StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

WARM = {"kind": "warmup_cosine", "peak": 1, "warmup": 5}
LINE = {"kind": "linear", "start": 0.9, "end": 0.1}
PLATEAU = {"kind": "product", "curves": [WARM, {"kind": "plateau", "monitor": "loss", "patience": 0, "factor": 0.5}]}
SPECS: dict[str, Any] = {
    "one rate": WARM,
    "a factor of each base": {"base": "optimizer", "curve": WARM},
    "another scale for a group": {
        "schedules": {"learning_rate": WARM}, "groups": {"g1*": {"learning_rate": {"scale": 3}}}},
    "several hyperparameters": {"schedules": {"weight_decay": LINE, "learning_rate": WARM, "beta1": LINE}},
    "no rate": {"schedules": {"weight_decay": LINE}},
    "rates of some groups": {"schedules": {"weight_decay": LINE}, "groups": {"g0": {"learning_rate": WARM}}},
    "an end": {"schedules": {"learning_rate": WARM}, "after": "error"},
    "a metric": {"base": "optimizer", "curve": PLATEAU},
    "late groups": {"schedules": {"learning_rate": WARM},
                    "groups": {"late*": {"learning_rate": {"from": "birth", "curve": LINE}}}},
}  # fmt: skip


class Slow(UnischedLR):
    """A scheduler that says more about a step than the short way knows, and so takes the long one."""

    def _update_lr(self, epoch: int | None = None) -> None:
        super()._update_lr(epoch)


def adamw(groups: int) -> Optimizer:
    held = [
        {"params": [torch.nn.Parameter(torch.ones(2))], "name": f"g{n}", "lr": 0.1 * (n + 1)} for n in range(groups)
    ]
    return AdamW(held, foreach=False)


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return str(value.dtype), float(value.detach())
    return tuple(map(plain, value)) if isinstance(value, tuple | list) else value


def shown(scheduler: UnischedLR) -> Any:
    """What a scheduler and its optimizer hold, tensors by type and number; nothing is bound anew for it."""
    groups = [
        {key: plain(value) for key, value in group.items() if key != "params"}
        for group in scheduler.optimizer.param_groups
    ]
    return (
        groups, plain(scheduler.get_last_lr()), scheduler.last_used(), scheduler.last_epoch, scheduler._step_count,
    )  # fmt: skip


def asked(scheduler: UnischedLR) -> Any:
    """What is said of them, for which groups that are new are bound."""
    return plain(scheduler.get_lr()), scheduler.state(), scheduler.state_dict()


def told(act: Callable[[], Any]) -> list[str]:
    """What was warned of, or raised."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            act()
        except StepError as error:
            return [f"{type(error)}: {error}"]
    return [str(warning.message) for warning in caught]


def replaced(optimizer: Optimizer) -> None:
    optimizer.param_groups[0] = {**optimizer.param_groups[0], "lr": 0.25}


def swapped_for_an_equal(optimizer: Optimizer) -> None:
    optimizer.param_groups[-1] = dict(optimizer.param_groups[-1])


def as_tensor(optimizer: Optimizer) -> None:
    optimizer.param_groups[0]["lr"] = torch.tensor(optimizer.param_groups[0]["lr"])


def grown(optimizer: Optimizer) -> None:
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "name": "late"})


def in_another_list(optimizer: Optimizer) -> None:
    optimizer.param_groups = list(optimizer.param_groups)


ACTS: dict[str, Callable[[UnischedLR], Any]] = {
    "step": lambda scheduler: scheduler.step(),
    "step again": lambda scheduler: scheduler.step(),
    "update": lambda scheduler: scheduler.optimizer.step(),
    "update and step": lambda scheduler: (scheduler.optimizer.step(), scheduler.step()),
    "a rate by hand": lambda scheduler: scheduler.optimizer.param_groups[0].update(lr=0.125),
    "an int by hand": lambda scheduler: scheduler.optimizer.param_groups[0].update(lr=1),
    "a tensor by hand": lambda scheduler: as_tensor(scheduler.optimizer),
    "another group": lambda scheduler: replaced(scheduler.optimizer),
    "an equal group": lambda scheduler: swapped_for_an_equal(scheduler.optimizer),
    "another list": lambda scheduler: in_another_list(scheduler.optimizer),
    "load the optimizer": lambda scheduler: scheduler.optimizer.load_state_dict(
        copy.deepcopy(scheduler.optimizer.state_dict())),
    "load": lambda scheduler: scheduler.load_state_dict(scheduler.state_dict()),
    "a step given": lambda scheduler: scheduler.step(3),
    "set back": lambda scheduler: setattr(scheduler, "last_epoch", scheduler.last_epoch - 1),
    "begin again": lambda scheduler: scheduler._initial_step(),
}  # fmt: skip


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.filterwarnings("ignore:.*fit no param group yet")
def test_the_short_way_is_the_long_way(spec: Any, groups: int, seed: int) -> None:
    draw = random.Random(seed)
    quick, slow = (kind(adamw(groups), spec, total=30) for kind in (UnischedLR, Slow))
    assert (slow._stride, quick._stride is None) == (None, False)
    is_grown = False
    for _ in range(60):
        name = draw.choice([*ACTS, *["update and step"] * 12, *([] if is_grown else ["grow"]), "observe"])
        if name == "observe" and not quick.program.monitors:
            continue
        loss = draw.random()
        acts: dict[str, Callable[[UnischedLR], Any]] = {
            **ACTS,
            "observe": lambda scheduler: scheduler.observe(loss),  # noqa: B023
            "grow": lambda scheduler: grown(scheduler.optimizer),
        }
        is_grown |= name == "grow"
        act = acts[name]
        assert told(lambda: act(quick)) == told(lambda: act(slow)), name  # noqa: B023
        assert shown(quick) == shown(slow), name
        if draw.random() < 0.2:
            assert asked(quick) == asked(slow), name


def test_the_short_way_is_taken_by_all_but_the_first_step(make: Make, update: Update, monkeypatch: Any) -> None:
    long_way: list[int] = []
    step = lr_scheduler.LRScheduler.step
    monkeypatch.setattr(
        lr_scheduler.LRScheduler, "step", lambda self, *given: (long_way.append(self.last_epoch), step(self, *given))
    )
    scheduler = UnischedLR(make(AdamW, ("a", "b")), SPECS["several hyperparameters"], total=30)
    for _ in range(10):
        update(scheduler.optimizer)
        scheduler.step()
    assert (long_way, scheduler.last_epoch) == ([-1, 0], 10)


def test_a_step_that_fails_changes_nothing(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("a", "b")), {"schedules": {"learning_rate": LINE}, "after": "error"}, total=4)
    for _ in range(4):
        update(scheduler.optimizer)
        scheduler.step()
    before = shown(scheduler), asked(scheduler)
    with pytest.raises(StepError, match="past the total of 4"):
        scheduler.step()
    assert (shown(scheduler), asked(scheduler)) == before


def test_rates_once_given_do_not_change_with_later_steps_nor_the_schedulers_with_them(
    make: Make, update: Update
) -> None:
    rate = torch.tensor(0.5)
    optimizer = make(SGD, ("a", "b"), foreach=False)
    optimizer.param_groups[1]["lr"] = rate
    scheduler = UnischedLR(optimizer, {"kind": "linear", "start": 1, "end": 0}, total=10)
    rates: list[list[Any]] = []
    for _ in range(4):
        update(optimizer)
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    assert [list(map(float, given)) for given in rates] == [
        [first, float(torch.tensor(first))] for first in (0.9, 0.8, 0.7, 0.6)
    ]
    rates[-1][0] = 7.0
    rates[-1][1].fill_(7.0)
    assert list(map(float, scheduler.get_last_lr())) == [0.6, float(torch.tensor(0.6))]
    assert (float(rate), scheduler.last_used()) == (float(torch.tensor(0.6)), {"lr-a": 0.7, "lr-b": 0.7})


def test_a_rate_between_two_steps_is_the_one_of_the_step_whatever_a_hand_wrote(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD), {"kind": "linear", "start": 1, "end": 0}, total=10)
    for _ in range(3):
        update(scheduler.optimizer)
        scheduler.step()
        scheduler.optimizer.param_groups[0]["lr"] = 5.0
        assert scheduler.get_last_lr() == [1 - scheduler.last_epoch / 10]


def test_a_host_may_set_the_rates_that_are_shown(make: Make) -> None:
    scheduler = UnischedLR(make(SGD), WARM, total=10)
    scheduler._last_lr = [0.25]
    assert scheduler.get_last_lr() == [0.25]


def test_groups_that_cannot_be_compared_are_told_apart(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("a", "b")), {"kind": "linear", "start": 1, "end": 0}, total=10)
    for _ in range(2):
        update(scheduler.optimizer)
        scheduler.step()
    group = scheduler.optimizer.param_groups[1]
    scheduler.optimizer.param_groups[1] = {**group, "params": [torch.nn.Parameter(torch.ones(2))]}
    scheduler.step()
    assert [group["lr"] for group in scheduler.optimizer.param_groups] == [0.7, 0.7]


def test_what_is_no_longer_there_is_not_taken_for_what_was_written() -> None:
    groups: list[dict[str, Any]] = [{"lr": 0.1}, {"lr": 0.2}]
    column = Column(RATE, [0, 1], [0, 1], 2, 2)
    assert column.write(groups, [0.5, 0.25]) == [0.5, 0.25]
    groups[1]["lr"] = torch.tensor(0.25)
    held = groups[1]["lr"]
    assert column.write(groups, [0.5, 0.125]) is None
    assert (groups[0]["lr"], groups[1]["lr"] is held, float(held)) == (0.5, True, 0.125)


def test_what_an_update_used_is_right_while_a_new_group_waits_for_its_step(make: Make, update: Update) -> None:
    halved = {"kind": "plateau", "monitor": "loss", "patience": 0, "factor": 0.5}
    spec = {"schedules": {"learning_rate": {"base": "optimizer", "curve": halved}, "momentum": 0.75}}
    scheduler = UnischedLR(make(SGD, ("a",), lr=0.5, momentum=0.5), spec)
    update(scheduler.optimizer)
    scheduler.step()
    scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 4.0, "name": "b"})
    for loss in (1.0, 2.0):
        scheduler.observe(loss)
    update(scheduler.optimizer)
    assert scheduler.last_used() == {"lr": 0.25, "momentum": 0.75}
    assert [group["lr"] for group in scheduler.optimizer.param_groups] == [0.25, 4.0]
    scheduler.step()
    assert [group["lr"] for group in scheduler.optimizer.param_groups] == [0.25, 2.0]
