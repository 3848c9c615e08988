"""Param groups added while the run goes on, on the common clock or on their own, through every way to resume."""

from __future__ import annotations

import copy
import itertools
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributed import checkpoint
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

import unisched
from unisched.errors import BindingError, StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}
UP = {"kind": "linear", "start": 0, "end": 8, "duration": 8}
LATE = {
    "total": 20,
    "schedules": {"learning_rate": DOWN},
    "groups": {"encoder*": {"learning_rate": {"from": "birth", "curve": UP}}},
}
KEYS = {"unisched", "last_epoch", "_step_count", "base_lrs", "_last_lr"}


def add(optimizer: Optimizer, name: str | None = "encoder", **settings: Any) -> None:
    named = {} if name is None else {"name": name}
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], **named, **settings})


def moved(scheduler: UnischedLR, update: Update, steps: int) -> list[list[float]]:
    """Train on, and give the rates of all groups at each update."""
    used = []
    for _ in range(steps):
        used.append([float(group["lr"]) for group in scheduler.optimizer.param_groups])
        update(scheduler.optimizer)
        scheduler.step()
    return used


def rates(scheduler: UnischedLR) -> list[float]:
    return [float(group["lr"]) for group in scheduler.optimizer.param_groups]


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_a_late_group_begins_its_own_curve_at_the_first_step_after_it(make: Make, update: Update, driver: Any) -> None:
    scheduler = UnischedLR(make(SGD, ("body",)), LATE, driver=driver)
    moved(scheduler, update, 3)
    add(scheduler.optimizer, lr=0.5)
    assert moved(scheduler, update, 4) == [[0.85, 0.5], [0.8, 0], [0.75, 1], [0.7, 2]]
    assert scheduler.state().births == {"encoder": 4}


def test_a_late_group_from_the_start_stands_on_the_common_clock(make: Make, update: Update) -> None:
    entry = {"from": "start", "curve": UP}
    with pytest.warns(UserWarning, match="fit no param group yet"):
        scheduler = UnischedLR(make(SGD, ("body",)), {**LATE, "groups": {"encoder*": {"learning_rate": entry}}})
    moved(scheduler, update, 3)
    add(scheduler.optimizer)
    moved(scheduler, update, 1)
    assert rates(scheduler) == [0.8, 4]


@pytest.mark.parametrize(
    ("entry", "later"),
    [
        ({"from": "birth", "scale": 0.5}, [0.5, 0.475]),
        ({"from": "birth", "base": 4, "curve": DOWN}, [4, 3.8]),
        ({"from": "birth", "base": "optimizer", "curve": DOWN}, [0.125, 0.11875]),
    ],
    ids=["scaled", "a base", "the optimizer's value"],
)
def test_a_late_group_may_scale_or_have_a_base(make: Make, update: Update, entry: Any, later: list[float]) -> None:
    scheduler = UnischedLR(make(SGD, ("body",)), {**LATE, "groups": {"encoder": {"learning_rate": entry}}})
    moved(scheduler, update, 6)
    add(scheduler.optimizer, lr=0.125)
    assert [used[1] for used in moved(scheduler, update, 3)[1:]] == pytest.approx(later)


def test_groups_unfrozen_one_after_another_each_have_their_birth(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("head",)), LATE)
    for layer in (1, 0):
        moved(scheduler, update, 2)
        add(scheduler.optimizer, f"encoder.{layer}")
    moved(scheduler, update, 2)
    assert scheduler.state().births == {"encoder.1": 3, "encoder.0": 5}
    assert rates(scheduler) == [0.7, 3, 1]
    assert scheduler.last_used() == {"lr-head": 0.75, "lr-encoder.1": 2, "lr-encoder.0": 0}


def test_params_that_had_no_gradient_train_once_they_have_one_on_the_clock_of_their_group(update: Update) -> None:
    body, encoder = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
    optimizer = SGD([{"params": [body], "name": "body"}, {"params": [encoder], "name": "encoder"}], lr=1)
    scheduler = UnischedLR(
        optimizer, {**LATE, "groups": {"encoder": {"learning_rate": {"from": "birth", "curve": UP}}}}
    )
    encoder.requires_grad_(False)
    moved(scheduler, update, 2)
    assert float(encoder.detach()) == 1
    encoder.requires_grad_(True)
    moved(scheduler, update, 1)
    assert float(encoder.detach()) == 1 - 2 * 2  # the gradient of its square, at the third value of its curve
    assert scheduler.state().births == {}


def test_a_name_that_is_taken_has_no_second_birth(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("encoder",)), LATE)
    moved(scheduler, update, 2)
    add(scheduler.optimizer, "encoder")
    moved(scheduler, update, 1)
    assert (scheduler.state().births, rates(scheduler)) == ({}, [3, 3])


def test_a_group_without_a_name_is_born_under_its_index(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD), {**LATE, "groups": {"1": {"learning_rate": {"from": "birth", "curve": UP}}}})
    moved(scheduler, update, 2)
    add(scheduler.optimizer, None)
    moved(scheduler, update, 2)
    assert (scheduler.state().births, rates(scheduler)[1]) == ({"1": 3}, 1)


