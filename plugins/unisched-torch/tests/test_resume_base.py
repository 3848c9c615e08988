"""A portable state and what the optimizer was given: a schedule that is a factor of it goes on from the same value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import AdamW, Optimizer
from unisched_torch import SchedulerFactory, UnischedLR, backend

import unisched
from unisched import State
from unisched.errors import StateError, UnsupportedError

Make = Callable[..., Optimizer]
Train = Callable[[Any, int], list[float]]

DOWN = {"kind": "linear", "start": 1, "end": 0}
FACTOR = {"base": "optimizer", "curve": DOWN}


def saved_after(train: Train, optimizer: Optimizer, steps: int = 1, spec: Any = FACTOR) -> State:
    scheduler = UnischedLR(optimizer, spec, total=10)
    train(scheduler, steps)
    return scheduler.state()


def test_a_state_is_refused_on_an_optimizer_that_was_given_another_value(make: Make, train: Train) -> None:
    state = saved_after(train, make(lr=0.1))
    optimizer = make(lr=0.5)
    with pytest.raises(StateError) as caught:
        UnischedLR(optimizer, FACTOR, total=10, state=state)
    assert (caught.value.code, caught.value.path) == ("state.base", "state.base.learning_rate")
    message = str(caught.value)
    assert all(part in message for part in ("factor of 0.1", "'0' gives 0.5", "with 0.1", "strict=False"))
    assert (optimizer.param_groups[0]["lr"], "initial_lr" in optimizer.param_groups[0]) == (0.5, False)


def test_a_factory_refuses_such_an_optimizer_when_it_comes(make: Make, train: Train) -> None:
    program = unisched.compile(FACTOR, total=10)
    factory = backend.forms["scheduler"].emit(program, saved_after(train, make(lr=0.1)))
    assert isinstance(factory, SchedulerFactory)
    with pytest.raises(StateError, match=r"factor of 0\.1"):
        factory(make(lr=0.5))


def test_a_state_goes_on_over_the_value_it_was_saved_with(make: Make, train: Train) -> None:
    resumed = UnischedLR(make(lr=0.1), FACTOR, total=10, state=saved_after(train, make(lr=0.1)))
    assert resumed.get_last_lr() == [0.1 * 0.9]


def test_without_strict_the_new_value_is_followed(make: Make, train: Train) -> None:
    resumed = UnischedLR(make(lr=0.5), FACTOR, total=10, state=saved_after(train, make(lr=0.1)), strict=False)
    assert resumed.get_last_lr() == [0.45]
    assert resumed.state().base == {"learning_rate": 0.5}


def test_a_loaded_checkpoint_is_the_truth_whatever_the_optimizer_was_given(make: Make, train: Train) -> None:
    trained = make(lr=0.1)
    state = saved_after(train, trained)
    optimizer = make(lr=0.5)
    optimizer.load_state_dict(trained.state_dict())
    assert UnischedLR(optimizer, FACTOR, total=10, state=state).get_last_lr() == [0.1 * 0.9]


def test_every_hyperparameter_and_group_that_differs_is_named(make: Make, train: Train) -> None:
    spec = {"schedules": {"learning_rate": FACTOR, "beta1": {"base": "optimizer", "curve": 0.5}}}
    state = saved_after(train, make(AdamW, ("a", "b")), spec=spec)
    other = make(AdamW, ("a", "b"), betas=(0.8, 0.999))
    other.param_groups[1]["lr"] = 0.2
    with pytest.raises(StateError) as caught:
        UnischedLR(other, spec, total=10, state=state)
    assert sorted((p.path, p.fault.split("param group ")[1]) for p in caught.value.problems) == [
        ("state.base.beta1", "'a' gives 0.8"), ("state.base.beta1", "'b' gives 0.8"),
        ("state.base.learning_rate", "'b' gives 0.2"),
    ]  # fmt: skip


def test_a_group_added_after_loading_may_bring_a_value_of_its_own(make: Make, train: Train) -> None:
    trained = make(lr=0.1)
    state = saved_after(train, trained)
    optimizer = make(lr=0.1)
    optimizer.load_state_dict(trained.state_dict())
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 8.0})
    resumed = UnischedLR(optimizer, FACTOR, total=10, state=state)
    assert resumed.get_last_lr() == [0.1 * 0.9, 8.0 * 0.9]
    assert resumed.state().base == {}


def test_absolute_values_go_on_over_any_optimizer(make: Make, train: Train) -> None:
    state = saved_after(train, make(lr=0.1), spec=DOWN)
    assert UnischedLR(make(lr=0.5), DOWN, total=10, state=state).get_last_lr() == [0.9]


def test_a_state_of_a_schedule_that_was_told_the_value_goes_on_over_an_optimizer_that_gives_it(make: Make) -> None:
    told = unisched.compile(FACTOR, total=10, base=0.1).start().at(1)
    assert told.base == {"learning_rate": 0.1}
    resumed = UnischedLR(make(lr=0.1), FACTOR, total=10, state=told)
    assert resumed.get_last_lr() == [unisched.compile(FACTOR, total=10, base=0.1)(1)]
    assert resumed.state().fingerprint == unisched.compile(FACTOR, total=10).fingerprint
    assert resumed.state().base == {"learning_rate": 0.1}


def test_and_is_refused_over_one_that_gives_another(make: Make) -> None:
    told = unisched.compile(FACTOR, total=10, base=0.1).start().at(1)
    with pytest.raises(StateError) as caught:
        UnischedLR(make(lr=0.5), FACTOR, total=10, state=told)
    assert caught.value.code == "state.base"
    assert all(part in str(caught.value) for part in ("factor of 0.1", "'0' gives 0.5"))


def test_the_value_that_the_optimizer_gave_goes_along_where_there_is_no_optimizer(make: Make, train: Train) -> None:
    state = saved_after(train, make(lr=0.1), steps=3)
    told = unisched.compile(FACTOR, total=10, base=0.1)
    for given in (state, state.to_json()):
        scheduler = unisched.build(FACTOR, total=10, form="scheduler", state=given)
        assert scheduler.value() == told(3)
        assert scheduler.state() == told.start().at(3)
    assert unisched.build(FACTOR, total=10, state=state)(2) == told(5)
    back = UnischedLR(make(lr=0.1), FACTOR, total=10, state=scheduler.state())
    assert back.state() == state


def test_the_value_of_another_run_does_not_go_along(make: Make, train: Train) -> None:
    state = saved_after(train, make(lr=0.1))
    with pytest.raises(UnsupportedError, match="does not know what the optimizer gave"):
        unisched.build({"base": "optimizer", "curve": 0.5}, total=10, state=state)
    with pytest.raises(StateError) as caught:
        unisched.build(FACTOR, total=10, base=0.2, state=state)
    assert caught.value.code == "state.spec_mismatch"
    assert "learning_rate of 0.1" in str(caught.value)


def test_a_run_that_is_replanned_goes_on_over_the_same_value(make: Make, train: Train) -> None:
    state = saved_after(train, make(lr=0.1), steps=5)
    spec = unisched.replan(state, tail={"kind": "linear", "start": "current", "end": 0, "duration": 2})
    resumed = UnischedLR(make(lr=0.1), spec, state=unisched.adopt(state, spec))
    assert resumed.get_last_lr() == [0.05]
    train(resumed, 1)
    assert resumed.get_last_lr() == [0.025]
