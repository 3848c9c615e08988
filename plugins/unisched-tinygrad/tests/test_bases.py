"""Factors of what an optimizer was given, which it remembers, also where schedulers come one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tinygrad.nn.optim import SGD, AdamW, OptimizerGroup
from unisched_tinygrad.shortest import shortest

import unisched
from unisched.plugin import float32

HALF = {"base": "optimizer", "curve": 0.5}


def test_a_factor_is_of_the_number_that_the_user_wrote(weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()], lr=0.001)
    scheduler = unisched.build(HALF, "tinygrad", total=4, optimizer=optimizer)
    assert scheduler.state().base == {"learning_rate": 0.001}
    assert optimizer.lr.item() == float32(0.0005)


def test_a_scheduler_that_follows_another_starts_from_the_same_base(weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()], lr=0.001)
    for _ in range(2):
        scheduler = unisched.build(HALF, "tinygrad", total=4, optimizer=optimizer)
        assert scheduler.state().base == {"learning_rate": 0.001}
        assert optimizer.lr.item() == float32(0.0005)


def test_two_schedulers_share_an_optimizer_each_with_its_own_number(weight: Callable[[], Any]) -> None:
    optimizer = AdamW([weight()], lr=0.5, weight_decay=0.25)
    falling = {"kind": "linear", "start": 1.0, "end": 0.0}
    rate = unisched.build(falling, "tinygrad", total=4, optimizer=optimizer)
    decay = unisched.build({"schedules": {"weight_decay": falling}}, "tinygrad", total=2, optimizer=optimizer)
    rate.step()
    assert (optimizer.lr.item(), optimizer.wd.item()) == (0.75, 1.0)
    decay.step()
    assert (optimizer.lr.item(), optimizer.wd.item()) == (0.75, 0.5)


def test_each_optimizer_of_a_group_has_a_base_of_its_own(weight: Callable[[], Any]) -> None:
    group = OptimizerGroup(SGD([weight()], lr=0.5), SGD([weight()], lr=0.25))
    scheduler = unisched.build(HALF, "tinygrad", total=4, optimizer=group)
    assert (group[0].lr.item(), group[1].lr.item()) == (0.25, 0.125)
    assert scheduler.state().base == {}


@pytest.mark.parametrize("number", [0.0, 0.1, 1e-8, 3e-4, 0.9, 0.999, 1.0, 16777217.0, 1 / 3, 1.17549435e-38])
def test_the_shortest_decimal_has_the_same_float32(number: float) -> None:
    single = float32(number)
    assert float32(shortest(single)) == single
    assert len(repr(shortest(single))) <= len(repr(single))