def test_a_name_that_is_expected_later_is_waited_for_in_silence(make: Make) -> None:
    groups = {"encoder": {"learning_rate": {"from": "birth", "curve": UP}}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        UnischedLR(make(SGD, ("body",)), {**LATE, "groups": groups})
    with pytest.raises(BindingError, match="no param group is named 'encoder'"):
        UnischedLR(make(SGD, ("body",)), {**LATE, "groups": {"encoder": {"learning_rate": UP}}})


def test_a_late_group_that_misses_the_name_that_is_waited_for_is_pointed_out(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("body",)), LATE)
    add(scheduler.optimizer, "encodr")
    update(scheduler.optimizer)
    with pytest.warns(UserWarning, match=r"'encodr' was added .* while 'encoder\*' .* fit no param group") as caught:
        scheduler.step()
    assert (len(caught), rates(scheduler)) == (1, [0.95, 0.95])
    moved(scheduler, update, 1)


def test_asking_and_saving_do_not_move_the_birth(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("body",)), LATE)
    moved(scheduler, update, 3)
    add(scheduler.optimizer)
    for _ in range(2):
        assert scheduler.state().births == {"encoder": 4}
        assert (list(map(float, scheduler.get_lr())), set(scheduler.state_dict())) == ([0.85, 0], KEYS)
    moved(scheduler, update, 1)
    assert rates(scheduler) == [0.8, 0]


def begun(make: Make, update: Update, after: int) -> UnischedLR:
    scheduler = UnischedLR(make(AdamW, ("body",)), LATE)
    moved(scheduler, update, 3)
    add(scheduler.optimizer, lr=0.5)
    moved(scheduler, update, after)
    return scheduler


ACTS = ("scheduler", "group", "load optimizer", "load scheduler")


def _in_order(order: tuple[str, ...]) -> bool:
    # torch's own rules: a checkpoint fits only an optimizer that has as many groups, and a scheduler is built before
    # its state is loaded.
    return order.index("group") < order.index("load optimizer") and order.index("scheduler") < order.index(
        "load scheduler"
    )


@pytest.mark.parametrize("after", [0, 1, 3], ids=["before its first step", "at its birth", "later"])
@pytest.mark.parametrize("order", [order for order in itertools.permutations(ACTS) if _in_order(order)], ids=" > ".join)
def test_every_order_of_resuming_with_a_late_group_goes_on_bit_for_bit(
    make: Make, update: Update, order: tuple[str, ...], after: int
) -> None:
    saved = begun(make, update, after)
    checkpoint = copy.deepcopy((saved.optimizer.state_dict(), saved.state_dict()))
    optimizer = make(AdamW, ("body",))
    scheduler: UnischedLR | None = None
    for act in order:
        match act:
            case "scheduler":
                scheduler = UnischedLR(optimizer, LATE)
            case "group":
                add(optimizer, lr=0.5)
            case "load optimizer":
                optimizer.load_state_dict(checkpoint[0])
            case _:
                assert scheduler is not None
                scheduler.load_state_dict(checkpoint[1])
    assert scheduler is not None
    assert scheduler.state() == saved.state()
    assert moved(scheduler, update, 6) == moved(saved, update, 6)
    assert scheduler.state_dict() == saved.state_dict()


def test_a_state_of_another_backend_brings_the_births_before_the_groups_exist(make: Make, update: Update) -> None:
    state = begun(make, update, 3).state()
    numpy = unisched.build(LATE, form="scheduler", state=state.to_json())
    assert (numpy.value(group="encoder"), numpy.value()) == (2, 0.7)
    scheduler = UnischedLR(make(SGD, ("body",)), LATE, state=numpy.state())
    add(scheduler.optimizer)
    assert moved(scheduler, update, 2)[1] == [0.65, 3]
    assert scheduler.state().births == {"encoder": 4}


def test_a_group_that_is_new_when_a_state_is_loaded_is_born_there(make: Make, update: Update) -> None:
    saved = UnischedLR(make(SGD, ("body",)), LATE)
    moved(saved, update, 5)
    scheduler = UnischedLR(make(SGD, ("body", "encoder")), LATE)
    scheduler.load_state_dict(saved.state_dict())
    assert scheduler.state().births == {"encoder": 5}
    assert moved(scheduler, update, 2) == [[0.75, 0], [0.7, 1]]


def test_a_group_that_a_resumed_run_no_longer_has_keeps_its_birth_in_the_state(make: Make, update: Update) -> None:
    saved = begun(make, update, 2)
    scheduler = UnischedLR(make(SGD, ("body",)), LATE)
    scheduler.load_state_dict(saved.state_dict())
    moved(scheduler, update, 1)
    assert (scheduler.state().births, rates(scheduler)) == ({"encoder": 4}, [0.7])


