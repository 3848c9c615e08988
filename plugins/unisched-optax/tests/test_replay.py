"""Replay reports what optax's transformations used, and nothing that was not used."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from unisched_optax import Schedule, StatefulSchedule, backend

import unisched
from unisched.plugin import Program, Target

REPLAY = backend.forms["schedules"].replay
STATEFUL = backend.forms["stateful"].replay
NAMES = ["learning_rate", "weight_decay", "momentum", "beta1", "beta2", "epsilon", "kl_weight"]


def program_of(spec: Any, total: int = 40) -> Program:
    return unisched.compile(spec, total=total)


@pytest.mark.parametrize("replay", [REPLAY, STATEFUL], ids=["schedules", "stateful"])
def test_every_hyperparameter_of_every_group_is_what_an_update_used(replay: Any) -> None:
    curve = {"kind": "linear", "start": 0.9, "end": 0.1}
    halved = {name: {"scale": 0.5} for name in NAMES}
    spec = {"schedules": dict.fromkeys(NAMES, curve), "groups": {"head*": halved}}
    program = program_of(spec)
    replayed = replay(program, program.start().at(3), 21, {})
    assert set(replayed.values) == {Target(name, group) for name in NAMES for group in (None, "head*")}
    for target, used in replayed.values.items():
        assert used == [float(np.float32(program(step, *target))) for step in range(3, 21)]
    assert replayed.state == program.start().at(21)


@pytest.mark.parametrize("replay", [REPLAY, STATEFUL], ids=["schedules", "stateful"])
def test_a_replay_of_no_steps_uses_nothing(replay: Any) -> None:
    program = program_of({"kind": "cosine", "start": 1, "end": 0})
    replayed = replay(program, program.start().at(5), 5, {})
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


STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
FED: dict[str, Any] = {
    "schedules": {
        name: {"kind": "product", "curves": [0.9, STALL | {"monitor": monitor, "patience": 1}]}
        for name, monitor in zip(NAMES, ["loss", "error"] * 4, strict=False)
    },
    "groups": {"head*": {"learning_rate": {"scale": 0.5}}},
}


def test_metrics_are_felt_by_the_update_they_are_fed_before() -> None:
    program, draw = program_of(FED), np.random.default_rng(3)
    metrics = {
        step: {name: float(draw.choice([0.1, 0.7, 1.3])) for name in ("loss", "error") if draw.random() < 0.7}
        for step in range(0, 60, 2)
    }
    replayed = STATEFUL(program, program.start().at(3), 41, metrics)
    state, expected = program.start().at(3), {target: [] for target in program.targets}
    for step in range(3, 41):
        state = state.observe(program, metrics[step]) if step in metrics else state
        factors = program.factors(state)
        for target, used in expected.items():
            used.append(float(np.float32(program.function(*target, factors=factors)(step))))
        state = state.at(step + 1)
    assert replayed.values == expected
    assert replayed.state == state
    logged = program.observed({step: metric for step, metric in metrics.items() if 3 <= step < 41})
    for target, used in replayed.values.items():
        assert used == [float(np.float32(logged(step, *target))) for step in range(3, 41)]
        assert len(set(used)) > 2


def test_a_schedule_that_forgets_metrics_shows_in_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of({"kind": "product", "curves": [1.0, STALL]})
    metrics = dict.fromkeys(range(4), 1.0)
    assert STATEFUL(program, program.start(), 4, metrics).values[Target("learning_rate")] == [1.0, 0.5, 0.25, 0.125]
    right = StatefulSchedule.__call__
    forgetful = lambda self, state, **extra: right(self, self.init()._replace(count=state.count))  # noqa: E731
    monkeypatch.setattr(StatefulSchedule, "__call__", forgetful)
    assert STATEFUL(program, program.start(), 4, metrics).values[Target("learning_rate")] == [1.0] * 4


def test_a_metric_in_float64_is_replayed_in_float64() -> None:
    program = program_of({"kind": "product", "curves": [1.0, STALL | {"threshold": 0.0}]})
    metrics = {step: 1.0 - step * 1e-12 for step in range(10)}
    replayed = STATEFUL(program, program.start(), 10, metrics)
    assert replayed.values[Target("learning_rate")] == [1.0] * 10
    ((memory),) = replayed.state.feedback.values()
    assert memory["best"] == metrics[9]
