"""How the work of a step and of a build grows with param groups and entries: counted in calls, not in seconds."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer
from unisched_torch import UnischedLR

import unisched

WARM = {"kind": "warmup_cosine", "peak": 1, "warmup": 5}
SIZES = (200, 400, 800)


def optimizer(groups: int) -> Optimizer:
    made = SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    made.param_groups.clear()
    for n in range(groups):  # as add_param_group does, whose own check goes through all earlier groups each time
        made.param_groups.append({**made.defaults, "params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.1 * (n + 1),
                                  "name": f"layer.{n}.weight"})  # fmt: skip
    return made


def calls(act: Callable[[], Any]) -> int:
    """How many functions are called, those written in C included."""
    count = 0

    def counted(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def is_linear(counts: list[int]) -> bool:
    """Tell whether twice the size is at most about twice the work, from sizes that double."""
    return all(more <= 2.2 * less for less, more in itertools.pairwise(counts))


def based(entries: int) -> dict[str, Any]:
    return {"base": "optimizer", "curve": WARM}


def named(entries: int) -> dict[str, Any]:
    groups = {f"layer.{n}.weight": {"learning_rate": {"scale": 1 + n}} for n in range(entries)}
    return {"schedules": {"learning_rate": WARM}, "groups": groups}


def globbed(entries: int) -> dict[str, Any]:
    groups = {f"layer.{n}.*": {"learning_rate": {"scale": 1 + n}} for n in range(entries)}
    return {"schedules": {"learning_rate": WARM}, "groups": groups}


SPECS = {"bases": based, "names": named, "globs": globbed}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_to_build_is_linear_in_groups_and_entries(spec: Callable[[int], dict[str, Any]]) -> None:
    programs = [unisched.compile(spec(size), total=100) for size in SIZES]
    assert is_linear([
        calls(lambda: UnischedLR(optimizer(size), program))  # noqa: B023
        for size, program in zip(SIZES, programs, strict=True)
    ])  # fmt: skip


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_step_calls_as_many_functions_for_a_thousand_groups_as_for_two(spec: Callable[[int], dict[str, Any]]) -> None:
    found = set()
    for size in (2, 1000):
        scheduler = UnischedLR(optimizer(size), spec(size), total=100)
        for _ in range(3):
            scheduler.optimizer.step()
            scheduler.step()
        found.add(calls(scheduler.step))
    assert len(found) == 1


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_an_update_asks_the_schedule_as_much_for_a_thousand_groups_as_for_two(
    spec: Callable[[int], dict[str, Any]],
) -> None:
    found = set()
    for size in (2, 1000):
        scheduler = UnischedLR(optimizer(size), spec(size), total=100)
        (hook,) = scheduler.optimizer._optimizer_step_post_hooks.values()
        scheduler.optimizer.step()
        scheduler.step()
        found.add(calls(lambda: hook(scheduler.optimizer, (), {})))  # noqa: B023
    assert len(found) == 1


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_to_save_and_to_load_is_linear_in_groups(spec: Callable[[int], dict[str, Any]]) -> None:
    counts = []
    for size in SIZES:
        scheduler = UnischedLR(optimizer(size), spec(size), total=100)
        counts.append(calls(lambda: scheduler.load_state_dict(scheduler.state_dict())))  # noqa: B023
    assert is_linear(counts)


def test_work_for_each_pair_of_groups_is_seen() -> None:
    assert not is_linear([calls(lambda: [abs(a - b) for a in range(size) for b in range(size)]) for size in SIZES])  # noqa: B023