def test_the_state_of_a_run_with_late_groups_has_the_same_keys_and_plain_values(make: Make, update: Update) -> None:
    saved = begun(make, update, 2).state_dict()
    assert saved.keys() == UnischedLR(make(SGD, ("body",)), LATE).state_dict().keys() == KEYS
    assert json.loads(saved["unisched"])["births"] == {"encoder": 4}


def test_a_copied_pair_keeps_births_and_gains_its_own(make: Make, update: Update) -> None:
    scheduler = begun(make, update, 2)
    optimizer, copied = copy.deepcopy((scheduler.optimizer, scheduler))
    add(optimizer, "encoder.1")
    moved(copied, update, 2)
    assert copied.state().births == {"encoder": 4, "encoder.1": 6}
    assert scheduler.state().births == {"encoder": 4}
    assert rates(copied) == [0.65, 3, 1]


def test_a_late_group_that_cannot_follow_is_not_born(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("body",), lr=torch.tensor(0.1), foreach=False), LATE)
    moved(scheduler, update, 2)
    add(scheduler.optimizer)  # gets the optimizer's own tensor as its rate
    update(scheduler.optimizer)
    with pytest.raises(StepError, match="one tensor is"):
        scheduler.step()
    scheduler.optimizer.param_groups[1]["lr"] = torch.tensor(0.1)
    scheduler.step()
    assert (scheduler.last_epoch, scheduler.state().births) == (3, {"encoder": 3})


def test_a_late_group_under_advance_is_born_at_the_step_after_the_one_it_was_added_in(make: Make) -> None:
    scheduler = UnischedLR(make(SGD, ("body",)), LATE, tokens_per_step=10)
    scheduler.advance(tokens=25)
    add(scheduler.optimizer)
    scheduler.advance(tokens=35)
    assert (scheduler.last_epoch, scheduler.state().births, rates(scheduler)) == (6, {"encoder": 3}, [0.7, 3])


def test_a_group_that_comes_while_a_sequence_waits_begins_with_its_part(make: Make, update: Update) -> None:
    optimizer = make(SGD, ("body",))
    parts = [lr_scheduler.ConstantLR(optimizer, 1, 1), UnischedLR(optimizer, LATE)]
    sequence = lr_scheduler.SequentialLR(optimizer, parts, [3])
    add(optimizer, initial_lr=0.25)
    parts[0].base_lrs.append(0.25)
    used = []
    for _ in range(6):
        used.append(optimizer.param_groups[1]["lr"])
        update(optimizer)
        sequence.step()
    assert used[3:] == [0, 1, 2]


def test_births_are_also_taken_from_a_state_that_was_edited_by_hand(make: Make, update: Update) -> None:
    program = unisched.compile(LATE)
    scheduler = UnischedLR(
        make(SGD, ("body", "encoder")), program, state=replace(program.start().at(5), births={"encoder": 3})
    )
    assert rates(scheduler) == [0.75, 2]
    assert moved(scheduler, update, 2)[1] == [0.7, 3]


@pytest.mark.filterwarnings("ignore:torch.distributed is")
def test_a_distributed_checkpoint_of_before_and_after_a_late_group_loads(
    make: Make, update: Update, tmp_path: Path
) -> None:
    for folder, groups in (("before", ("body",)), ("after", ("body", "encoder"))):
        saved = UnischedLR(make(SGD, ("body",)), LATE)
        moved(saved, update, 3)
        for name in groups[1:]:
            add(saved.optimizer, name)
        moved(saved, update, 2)
        checkpoint.save(  # type: ignore[attr-defined]
            {"scheduler": saved}, checkpoint_id=tmp_path / folder, no_dist=True
        )
        fresh = UnischedLR(make(SGD, ("body", "encoder")), LATE)
        checkpoint.load(  # type: ignore[attr-defined]
            {"scheduler": fresh}, checkpoint_id=tmp_path / folder, no_dist=True
        )
        assert fresh.state().births == {"encoder": 5 if folder == "before" else 4}
        assert (fresh.last_epoch, rates(fresh)) == (5, [0.75, 0 if folder == "before" else 1])


def test_births_and_metrics_share_a_run_and_its_state(make: Make, update: Update) -> None:
    plateau = {"kind": "plateau", "monitor": "loss", "patience": 0, "factor": 0.5}
    spec = {**LATE, "schedules": {"learning_rate": {"kind": "product", "curves": [DOWN, plateau]}}}
    scheduler = UnischedLR(make(SGD, ("body",)), spec)
    moved(scheduler, update, 3)
    add(scheduler.optimizer)
    for loss in (1.0, 2.0):
        scheduler.observe(loss)
    moved(scheduler, update, 3)
    assert rates(scheduler) == [0.35, 2]
    numpy = unisched.build(spec, form="scheduler", state=scheduler.state().to_json())
    numpy.observe(3.0)
    assert (numpy.value(), numpy.value(group="encoder"), numpy.state().births) == (0.175, 2, {"encoder": 4})
    again = UnischedLR(make(SGD, ("body", "encoder")), spec, state=numpy.state())
    assert rates(again) == [0.175, 2]
