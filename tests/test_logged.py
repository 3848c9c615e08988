"""A log of metrics made part of a program: the same bits as the run that observes them, and no metric any more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import moved_bodies

import unisched
from unisched import Program, evaluate
from unisched.duration import Clock
from unisched.errors import BindingError, SpecError, StepError
from unisched.ir import MOST_ROWS, Body
from unisched.metric import Metric
from unisched.numpy_backend import Scheduler

STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
WARM = {"kind": "linear", "start": 0, "end": 0.1, "duration": 20}
MOVED = {"kind": "product", "curves": [{"kind": "sequence", "parts": [WARM, 0.1]}, STALL]}
FLAT: dict[int, Metric] = dict.fromkeys(range(0, 60, 7), 1.0)
STOP = 60

METRICS = st.sampled_from([0.5, 0.5, 0.25, 0.125, 1.0, -1.0, math.nan, math.inf])
LOGS = st.dictionaries(
    st.integers(0, STOP - 1),
    st.fixed_dictionaries({}, optional={"loss": METRICS, "accuracy": METRICS}),
    max_size=25,
)


def programmed(body: Body) -> Program:
    spec = unisched.load({"kind": "constant", "value": 0.1})
    return Program(spec=spec, clock=Clock(), body=replace(body, after="continue"))


def driven(program: Program, log: Mapping[int, Metric], stop: int = STOP) -> list[list[float]]:
    """What numpy's scheduler gives under the log, all targets by step."""
    scheduler = Scheduler(program, program.start())
    used = []
    for step in range(stop):
        if step in log:
            scheduler.observe(log[step])
        used.append([scheduler.value(*target) for target in program.targets])
        scheduler.step()
    return used


def heard(program: Program, log: Mapping[int, Mapping[str, float]]) -> dict[int, Metric]:
    """The log without the names that the program does not watch."""
    return {
        step: {name: value for name, value in metric.items() if name in program.monitors}
        for step, metric in log.items()
    }


@settings(max_examples=150, deadline=None)
@given(body=moved_bodies(), log=LOGS)
def test_any_log_gives_the_bits_of_the_run_that_observes_it(body: Body, log: dict[int, Any]) -> None:
    program = programmed(body)
    metrics = heard(program, log)
    logged = program.observed(metrics)
    assert logged.controllers == ()
    due = driven(program, metrics)
    assert [[logged(step, *t) for t in logged.targets] for step in range(STOP)] == due


@settings(max_examples=60, deadline=None)
@given(body=moved_bodies(), log=LOGS)
def test_the_traced_text_with_factors_gives_the_float32_bits_of_the_function(body: Body, log: dict[int, Any]) -> None:
    program = programmed(body)
    state = program.start()
    live: list[float] = program.factors(state)
    pairs = [
        (program.function(*target, factors=live), program.traced(evaluate.numpy_namespace, *target))
        for target in program.targets
    ]
    metrics = heard(program, log)
    for step in range(0, STOP, 3):
        state = state.at(step)
        if step in metrics:
            state = state.observe(program, metrics[step])
            live[:] = program.factors(state)
        for target, (function, traced) in zip(program.targets, pairs, strict=True):
            arguments = [np.array(live)] if program.needs_metric(target) else []
            with np.errstate(all="ignore"):
                found = traced(np.int64(step), *arguments)
            assert np.float32(found) == np.float32(function(step))


@pytest.mark.parametrize("wrong", [{step + 1: metric for step, metric in FLAT.items()}, {}], ids=["late", "never"])
def test_another_log_gives_other_values(wrong: dict[int, Metric]) -> None:
    program = unisched.compile(MOVED)
    assert [[program.observed(wrong)(step)] for step in range(STOP)] != driven(program, FLAT)


def test_what_comes_out_is_a_program_like_any_other() -> None:
    program = unisched.compile(MOVED, total=100).observed(FLAT)
    steps = np.arange(STOP)
    values = [program(step) for step in range(STOP)]
    assert program(steps).tolist() == pytest.approx(values, rel=1e-15)
    assert program.values(0, STOP).tolist() == program(steps).tolist()
    assert [program.at(step) for step in (0, 30)] == [{program.targets[0]: values[step]} for step in (0, 30)]
    assert unisched.Program.from_json(program.to_json()) == program
    assert unisched.emit(program)(30) == values[30]
    assert program.monitors == program.windows == ()
    assert "controller" not in str(program)
    assert program.fingerprint != unisched.compile(MOVED, total=100).fingerprint
    assert program.fingerprint == unisched.compile(MOVED, total=100).observed(FLAT).fingerprint


