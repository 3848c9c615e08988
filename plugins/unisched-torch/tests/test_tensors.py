"""Hyperparameters that the optimizer was given as tensors: the same tensors throughout, and never one for two."""

from __future__ import annotations

import copy
import itertools
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

DOWN = {"kind": "linear", "start": 1, "end": 0}
RATE_AND_BETAS = {"learning_rate": DOWN, "beta1": {"kind": "linear", "start": 0.9, "end": 0.8}, "beta2": 0.75}
DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]


def tensor(value: float = 0.1, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.tensor(value, dtype=dtype)


def moved(scheduler: UnischedLR, update: Update, steps: int) -> None:
    for _ in range(steps):
        update(scheduler.optimizer)
        scheduler.step()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)], ids=str)
def test_a_rate_stays_the_tensor_it_is_and_holds_the_nearest_value_of_its_dtype(
    make: Make, update: Update, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    rate = tensor(dtype=dtype).reshape(shape)
    memory = rate.data_ptr()
    program = unisched.compile({"schedules": {"learning_rate": DOWN}}, total=7)
    scheduler = UnischedLR(make(SGD, foreach=False), program)
    scheduler.optimizer.param_groups[0]["lr"] = rate
    for step in range(1, 8):
        moved(scheduler, update, 1)
        held = scheduler.optimizer.param_groups[0]["lr"]
        assert held is rate
        assert (rate.dtype, rate.shape, rate.device.type, rate.data_ptr()) == (dtype, shape, "cpu", memory)
        assert float(rate) == float(tensor(program(step), dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_a_tensor_holds_zero_below_what_every_device_holds_and_float64_holds_all(
    make: Make, update: Update, dtype: torch.dtype
) -> None:
    dying = {"kind": "exponential", "start": 2.0**-125, "rate": 0.5}
    scheduler = UnischedLR(make(SGD, foreach=False), dying)
    scheduler.optimizer.param_groups[0]["lr"] = tensor(dtype=dtype)
    for expected in (2.0**-126, 2.0**-127, 2.0**-128):
        moved(scheduler, update, 1)
        held = expected if expected >= 2.0**-126 or dtype == torch.float64 else 0.0
        assert float(scheduler.optimizer.param_groups[0]["lr"]) == held
        assert [float(rate) for rate in scheduler.get_last_lr()] == [held]


def test_betas_of_tensors_and_floats_are_each_kept_as_they_are(make: Make, update: Update) -> None:
    beta1, beta2 = tensor(0.5), tensor(0.5, torch.float64)
    optimizer = make(AdamW, betas=(beta1, beta2), foreach=False)
    scheduler = UnischedLR(optimizer, {"schedules": RATE_AND_BETAS}, total=10)
    betas = optimizer.param_groups[0]["betas"]
    moved(scheduler, update, 5)
    assert optimizer.param_groups[0]["betas"] is betas
    assert betas == (beta1, beta2)
    assert (betas[0] is beta1, betas[1] is beta2, float(beta1), float(beta2)) == (
        True, True, float(tensor(0.85)), 0.75,
    )  # fmt: skip


def test_a_rate_that_requires_a_gradient_keeps_it_and_its_history(make: Make) -> None:
    rate = torch.tensor(0.1, requires_grad=True)
    optimizer = make(SGD, foreach=False)
    optimizer.param_groups[0]["lr"] = rate
    UnischedLR(optimizer, {"schedules": {"learning_rate": 0.5}})
    assert (float(rate.detach()), rate.requires_grad, rate.grad_fn) == (0.5, True, None)


def test_the_base_of_a_tensor_is_the_number_in_it_and_does_not_follow_it(make: Make, update: Update) -> None:
    optimizer = make(SGD, lr=tensor(0.1), foreach=False)
    scheduler = UnischedLR(optimizer, {"base": "optimizer", "curve": DOWN}, total=4)
    moved(scheduler, update, 2)
    assert float(optimizer.param_groups[0]["lr"]) == float(tensor(0.1)) / 2
    assert scheduler.state().base == {"learning_rate": float(tensor(0.1))}


def test_loading_an_optimizer_goes_on_in_the_tensors_that_it_brought(make: Make, update: Update) -> None:
    saved = make(SGD, lr=tensor(0.25), foreach=False)
    scheduler = UnischedLR(make(SGD, lr=tensor(0.1), foreach=False), {"schedules": {"learning_rate": DOWN}}, total=4)
    before = scheduler.optimizer.param_groups[0]["lr"]
    scheduler.optimizer.load_state_dict(saved.state_dict())
    loaded = scheduler.optimizer.param_groups[0]["lr"]
    assert loaded is not before
    moved(scheduler, update, 1)
    assert scheduler.optimizer.param_groups[0]["lr"] is loaded
    assert (float(loaded), float(before), float(saved.param_groups[0]["lr"])) == (0.75, 1.0, 0.25)


def test_a_state_dict_of_tensors_is_of_plain_floats_also_after_steps(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD, lr=tensor(), foreach=False), {"schedules": {"learning_rate": DOWN}}, total=3)
    moved(scheduler, update, 1)
    saved = scheduler.state_dict()
    assert [type(value) for key in ("base_lrs", "_last_lr") for value in saved[key]] == [float, float]


ACTS = ("build", "load optimizer", "load scheduler")
ORDERS = [order for order in itertools.permutations(ACTS) if order.index("build") < order.index("load scheduler")]


@pytest.mark.parametrize("kinds", ["tensors", "floats", "tensors, then floats", "floats, then tensors"])
@pytest.mark.parametrize("order", ORDERS, ids=" > ".join)
@pytest.mark.parametrize("steps", [0, 3])
def test_every_order_of_resuming_goes_on_at_the_right_rate_whatever_holds_it(
    make: Make, update: Update, order: tuple[str, ...], kinds: str, steps: int
) -> None:
    def fresh(kind: str) -> Optimizer:
        return make(AdamW, ("a", "b"), foreach=False) if kind == "floats" else adamw_of_tensors()

    def adamw_of_tensors() -> Optimizer:
        optimizer = make(AdamW, ("a", "b"), foreach=False)
        for group in optimizer.param_groups:
            group["lr"] = tensor()
        return optimizer

    spec = {"schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 1, "warmup": 7}}}
    first, second = kinds.split(", then ") if "then" in kinds else (kinds, kinds)
    saved = UnischedLR(fresh(first), spec, total=30)
    moved(saved, update, steps)
    checkpoint = copy.deepcopy((saved.optimizer.state_dict(), saved.state_dict()))
    if first != second:
        for group in checkpoint[0]["param_groups"]:
            group["lr"] = tensor(float(group["lr"])) if second == "tensors" else float(group["lr"])
    optimizer = fresh(second)
    for act in order:
        match act:
            case "build":
                scheduler = UnischedLR(optimizer, spec, total=30)
            case "load optimizer":
                optimizer.load_state_dict(checkpoint[0])
            case _:
                scheduler.load_state_dict(checkpoint[1])
    if order[-1] == "load optimizer" and first != second:
        scheduler.load_state_dict(checkpoint[1])  # the checkpoint's own number is that of another dtype
    due = scheduler.program(steps)
    held = due if second == "floats" else float(tensor(due))
    assert [float(group["lr"]) for group in optimizer.param_groups] == [held, held]
    assert scheduler.last_epoch == steps


def shared(places: str) -> Optimizer:
    """An optimizer of two groups in which one tensor stands at the places, as `group.key` or `group.betas.index`."""
    weights = [[torch.nn.Parameter(torch.ones(1))] for _ in range(2)]
    groups = [{"params": params, "name": name} for params, name in zip(weights, "ab", strict=True)]
    optimizer = AdamW(groups, foreach=False)
    one = tensor(0.5)
    for place in places.split():
        name, key, *index = place.split(".")
        group = optimizer.param_groups["ab".index(name)]
        if index:
            betas = list(group[key])
            betas[int(index[0])] = one
            group[key] = tuple(betas)
        else:
            group[key] = one
    return optimizer


SHARED = {
    "a.lr b.lr": "one tensor is 'lr' of param group 'a' and 'lr' of param group 'b'",
    "a.lr a.betas.0": "one tensor is 'lr' of param group 'a' and 'beta1' of param group 'a'",
    "a.betas.0 a.betas.1": "one tensor is 'beta1' of param group 'a' and 'beta2' of param group 'a'",
    "a.betas.0 b.betas.0": "one tensor is 'beta1' of param group 'a' and 'beta1' of param group 'b'",
    "a.lr b.weight_decay": "one tensor is 'lr' of param group 'a' and 'weight_decay' of param group 'b'",
    "a.lr b.lr b.betas.1": "'lr' of param group 'a' and 'lr' of param group 'b' and 'beta2' of param group 'b'",
}


@pytest.mark.parametrize(("places", "message"), SHARED.items(), ids=SHARED)
def test_a_tensor_in_two_places_is_refused_before_anything_is_written(places: str, message: str) -> None:
    optimizer = shared(places)
    before = copy.deepcopy(optimizer.param_groups)
    with pytest.raises(BindingError, match=message) as caught:
        UnischedLR(optimizer, {"schedules": RATE_AND_BETAS}, total=10)
    assert len(caught.value.problems) == 1
    assert [group["lr"] for group in optimizer.param_groups] == [group["lr"] for group in before]


def test_a_tensor_that_nothing_schedules_may_be_shared() -> None:
    UnischedLR(shared("a.weight_decay b.weight_decay"), {"schedules": RATE_AND_BETAS}, total=10)


def test_groups_of_one_name_may_not_share_a_tensor_either() -> None:
    rate = tensor()
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "name": "same"} for _ in range(2)]
    with pytest.raises(BindingError, match="one tensor is"):
        UnischedLR(SGD(groups, lr=rate, foreach=False), {"schedules": {"learning_rate": 1}})


def test_two_views_of_one_number_are_one_tensor_and_two_elements_are_two(make: Make) -> None:
    pair = torch.tensor([0.1, 0.2])
    optimizer = make(SGD, ("a", "b"), foreach=False)
    for group, element in zip(optimizer.param_groups, (0, 0), strict=True):
        group["lr"] = pair[element]
    with pytest.raises(BindingError, match="one tensor is 'lr' of param group 'a' and 'lr' of param group 'b'"):
        UnischedLR(optimizer, {"schedules": {"learning_rate": 1}})
    for group, element in zip(optimizer.param_groups, (0, 1), strict=True):
        group["lr"] = pair[element]
    spec = {"schedules": {"learning_rate": 1}, "groups": {"b": {"learning_rate": 0.5}}}
    UnischedLR(optimizer, spec)
    assert pair.tolist() == [1, 0.5]


@pytest.mark.parametrize("act", ["step", "load"])
def test_a_loaded_optimizer_that_shares_a_tensor_is_refused(make: Make, update: Update, act: str) -> None:
    scheduler = UnischedLR(make(SGD, ("a", "b"), foreach=False), {"schedules": {"learning_rate": DOWN}}, total=10)
    moved(scheduler, update, 1)
    saved = scheduler.state_dict()
    scheduler.optimizer.load_state_dict(make(SGD, ("a", "b"), lr=tensor(), foreach=False).state_dict())
    update(scheduler.optimizer)
    with pytest.raises(StepError, match="one tensor is 'lr' of param group 'a' and 'lr' of param group 'b'"):
        scheduler.step() if act == "step" else scheduler.load_state_dict(saved)
    assert scheduler.last_epoch == 1
    for group in scheduler.optimizer.param_groups:
        group["lr"] = group["lr"].clone()
    scheduler.step()
    assert [float(group["lr"]) for group in scheduler.optimizer.param_groups] == [float(tensor(0.8))] * 2


def test_torch_refuses_a_rate_of_a_tensor_with_foreach_unless_it_is_capturable() -> None:
    weight = [torch.nn.Parameter(torch.ones(2))]
    with pytest.raises(ValueError, match="foreach=True"):
        AdamW(weight, lr=tensor(), foreach=True)
    every: tuple[dict[str, Any], ...] = ({}, {"foreach": True, "capturable": True})
    for settings in every:
        rate = tensor()
        scheduler = UnischedLR(AdamW(weight, lr=rate, **settings), {"schedules": {"learning_rate": DOWN}}, total=4)
        assert (scheduler.optimizer.param_groups[0]["lr"] is rate, float(rate)) == (True, 1.0)


@pytest.mark.parametrize("value", [torch.tensor([0.1, 0.2]), torch.tensor(1), torch.tensor(True)], ids=str)
def test_a_tensor_that_is_no_single_float_is_refused(make: Make, value: Any) -> None:
    optimizer = make(SGD, foreach=False)
    optimizer.param_groups[0]["lr"] = value
    with pytest.raises(BindingError, match="SGD has no single float in 'lr'"):
        UnischedLR(optimizer, {"schedules": {"learning_rate": 1}})
