"""The embedded backend: it passes the kit as a stranger's plugin would, and its two objects keep their word."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import unisched
from unisched.errors import BindingError, StepError, UnsupportedError
from unisched.numpy_backend import ScheduleFunction, Scheduler
from unisched.testing import BackendConformance

SPEC = {
    "total": 100,
    "samples_per_step": 32,
    "tokens_per_step": 4096,
    "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "weight_decay": 0.04},
    "groups": {"head": {"learning_rate": {"scale": 0.5}}},
}


class TestNumpy(BackendConformance):
    backend = "numpy"


def function(**more: Any) -> ScheduleFunction:
    built: ScheduleFunction = unisched.build(SPEC, **more)
    return built


def scheduler(**more: Any) -> Scheduler:
    built: Scheduler = unisched.build(SPEC, form="scheduler", **more)
    return built


def test_the_default_form_is_the_function() -> None:
    assert isinstance(unisched.build(SPEC), ScheduleFunction)


def test_a_step_gives_a_float() -> None:
    assert type(function()(25)) is float
    assert function()(25) == 0.75


@pytest.mark.parametrize("step", [np.int64(25), np.array(25), np.uint8(25)], ids=["int64", "array of no axes", "uint8"])
def test_a_step_of_numpy_is_a_step(step: Any) -> None:
    assert function()(step) == 0.75


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_steps_of_any_integer_type_give_float64_of_their_shape(dtype: Any) -> None:
    steps = np.array([[0, 25], [50, 100]], dtype)
    values = function()(steps)
    assert values.dtype == np.float64
    assert values.tolist() == [[1.0, 0.75], [0.5, 0.0]]


def test_no_steps_give_no_values() -> None:
    assert function()(np.array([], np.int64)).shape == (0,)


def test_targets_and_groups_are_asked_for_by_name() -> None:
    assert function()(0, "weight_decay") == 0.04
    assert function()(0, "learning_rate", "head") == 0.5
    assert function()(0, group="head") == 0.5


def test_the_only_hyperparameter_needs_no_name() -> None:
    assert unisched.build({"schedules": {"momentum": 0.9}})(0) == 0.9


@pytest.mark.parametrize(
    "step", [-1, 1.0, True, "1", None, np.array([-1]), np.array([0.5]), np.array([True])], ids=repr
)
def test_what_is_no_step_is_refused(step: Any) -> None:
    with pytest.raises(StepError):
        function()(step)


def test_an_unknown_target_is_refused_with_the_nearest() -> None:
    with pytest.raises(BindingError, match=r"Did you mean 'weight_decay'\?"):
        function()(0, "weight_decya")


def test_a_function_counts_from_the_state_it_was_built_with() -> None:
    resumed = function(state=function().state(40))
    assert resumed(0) == function()(40)
    assert resumed(np.arange(3)).tolist() == function()(np.arange(40, 43)).tolist()
    assert resumed.state(2).step == 42


LATE = [(2**64 - 1, np.uint64), (2**63, np.uint64), (2**63 - 1, np.int64), (255, np.uint8), (127, np.int8)]


@pytest.mark.parametrize(("step", "dtype"), LATE, ids=str)
def test_a_late_step_in_an_array_stays_late_behind_a_state(step: int, dtype: Any) -> None:
    resumed = function(state=function().state(10))
    assert resumed(np.array([step, 0], dtype)).tolist() == [resumed(step), resumed(0)]
    assert resumed(step) == 0.0


def test_a_state_at_the_last_step_of_all_has_late_steps_too() -> None:
    resumed = function(state=function().state().at(2**63 - 1))
    assert resumed(np.array([0, 1, 2**62], np.int64)).tolist() == [0.0, 0.0, 0.0]


def test_equal_functions_are_equal_and_hash_alike() -> None:
    assert len({function(), function(), function(state=function().state(1))}) == 2


def test_a_function_and_a_scheduler_survive_pickling_and_copying() -> None:
    for build in (pickle.loads, copy.deepcopy):
        again = build(pickle.dumps(function())) if build is pickle.loads else build(function())
        assert again == function()
    stepped = scheduler()
    stepped.step()
    assert pickle.loads(pickle.dumps(stepped)).value() == stepped.value() == 0.99


def test_a_scheduler_stands_at_the_value_of_the_next_update() -> None:
    native, used = scheduler(), []
    for _ in range(3):
        used.append(native.value())
        native.step()
    assert used == [1.0, 0.99, 0.98]
    assert native.state().step == 3


def test_schedulers_count_apart() -> None:
    one, other = scheduler(), scheduler()
    one.step()
    assert (one.state().step, other.state().step) == (1, 0)


def test_a_scheduler_moves_by_tokens_and_samples_and_keeps_the_remainder() -> None:
    native = scheduler()
    native.advance(tokens=4096 * 3 + 5)
    assert (native.state().step, native.state().carry, native.state().driven_by) == (3, 5, "tokens")
    native.advance(tokens=4091)
    assert (native.state().step, native.state().carry) == (4, 0)


@pytest.mark.parametrize(
    "moves",
    [{}, {"tokens": 1, "samples": 1}, {"tokens": -1}, {"tokens": 1.5}, {"samples": True}, {"samples": "32"}],
    ids=repr,
)
def test_a_move_that_is_none_is_refused_and_moves_nothing(moves: dict[str, Any]) -> None:
    native = scheduler()
    with pytest.raises(StepError) as caught:
        native.advance(**moves)
    assert caught.value.code == "step.advance"
    assert native.state().step == 0


def test_moving_by_an_unknown_pace_is_refused() -> None:
    native = unisched.build({"kind": "constant", "value": 0.1}, form="scheduler")
    with pytest.raises(StepError, match="tokens_per_step") as caught:
        native.advance(tokens=3)
    assert caught.value.code == "units.missing"


def test_a_factor_of_the_optimizers_value_is_refused_without_it() -> None:
    document = {"base": "optimizer", "curve": {"kind": "constant", "value": 0.5}}
    with pytest.raises(UnsupportedError, match="base="):
        unisched.build(document)
    assert unisched.build(document, base=0.2)(0) == 0.1


def test_both_objects_say_what_they_are() -> None:
    assert repr(function()) == "ScheduleFunction(learning_rate, weight_decay, from step 0)"
    assert repr(scheduler()) == "Scheduler(learning_rate, weight_decay, at step 0)"
