"""Replay reports what optax's transformations used, and nothing that was not used."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from unisched_optax import Schedule, backend

import unisched
from unisched.plugin import Program, Target

REPLAY = backend.forms["schedules"].replay
NAMES = ["learning_rate", "weight_decay", "momentum", "beta1", "beta2", "epsilon", "kl_weight"]


def program_of(spec: Any, total: int = 40) -> Program:
    return unisched.compile(spec, total=total)


def test_every_hyperparameter_of_every_group_is_what_an_update_used() -> None:
    curve = {"kind": "linear", "start": 0.9, "end": 0.1}
    halved = {name: {"scale": 0.5} for name in NAMES}
    spec = {"schedules": dict.fromkeys(NAMES, curve), "groups": {"head*": halved}}
    program = program_of(spec)
    replayed = REPLAY(program, program.start().at(3), 21, {})
    assert set(replayed.values) == {Target(name, group) for name in NAMES for group in (None, "head*")}
    for target, used in replayed.values.items():
        assert used == [float(np.float32(program(step, *target))) for step in range(3, 21)]
    assert replayed.state == program.start().at(21)


def test_a_replay_of_no_steps_uses_nothing() -> None:
    program = program_of({"kind": "cosine", "start": 1, "end": 0})
    replayed = REPLAY(program, program.start().at(5), 5, {})
    assert replayed.values == {Target("learning_rate"): []}
    assert replayed.state.step == 5


@pytest.mark.parametrize("name", NAMES)
def test_a_schedule_that_is_late_by_one_shows_in_replay(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of({"schedules": {name: {"kind": "linear", "start": 0.9, "end": 0.1}}})
    right = Schedule.__call__
    monkeypatch.setattr(Schedule, "__call__", lambda self, count: right(self, count - 1))
    used = REPLAY(program, program.start(), 10, {}).values[Target(name)]
    assert used == [float(np.float32(program(max(step - 1, 0), name))) for step in range(10)]


def test_a_replay_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    program, traced = program_of({"kind": "cosine", "start": 1, "end": 0}), []
    right = Schedule.__call__
    monkeypatch.setattr(Schedule, "__call__", lambda self, count: (traced.append(count), right(self, count))[1])
    REPLAY(program, program.start(), 1000, {})
    assert len(traced) == 1
    assert isinstance(traced[0], jax.core.Tracer)