def test_exact_values_are_products_of_exact_factors() -> None:
    curve = {"kind": "product", "curves": [{"kind": "cosine", "start": 1, "end": 0}, {**STALL, "factor": 0.1}]}
    program = unisched.compile(curve, total=90).observed(FLAT)
    # cos(pi/3) is a half, and three metrics after the first have not improved: 7, 14 and 21.
    assert program(30, exact=True) == 0.75 * math.pow(0.1, 4)
    assert program(21, exact=True) == unisched.compile(curve, total=90).observed({})(21, exact=True) * math.pow(0.1, 3)


@pytest.mark.parametrize("log", [None, 5, "0.5", [1.0]], ids=repr)
def test_what_is_no_log_is_refused(log: Any) -> None:
    with pytest.raises(StepError, match=r"is no log of metrics\. Give them by step"):
        unisched.compile(MOVED).observed(log)


def test_without_metrics_nothing_has_dropped() -> None:
    assert [unisched.compile(MOVED).observed({})(step) for step in (10, 20, 10**6)] == [0.05, 0.1, 0.1]


def test_the_order_of_a_log_is_that_of_its_steps() -> None:
    backwards = dict(reversed(FLAT.items()))
    assert unisched.compile(MOVED).observed(backwards) == unisched.compile(MOVED).observed(FLAT)


def test_a_program_that_ends_in_an_error_still_does() -> None:
    ending = unisched.compile({"total": 40, "after": "error", "schedules": {"learning_rate": MOVED}})
    logged = ending.observed(FLAT)
    assert logged(39) == driven(ending, FLAT, 40)[-1][0]
    with pytest.raises(StepError, match="step 40 is past the total of 40"):
        logged(40)


def test_groups_share_or_have_their_own() -> None:
    document = {
        "schedules": {"learning_rate": MOVED, "weight_decay": 0.05},
        "groups": {
            "body": {"learning_rate": {"scale": 0.1}},
            "head": {"learning_rate": {**STALL, "monitor": "accuracy", "mode": "max"}},
        },
    }
    program = unisched.compile(document)
    log: dict[int, Metric] = {step: {"loss": 1.0, "accuracy": 0.5} for step in range(0, STOP, 11)}
    logged = program.observed(log)
    assert [[logged(step, *target) for target in program.targets] for step in range(STOP)] == driven(program, log)


def test_late_groups_keep_their_births() -> None:
    ramp = {"from": "birth", "curve": {"kind": "linear", "start": 1, "end": 0, "duration": 10}}
    program = unisched.compile({"schedules": {"learning_rate": MOVED}, "groups": {"late*": {"learning_rate": ramp}}})
    births = {"late.0": 25}
    one, other = program.observed(FLAT).born(births), program.born(births).observed(FLAT)
    for group in (None, "late.0", "late.1"):
        assert [one(step, group=group) for step in range(STOP)] == [other(step, group=group) for step in range(STOP)]
    assert [one(step, group="late.0") for step in (24, 25, 26, 40)] == [1.0, 1.0, 0.9, 0.0]


def test_a_factor_of_the_optimizers_value_stays_one() -> None:
    program = unisched.compile({"base": "optimizer", "curve": STALL}).observed(FLAT)
    assert program.needs_base(program.targets[0])
    assert [program.function(base=base)(15) for base in (0.1, 0.4)] == [0.025, 0.1]


def test_a_floor_needs_the_base_that_it_is_a_floor_of() -> None:
    curve = {"kind": "torch.ReduceLROnPlateau", "monitor": "loss", "patience": 0, "min_lr": 0.05}
    assert unisched.compile(curve, base=0.1).observed(FLAT)(50) == pytest.approx(0.05)
    with pytest.raises(BindingError, match="its base is not known"):
        unisched.compile(curve).observed(FLAT)


@pytest.mark.parametrize("step", [-1, 1.5, "3", None])
def test_a_log_is_by_whole_steps_from_0(step: Any) -> None:
    with pytest.raises(StepError) as caught:
        unisched.compile(MOVED).observed({step: 1.0})
    assert caught.value.code in ("step.type", "step.negative")


def test_a_log_of_more_changes_than_a_program_holds_is_refused() -> None:
    steep = {"kind": "transformers.greedy", "monitor": "loss", "patience": 0, "factor": 0.5, "max_lr": 1}
    program = unisched.compile({"base": 0.1, "curve": steep})
    log: dict[int, Metric] = {step: float(-step if step % 2 else 9) for step in range(MOST_ROWS + 2)}
    with pytest.raises(SpecError) as caught:
        program.observed(log)
    assert caught.value.code == "program.too_large"
