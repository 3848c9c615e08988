"""A schedule stepped more or less often than its optimizer."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import Optimizer, lr_scheduler
from unisched_torch import UnischedLR

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}


def out_of_pace(scheduler: UnischedLR, update: Update, order: str) -> None:
    for letter in order:
        if letter == "u":
            update(scheduler.optimizer)
        else:
            scheduler.step()


def test_stepping_more_often_than_the_optimizer_warns_once_with_both_counts(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=100)
    with pytest.warns(UserWarning, match="made 2 updates while its schedule made 4 steps") as caught:
        out_of_pace(scheduler, update, "uss" * 4)
    assert len(caught) == 1


def test_stepping_less_often_than_the_optimizer_warns_once_with_both_counts(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=100)
    with pytest.warns(UserWarning, match="made 8 updates while its schedule made 1 steps") as caught:
        out_of_pace(scheduler, update, "uuuuuuuus" * 2)
    assert len(caught) == 1


def quiet(scheduler: UnischedLR, update: Update, order: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out_of_pace(scheduler, update, order)


# What the host does with updates (u) and steps (s), and what is said, once: both counts, or nothing.
ORDERS: dict[str, tuple[str, str | None]] = {
    "in step": ("us" * 20, None),
    "an update at the end": ("us" * 20 + "u", None),
    "a step at the end": ("us" * 20 + "s", None),
    "two at once, now and then": ("uussus" * 10, None),
    "twice as often": ("uss" * 10, "made 2 updates while its schedule made 4 steps"),
    "eight processes": ("u" + "s" * 8, "made 1 updates while its schedule made 3 steps"),
    "half as often": ("uus" * 10, "made 4 updates while its schedule made 2 steps"),
    "once an epoch of 100": ("u" * 100 + "s", "made 100 updates while its schedule made 1 steps"),
    "never": ("u" * 20, None),
    "slowly drifting apart": ("us" * 9 + "uss" + "us" * 9 + "uss", "made 20 updates while its schedule made 22 steps"),
}


@pytest.mark.parametrize(("order", "said"), ORDERS.values(), ids=ORDERS)
def test_what_a_host_does_is_noticed_once_with_both_counts_or_is_right(
    make: Make, update: Update, order: str, said: str | None
) -> None:
    scheduler = UnischedLR(make(), DOWN, total=1000)
    if said is None:
        quiet(scheduler, update, order)
        return
    with pytest.warns(UserWarning, match=said) as caught:
        out_of_pace(scheduler, update, order * 2)
    assert len(caught) == 1


@pytest.mark.parametrize("order", [order for order, said in ORDERS.values() if said], ids=[
    name for name, (_, said) in ORDERS.items() if said])  # fmt: skip
def test_a_schedule_that_the_optimizer_drives_says_nothing(make: Make, update: Update, order: str) -> None:
    scheduler = UnischedLR(make(), DOWN, total=1000, driver="optimizer")
    quiet(scheduler, update, order)
    assert scheduler.last_epoch == order.count("u")


def test_a_step_before_the_first_update_is_pointed_out_by_torch_alone(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=100)
    with pytest.warns(UserWarning, match="Detected call of") as caught:
        out_of_pace(scheduler, update, "su" * 20)
    assert len(caught) == 1


def test_a_resumed_run_counts_from_where_it_resumes(make: Make, update: Update) -> None:
    first = UnischedLR(make(), DOWN, total=100)
    quiet(first, update, "us" * 10)
    second = UnischedLR(make(), DOWN, total=100)
    second.load_state_dict(first.state_dict())
    quiet(second, update, "us" * 10)
    third = UnischedLR(make(), DOWN, total=100, state=second.state())
    quiet(third, update, "us" * 10)
    first.load_state_dict(third.state_dict())  # it has not walked there
    quiet(first, update, "us" * 10)
    with pytest.warns(UserWarning, match="made 12 updates while its schedule made 14 steps"):
        out_of_pace(first, update, "uss" * 2)


@pytest.mark.parametrize("place", [0, 1])
def test_the_parts_of_a_sequence_are_in_pace(make: Make, update: Update, place: int) -> None:
    optimizer = make()
    parts: list[Any] = [lr_scheduler.ConstantLR(optimizer, 1)]
    parts.insert(place, UnischedLR(optimizer, DOWN, total=100))
    sequence = lr_scheduler.SequentialLR(optimizer, parts, [7])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "The epoch parameter")  # torch's own call at the switch
        for _ in range(30):
            update(optimizer)
            sequence.step()


def test_several_schedules_of_one_optimizer_are_each_in_pace(make: Make, update: Update) -> None:
    optimizer = make(momentum=0.9)
    chained = lr_scheduler.ChainedScheduler([
        UnischedLR(optimizer, {"schedules": {name: {**DOWN, "start": 0.5}}}, total=100)
        for name in ("momentum", "learning_rate")
    ])  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            update(optimizer)
            chained.step()


def test_a_copied_pair_goes_on_counting(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=1000)
    quiet(scheduler, update, "us" * 5)
    copied = copy.deepcopy(scheduler)
    quiet(copied, update, "us" * 20)
    quiet(scheduler, update, "us" * 20)
    with pytest.warns(UserWarning, match="made 26 updates while its schedule made 28 steps") as caught:
        out_of_pace(copied, update, "usss" * 5)
    assert len(caught) == 1


def test_a_copy_of_one_that_has_warned_does_not_warn_again(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=1000)
    with pytest.warns(UserWarning, match="made 1 updates"):
        out_of_pace(scheduler, update, "usss")
    quiet(copy.deepcopy(scheduler), update, "usss" * 5)


def test_a_schedule_that_is_moved_by_tokens_is_never_out_of_pace(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=1000, tokens_per_step=10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for updates in (1, 5, 3, 1):
            for _ in range(updates):
                update(scheduler.optimizer)
            scheduler.advance(tokens=10 * updates)
    quiet(scheduler, update, "us" * 5)


def test_an_optimizer_that_calls_for_its_loss_several_times_makes_one_update(make: Make) -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.LBFGS([weight], max_iter=7)
    scheduler = UnischedLR(optimizer, DOWN, total=100)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = (weight - 3).square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(8):
            optimizer.step(loss)  # type: ignore[no-untyped-call]
            scheduler.step()
    assert scheduler.last_epoch == 8


PLATEAU = {"base": 0.1, "curve": {"kind": "product", "curves": [
    {"kind": "linear", "start": 0, "end": 1, "duration": 10}, {"kind": "plateau", "monitor": "loss"}]}}  # fmt: skip


@pytest.mark.parametrize("through_port", [False, True])
def test_a_schedule_that_is_fed_and_never_stepped_says_so_once(make: Make, update: Update, through_port: bool) -> None:
    scheduler = UnischedLR(make(), PLATEAU)
    observe = scheduler.metric_port().step if through_port else scheduler.observe
    out_of_pace(scheduler, update, "uuuuu")
    with pytest.warns(UserWarning, match="made 5 updates while its schedule made 0 steps"):
        observe(0.5)
    observe(0.4)


def test_a_schedule_that_the_optimizer_moves_is_fed_in_silence(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), PLATEAU, driver="optimizer")
    out_of_pace(scheduler, update, "uuuuu")
    scheduler.metric_port().step(0.5)
    assert scheduler.last_epoch == 5
