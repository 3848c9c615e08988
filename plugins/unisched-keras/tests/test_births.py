"""Param groups that appeared while the run went on: their entries count from there, in a state and in a saved model."""

from __future__ import annotations

import json
from dataclasses import replace

import keras
import pytest
from unisched_keras import UnischedCallback, UnischedSchedule, state
from unisched_keras.replay import rates_used

import unisched

UP = {"kind": "linear", "start": 0, "end": 1, "duration": 4}
SPEC = {
    "total": 10,
    "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}},
    "groups": {"block*": {"learning_rate": {"from": "birth", "curve": UP}}},
}


@pytest.fixture
def begun():
    """A state of another backend: at step 2, with one group that appeared at step 3."""
    return replace(unisched.compile(SPEC).start().at(2), births={"block.0": 3}).to_json()


@pytest.mark.parametrize(("group", "due"), [("block.0", [0, 0, 0.25, 0.5, 0.75]), ("block.1", [0.5, 0.75, 1, 1, 1])])
def test_a_schedule_counts_from_the_birth_of_its_group(begun, group, due):
    schedule = UnischedSchedule(SPEC, state=begun, group=group)
    optimizer = keras.optimizers.SGD(schedule)
    assert rates_used(optimizer, 5) == due
    assert [float(schedule(step)) for step in range(5)] == due
    assert (state(optimizer).step, state(optimizer).births) == (7, {"block.0": 3})


def test_a_saved_schedule_keeps_the_birth(begun):
    schedule = UnischedSchedule(SPEC, state=begun, group="block.0")
    restored = UnischedSchedule.from_config(json.loads(json.dumps(schedule.get_config())))
    assert [float(restored(step)) for step in range(5)] == [0, 0, 0.25, 0.5, 0.75]
    assert restored.state(0) == schedule.state(0)


def test_a_schedule_saved_without_births_has_none():
    config = UnischedSchedule(SPEC, group="block.0").get_config()
    del config["births"]
    assert float(UnischedSchedule.from_config(config)(2)) == 0.5


def test_a_callback_counts_from_the_birth_of_its_group(begun):
    callback = UnischedCallback(SPEC, state=begun, group="block.0")
    assert rates_used(keras.optimizers.SGD(1.0), 5, [callback]) == [0, 0, 0.25, 0.5, 0.75]
    assert callback.state().births == {"block.0": 3}
