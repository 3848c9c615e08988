"""An OptimizerGroup's optimizers are param groups, and what cannot be followed is refused with the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tinygrad import Tensor
from tinygrad.nn.optim import LARS, SGD, AdamW, OptimizerGroup

import unisched
from unisched.plugin import BindingError

RATE = {"kind": "constant", "value": 0.5}
HEAD = {"schedules": {"learning_rate": 0.5}, "groups": {"head": {"learning_rate": 0.25, "weight_decay": 0.125}}}


def test_each_optimizer_follows_the_group_of_its_name(weight: Callable[[], Any]) -> None:
    group = OptimizerGroup(SGD([weight()]), OptimizerGroup(AdamW([weight()])))
    unisched.build(HEAD, "tinygrad", total=10, optimizer=group, group_names=("body", "head"))
    assert (group[0].lr.item(), group[1][0].lr.item(), group[1][0].wd.item()) == (0.5, 0.25, 0.125)


def test_an_optimizer_that_follows_nothing_keeps_its_rate(weight: Callable[[], Any]) -> None:
    group = OptimizerGroup(AdamW([weight()], lr=0.5), AdamW([weight()], lr=0.25))
    spec = {"schedules": {"weight_decay": 0.5}, "groups": {"a*": {"learning_rate": 0.125}}}
    unisched.build(spec, "tinygrad", total=10, optimizer=group, group_names=("a0", "b"))
    assert (group[0].lr.item(), group[1].lr.item(), group[1].wd.item()) == (0.125, 0.25, 0.5)


@pytest.mark.parametrize(
    ("spec", "made", "names", "code", "message"),
    [
        (HEAD, lambda w: AdamW([w()]), None, "tinygrad.group", r"no optimizer is named 'head'\. There are '0'\. Pass"),
        (HEAD, lambda w: AdamW([w()]), ("a", "b"), "tinygrad.names", "there are 2 names for 1 optimizers"),
        (HEAD, lambda w: OptimizerGroup(SGD([w()]), SGD([w()])), "ab", "tinygrad.names", "'ab' is no list of names"),
        (HEAD, lambda w: AdamW([w()]), [0], "tinygrad.names", r"\[0\] is no list of names\. Pass one name for each"),
        (RATE, lambda w: [SGD([w()])], None, "tinygrad.optimizer", "list is no optimizer of tinygrad"),
        ({"schedules": {"weight_decay": 0.5}}, lambda w: SGD([w()]), None, "tinygrad.compiled_in",
         r"LARS holds 'wd' as a number, compiled in\. Take Adam, AdamW or LAMB, or leave weight_decay out with"),
        ({"schedules": {"beta1": 0.5}}, lambda w: LARS([w()]), None, "tinygrad.missing",
         r"LARS has no 'b1'\. Take Adam"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused_with_the_way_out(
    spec: Any, made: Callable[..., Any], names: Any, code: str, message: str, weight: Callable[[], Any]
) -> None:
    with pytest.raises(BindingError, match=message) as refused:
        unisched.build(spec, "tinygrad", total=10, optimizer=made(weight), group_names=names)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_program_that_no_optimizer_follows_is_refused(weight: Callable[[], Any]) -> None:
    spec = {"schedules": {"weight_decay": 0.5}, "groups": {"a*": {"learning_rate": 0.125}}}
    program = unisched.compile(spec, total=10).select("learning_rate")
    with pytest.raises(BindingError, match=r"no optimizer follows the schedule\. They are named '0'\."):
        unisched.build(program, "tinygrad", optimizer=SGD([weight()]))


def test_momentum_is_refused_with_the_way_out(weight: Callable[[], Any]) -> None:
    with pytest.raises(unisched.UnischedError, match=r"schedules\.momentum.*program\.select\("):
        unisched.build({"schedules": {"learning_rate": 0.5, "momentum": 0.9}}, "tinygrad", total=10,
                       optimizer=SGD([weight()], momentum=0.9))  # fmt: skip


def test_a_tensor_that_stands_in_two_places_is_refused(weight: Callable[[], Any]) -> None:
    group = OptimizerGroup(SGD([weight()]), SGD([weight()]))
    group[1].lr = group[0].lr
    with pytest.raises(BindingError, match="one tensor is 'lr' in two places"):
        unisched.build(RATE, "tinygrad", total=10, optimizer=group)


def test_a_rate_that_is_a_constant_is_refused(weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()])
    optimizer.lr = Tensor(0.1)  # as CONST_LR makes it
    with pytest.raises(BindingError, match="cannot be written"):
        unisched.build(RATE, "tinygrad", total=10, optimizer=optimizer)
