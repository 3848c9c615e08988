"""Which param groups and hyperparameters follow what, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer
from unisched_torch import UnischedLR

import unisched
from unisched.errors import BindingError, StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

HALF_FOR_HEAD = {
    "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}},
    "total": 10,
    "groups": {"head": {"learning_rate": {"scale": 0.5}}},
}
EVERYTHING = {
    "total": 10,
    "schedules": {
        "learning_rate": {"kind": "linear", "start": 1, "end": 0},
        "weight_decay": {"kind": "linear", "start": 0, "end": 1},
        "beta1": {"kind": "linear", "start": 0.9, "end": 0.8},
        "epsilon": 1e-6,
        "own": 0.25,
    },
}


def values(optimizer: Optimizer, key: str) -> list[Any]:
    return [group[key] for group in optimizer.param_groups]


def moved(scheduler: UnischedLR, update: Update, steps: int) -> None:
    for _ in range(steps):
        update(scheduler.optimizer)
        scheduler.step()


def test_the_groups_hold_the_first_values_after_construction(make: Make) -> None:
    optimizer = make(SGD, ("body", "head"))
    UnischedLR(optimizer, HALF_FOR_HEAD)
    assert values(optimizer, "lr") == [1.0, 0.5]


def test_every_scheduled_key_of_a_group_is_written_at_every_step(make: Make, update: Update) -> None:
    optimizer = make(AdamW)
    optimizer.param_groups[0]["own"] = 7.0
    moved(UnischedLR(optimizer, EVERYTHING), update, 5)
    group = optimizer.param_groups[0]
    assert (group["lr"], group["weight_decay"], group["betas"][1]) == (0.5, 0.5, 0.999)
    assert group["betas"][0] == pytest.approx(0.85)
    assert (group["eps"], group["own"]) == (1e-6, 0.25)


def test_what_is_not_scheduled_is_left_as_it_was(make: Make, update: Update) -> None:
    optimizer = make(SGD, lr=0.3, momentum=0.9)
    scheduler = UnischedLR(optimizer, {"schedules": {"momentum": 0.5}})
    moved(scheduler, update, 3)
    assert (values(optimizer, "lr"), values(optimizer, "momentum")) == ([0.3], [0.5])
    assert scheduler.get_last_lr() == [0.3]


@pytest.mark.parametrize("kind", [int, float])
def test_what_is_written_is_a_plain_float(make: Make, kind: type) -> None:
    optimizer = make(SGD, lr=kind(1), momentum=kind(0))
    UnischedLR(optimizer, {"schedules": {"learning_rate": 1, "momentum": 0}})
    assert [type(value) for value in (*values(optimizer, "lr"), *values(optimizer, "momentum"))] == [float, float]


def test_group_names_stand_in_for_names_that_the_groups_do_not_have(make: Make) -> None:
    optimizer = make(SGD)
    UnischedLR(optimizer, HALF_FOR_HEAD, group_names=["head"])
    assert values(optimizer, "lr") == [0.5]


def test_the_own_name_of_a_group_wins_over_group_names(make: Make) -> None:
    optimizer = make(SGD, ("head",))
    UnischedLR(optimizer, HALF_FOR_HEAD, group_names=["body"])
    assert values(optimizer, "lr") == [0.5]


def test_a_group_without_any_name_is_called_by_its_index(make: Make) -> None:
    optimizer = make(SGD)
    UnischedLR(optimizer, {"schedules": {"learning_rate": 1}, "groups": {"0": {"learning_rate": 0.25}}})
    assert values(optimizer, "lr") == [0.25]


def test_a_name_that_no_group_has_is_refused_with_the_names_there_are(make: Make) -> None:
    optimizer = make(SGD, ("body", "neck"))
    with pytest.raises(BindingError, match=r"no param group is named 'head'\. There are 'body', 'neck'"):
        UnischedLR(optimizer, HALF_FOR_HEAD)
    assert values(optimizer, "lr") == [0.1, 0.1]


def test_a_pattern_that_fits_no_group_warns_once_and_waits(make: Make, update: Update) -> None:
    optimizer = make(SGD, ("body",))
    spec = {**HALF_FOR_HEAD, "groups": {"head*": {"learning_rate": {"scale": 0.5}}}}
    with pytest.warns(UserWarning, match=r"'head\*' .* fit no param group yet; there are 'body'") as caught:
        scheduler = UnischedLR(optimizer, spec)
    assert len(caught) == 1
    moved(scheduler, update, 2)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "name": "head.0"})
    moved(scheduler, update, 1)
    assert values(optimizer, "lr") == [0.7, 0.35]


def test_a_group_added_later_follows_the_document_from_the_next_step(make: Make, update: Update) -> None:
    optimizer = make(SGD)
    scheduler = UnischedLR(optimizer, {"kind": "linear", "start": 1, "end": 0}, total=10)
    moved(scheduler, update, 3)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 5.0})
    assert values(optimizer, "lr") == [0.7, 5.0]
    moved(scheduler, update, 1)
    assert values(optimizer, "lr") == [0.6, 0.6]
    assert scheduler.get_last_lr() == [0.6, 0.6]


def test_a_group_added_later_keeps_its_own_base(make: Make, update: Update) -> None:
    optimizer = make(SGD, lr=1.0)
    scheduler = UnischedLR(optimizer, {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}, total=4)
    moved(scheduler, update, 1)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 8.0})
    moved(scheduler, update, 1)
    assert values(optimizer, "lr") == [0.5, 4.0]
    assert scheduler.base_lrs == [1.0, 8.0]


def test_each_group_is_the_base_of_its_own_schedule(make: Make) -> None:
    optimizer = make(AdamW, ("a", "b"))
    for group, rate, decay in zip(optimizer.param_groups, (0.1, 0.2), (0.01, 0.0), strict=True):
        group.update(lr=rate, weight_decay=decay)
    spec = {
        "schedules": {
            "learning_rate": {"base": "optimizer", "curve": 0.5},
            "weight_decay": {"base": "optimizer", "curve": 2},
        }
    }
    UnischedLR(optimizer, spec)
    UnischedLR(optimizer, spec)  # a base is written once
    assert values(optimizer, "lr") == [0.05, 0.1]
    assert values(optimizer, "weight_decay") == [0.02, 0.0]
    assert values(optimizer, "initial_weight_decay") == [0.01, 0.0]


def test_all_that_an_optimizer_lacks_is_named_before_anything_is_written(make: Make) -> None:
    optimizer = make(SGD, ("a", "b"))
    before = [dict(group) for group in optimizer.param_groups]
    with pytest.raises(BindingError) as caught:
        UnischedLR(optimizer, EVERYTHING)
    assert [problem.path for problem in caught.value.problems] == [
        "schedules.beta1", "schedules.epsilon", "schedules.own"
    ]  # fmt: skip
    assert all("SGD has no " in p.fault and "'a', 'b'" in p.fault for p in caught.value.problems)
    assert [dict(group) for group in optimizer.param_groups] == before


def test_a_momentum_that_is_called_beta1_here_is_pointed_out(make: Make) -> None:
    cycle = {"kind": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 10}
    with pytest.raises(BindingError, match=r"""AdamW has no 'momentum'.*is beta1; .* with "momentum": "beta1".$"""):
        UnischedLR(make(AdamW), cycle)
    optimizer = make(AdamW)
    UnischedLR(optimizer, {**cycle, "momentum": "beta1"})
    assert optimizer.param_groups[0]["betas"] == (0.95, 0.999)


@pytest.mark.parametrize("key", ["nesterov", "params", "foreach"])
def test_a_key_that_holds_no_number_is_refused(make: Make, key: str) -> None:
    with pytest.raises(BindingError, match=f"SGD has no number in '{key}'"):
        UnischedLR(make(SGD), {"schedules": {key: 1}})


def test_two_patterns_for_one_group_are_refused(make: Make) -> None:
    spec = {"schedules": {"learning_rate": 1}, "groups": {"a*": {"learning_rate": 2}, "*b": {"learning_rate": 3}}}
    with pytest.raises(BindingError, match="both match the param group 'ab'"):
        UnischedLR(make(SGD, ("ab",)), spec)


def test_a_group_that_cannot_follow_later_is_no_type_error(make: Make, update: Update) -> None:
    optimizer = make(SGD, ("a", "b"))
    spec = {"schedules": {"learning_rate": 1}, "groups": {"a*": {"learning_rate": 2}, "*b": {"learning_rate": 3}}}
    scheduler = UnischedLR(optimizer, spec)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "name": "ab"})
    with pytest.raises(StepError, match="both match the param group 'ab'"):
        moved(scheduler, update, 1)
    assert scheduler.last_epoch == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_tensors_stay_the_same_tensors(make: Make, update: Update, dtype: torch.dtype) -> None:
    rate, beta, other = (torch.tensor(value, dtype=dtype) for value in (0.1, 0.5, 0.875))
    optimizer = make(AdamW, lr=rate, betas=(beta, other), foreach=False)
    scheduler = UnischedLR(
        optimizer, {"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "beta1": 0.75}}, total=3
    )
    moved(scheduler, update, 1)
    group = optimizer.param_groups[0]
    assert group["lr"] is rate
    assert group["betas"][0] is beta
    assert group["betas"][1] is other
    assert rate.dtype == dtype
    assert float(rate) == float(torch.tensor(2 / 3, dtype=dtype))
    assert (float(beta), float(other)) == (0.75, 0.875)


def test_a_float32_rate_does_not_drift(make: Make) -> None:
    program = unisched.compile({"kind": "exponential", "start": 0.1, "rate": 0.9999})
    optimizer = make(SGD, lr=torch.tensor(0.1), foreach=False)
    scheduler = UnischedLR(optimizer, program)
    for _ in range(5000):
        optimizer.step()
        scheduler.step()
    assert float(optimizer.param_groups[0]["lr"]) == float(torch.tensor(program(5000), dtype=torch.float32))


def test_last_rates_are_copies_of_tensors(make: Make, update: Update) -> None:
    optimizer = make(SGD, lr=torch.tensor(0.1), foreach=False)
    scheduler = UnischedLR(optimizer, {"kind": "linear", "start": 1, "end": 0}, total=2)
    last = scheduler.get_last_lr()[0]
    moved(scheduler, update, 1)
    assert float(last) == 1.0


def test_a_tensor_shared_by_two_groups_is_refused(make: Make) -> None:
    rate = torch.tensor(0.1)
    optimizer = make(SGD, ("a", "b"), lr=rate, foreach=False)
    with pytest.raises(BindingError, match="one tensor is 'lr' of param group 'a' and 'lr' of param group 'b'"):
        UnischedLR(optimizer, {"kind": "constant", "value": 1})
    assert float(rate) == pytest.approx(0.1)


def test_a_tensor_shared_by_a_later_group_is_refused_at_its_first_step(make: Make, update: Update) -> None:
    optimizer = make(SGD, ("a",), lr=torch.tensor(0.1), foreach=False)
    scheduler = UnischedLR(optimizer, {"kind": "constant", "value": 1})
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "name": "b"})
    with pytest.raises(StepError, match="one tensor is"):
        moved(scheduler, update, 1)


def test_a_tensor_of_whole_numbers_is_refused(make: Make) -> None:
    optimizer = make(SGD, foreach=False)
    optimizer.param_groups[0]["lr"] = torch.tensor(1)
    with pytest.raises(BindingError, match="SGD has no single float in 'lr'"):
        UnischedLR(optimizer, {"kind": "constant", "value": 1})


def test_last_used_is_what_the_update_just_made_has_used(make: Make, update: Update) -> None:
    optimizer = make(SGD, momentum=0.9)
    spec = {"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "momentum": 0.5}}
    scheduler = UnischedLR(optimizer, spec, total=4)
    assert scheduler.last_used() == {}
    update(optimizer)
    assert scheduler.last_used() == {"lr": 1.0, "momentum": 0.5}
    scheduler.step()
    assert scheduler.last_used() == {"lr": 1.0, "momentum": 0.5}
    moved(scheduler, update, 1)
    assert scheduler.last_used() == {"lr": 0.75, "momentum": 0.5}


def test_last_used_tells_groups_apart(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, ("head", "body", "body")), HALF_FOR_HEAD)
    moved(scheduler, update, 1)
    assert scheduler.last_used() == {"lr-head": 0.5, "lr-body/1": 1.0, "lr-body/2": 1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"driver": "optimiser"}, "Did you mean 'optimizer'?"),
        ({"group_names": "head"}, "not a list of names"),
        ({"last_epoch": -2}, "not a whole number from -1"),
        ({"last_epoch": 3, "state": "{}"}, "both say where to begin"),
    ],
)
def test_an_argument_that_does_not_fit_is_refused(make: Make, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BindingError) as caught:
        UnischedLR(make(), {"kind": "constant", "value": 1}, **arguments)
    assert message in str(caught.value)


def test_a_compiled_program_takes_no_clock(make: Make) -> None:
    program = unisched.compile({"kind": "constant", "value": 1})
    with pytest.raises(BindingError, match="a compiled program has its clock: total"):
        UnischedLR(make(), program, total=5)


def test_something_that_is_no_optimizer_is_refused() -> None:
    with pytest.raises(BindingError, match="is no torch optimizer"):
        UnischedLR([1, 2], {"kind": "constant", "value": 1})  # type: ignore[arg-type]


def test_betas_that_are_too_few_are_refused(make: Make) -> None:
    optimizer = make(SGD)
    optimizer.param_groups[0]["betas"] = (0.9,)
    with pytest.raises(BindingError, match="SGD has no element 1 in 'betas'"):
        UnischedLR(optimizer, {"schedules": {"beta2": 0.99}})
