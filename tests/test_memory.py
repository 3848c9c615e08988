"""What controllers remember, in a saved state: it comes back bit for bit, stays small, and is refused where damaged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unisched
from unisched import Program, State
from unisched.errors import StateError
from unisched.numpy_backend import Scheduler

INF, NAN = math.inf, math.nan
PATH = "schedules.learning_rate"
STALL: dict[str, Any] = {"kind": "plateau", "monitor": "m", "factor": 0.5, "patience": 1, "cooldown": 1}
GREEDY: dict[str, Any] = {
    "kind": "transformers.greedy", "monitor": "m", "factor": 0.5, "patience": 1, "min_lr": 0.01, "max_lr": 0.5,
    "cooldown": 1, "warmup": 1, "reset_start": 2,
}  # fmt: skip
OPTAX = {"kind": "optax.reduce_on_plateau", "monitor": "m", "factor": 0.5, "patience": 1, "cooldown": 1}

SORTS: dict[str, Any] = {
    "torch": STALL,
    "keras": {**STALL, "rule": "keras"},
    "optax": {**STALL, "rule": "optax"},
    "maximizing": {**STALL, "mode": "max", "threshold_mode": "abs"},
    "with a floor": {"base": 0.3, "curve": {"kind": "torch.ReduceLROnPlateau", "monitor": "m", "min_lr": 0.01}},
    "of means": {**OPTAX, "accumulation_size": 3},
    "greedy": {"base": 0.3, "curve": GREEDY},
    "greedy, smoothed": {"base": 0.3, "curve": {**GREEDY, "smooth": True, "window_size": 3}},
    "one after another": {"kind": "sequence", "parts": [{**STALL, "duration": 12}, {**STALL, "patience": 0}]},
    "two": {"kind": "product", "curves": [0.1, STALL, {**STALL, "patience": 2}]},
}

METRICS = st.one_of(
    st.sampled_from([0.0, -0.5, 0.5, 0.25, 1.0, NAN, INF, -INF, 1e-300, -1e300]), st.floats(-2, 2), st.just(0.5)
)


def driven(program: Program, metrics: list[float], cuts: set[int]) -> tuple[list[float], str]:
    """The values of a run with a metric before each update, which goes through JSON text before those in `cuts`."""
    scheduler: Scheduler = unisched.build(program, form="scheduler")
    used = []
    for step, metric in enumerate(metrics):
        if step in cuts:
            scheduler = unisched.build(program, form="scheduler", state=scheduler.state().to_json())
        scheduler.observe(metric)
        used.append(scheduler.value())
        scheduler.step()
    return used, scheduler.state().to_json()


PROGRAMS = {name: unisched.compile(entry) for name, entry in SORTS.items()}


@pytest.mark.parametrize("name", SORTS)
@settings(max_examples=20, deadline=None)
@given(metrics=st.lists(METRICS, min_size=1, max_size=24), data=st.data())
def test_any_cuts_of_a_run_leave_every_bit_alone(name: str, metrics: list[float], data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(0, len(metrics))))
    assert driven(PROGRAMS[name], metrics, cuts) == driven(PROGRAMS[name], metrics, set())


@pytest.mark.parametrize("name", SORTS)
def test_a_cut_before_every_update_leaves_every_bit_alone(name: str) -> None:
    metrics = [0.5, 0.5, 0.25, NAN, 0.25, 0.25, 0.125, INF, 0.125, 0.5, 0.5, 0.5] * 3
    whole, state = driven(PROGRAMS[name], metrics, set())
    assert driven(PROGRAMS[name], metrics, {*range(len(metrics))}) == (whole, state)
    assert any(a != b for a, b in pairwise(whole))


def test_a_run_that_forgets_is_told_apart() -> None:
    program, metrics = PROGRAMS["torch"], [0.5] * 8
    scheduler: Scheduler = unisched.build(program, form="scheduler")
    for metric in metrics[:4]:
        scheduler.observe(metric)
    kept, bare = scheduler.state(), replace(scheduler.state(), feedback={})
    assert program.factors(kept) != program.factors(bare)


def remembered(entry: Mapping[str, Any], *metrics: float) -> dict[str, Any]:
    program = unisched.compile(entry)
    state = program.start()
    for metric in metrics:
        state = state.observe(program, metric)
    found: dict[str, Any] = json.loads(state.to_json())["feedback"]
    return found


def test_a_state_says_what_a_plateau_remembers_in_plain_json() -> None:
    assert remembered(STALL) == {}
    assert remembered(STALL, 0.5, 0.7, 0.7) == {PATH: {"best": 0.5, "bad": 0, "cooldown": 1, "drops": 1, "seen": 3}}


def test_before_the_first_number_the_best_is_null() -> None:
    assert remembered(STALL, NAN, INF)[PATH]["best"] is None


@pytest.mark.parametrize(("mode", "best"), [("min", -INF), ("max", INF)])
def test_an_infinite_best_survives(mode: str, best: float) -> None:
    program = unisched.compile({**STALL, "mode": mode})
    state = program.start().observe(program, best)
    assert state.feedback[PATH]["best"] == repr(best)
    again = State.from_json(state.to_json())
    assert again == state
    assert again.observe(program, best).feedback[PATH]["bad"] == 1


def test_memories_of_means_and_of_the_greedy_rule_hold_what_they_need_and_no_more() -> None:
    assert remembered(SORTS["of means"], 3.0, 5.0)[PATH] == {
        "best": None, "bad": 0, "cooldown": 0, "drops": 0, "seen": 2, "mean": 4.0, "gathered": 2,
    }  # fmt: skip
    assert set(remembered(SORTS["greedy"], 1.0)[f"{PATH}.curve"]) == {
        "best", "bad", "good", "cooldown", "warmup", "rate", "changes", "left", "seen",
    }  # fmt: skip
    smoothed = remembered(SORTS["greedy, smoothed"], 1.0, NAN)[f"{PATH}.curve"]
    assert (smoothed["values"], smoothed["total"]) == ([1.0, "nan"], "nan")


def test_a_state_stays_small_however_long_the_run() -> None:
    program = PROGRAMS["torch"]
    state = program.start()
    for step in range(500):
        state = state.at(step).observe(program, 1.0 / (1 + step % 7))
    assert len(state.to_json()) < 800


def test_the_longest_mean_bounds_the_largest_memory() -> None:
    entry = {"base": 0.3, "curve": {**GREEDY, "smooth": True, "window_size": 50}}
    program = unisched.compile(entry)
    state = program.start()
    for step in range(200):
        state = state.observe(program, 1 / (3 + step))
    assert len(state.feedback[f"{PATH}.curve"]["values"]) == 50
    assert len(state.to_json()) < 3000


GOOD = {"best": 0.5, "bad": 1, "cooldown": 0, "drops": 2, "seen": 9}

# What is wrong, the feedback of the state, and what the message says.
DAMAGED: dict[str, tuple[Any, str]] = {
    "an unknown place": ({"schedules.momentum": GOOD}, "nothing of this program observes there"),
    "no object": ({PATH: 3}, "it is no object"),
    "nothing": ({PATH: None}, "it is no object"),
    "a missing field": ({PATH: {k: v for k, v in GOOD.items() if k != "bad"}}, "its fields are not those"),
    "a field too many": ({PATH: {**GOOD, "rate": 1.0}}, "its fields are not those"),
    "a count that is a float": ({PATH: {**GOOD, "drops": 2.0}}, "2.0 is not what it wrote"),
    "a count that is a boolean": ({PATH: {**GOOD, "drops": True}}, "True is not what it wrote"),
    "a count that is text": ({PATH: {**GOOD, "drops": "2"}}, "'2' is not what it wrote"),
    "a count that is null": ({PATH: {**GOOD, "drops": None}}, "None is not what it wrote"),
    "a negative count": ({PATH: {**GOOD, "bad": -1}}, "-1 is not what it wrote"),
    "a count beyond all runs": ({PATH: {**GOOD, "seen": 2**53}}, "9007199254740992 is not what it wrote"),
    "a best that is a boolean": ({PATH: {**GOOD, "best": False}}, "False is not what it wrote"),
    "a best that is no number": ({PATH: {**GOOD, "best": "nan"}}, "its best metric or its rate is none"),
    "a best in other words": ({PATH: {**GOOD, "best": "Infinity"}}, "'Infinity' is not what it wrote"),
    "a best that no float holds": ({PATH: {**GOOD, "best": 10**400}}, "is not what it wrote"),
    "a best that is a list": ({PATH: {**GOOD, "best": [0.5]}}, "is not what it wrote"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_feedback_is_refused_wherever_a_state_is_read(name: str) -> None:
    feedback, said = DAMAGED[name]
    program = PROGRAMS["torch"]
    written = replace(program.start(), feedback=feedback).to_json()
    for read in (
        lambda: unisched.build(program, form="scheduler", state=written),
        lambda: program.factors(State.from_json(written)),
        lambda: State.from_json(written).observe(program, 0.5),
    ):
        with pytest.raises(StateError, match="Hand the state on as it was written") as caught:
            read()
        assert caught.value.code == "state.feedback"
        assert caught.value.path.startswith("state.feedback['schedules.")
        assert said in str(caught.value)


BEGUN = {"best": 1.0, "bad": 0, "good": 1, "cooldown": 0, "warmup": 0, "rate": 0.3, "changes": 0, "left": 2, "seen": 1}
SMOOTHED = {**BEGUN, "total": 1.0, "values": [1.0]}
DAMAGED_GREEDY: dict[str, tuple[str, dict[str, Any]]] = {
    "a negative rate": ("greedy", {**BEGUN, "rate": -0.1}),
    "an infinite rate": ("greedy", {**BEGUN, "rate": "inf"}),
    "a rate that is no number": ("greedy", {**BEGUN, "rate": "nan"}),
    "a rate that is null": ("greedy", {**BEGUN, "rate": None}),
    "values of another rule": ("greedy", SMOOTHED),
    "values that are no list": ("greedy, smoothed", {**SMOOTHED, "values": "1.0"}),
    "too many values": ("greedy, smoothed", {**SMOOTHED, "values": [1.0] * 4}),
    "a value that is a boolean": ("greedy, smoothed", {**SMOOTHED, "values": [True]}),
    "a total that is null": ("greedy, smoothed", {**SMOOTHED, "total": None}),
}


@pytest.mark.parametrize("name", DAMAGED_GREEDY)
def test_damaged_feedback_of_the_greedy_rule_is_refused(name: str) -> None:
    sort, memory = DAMAGED_GREEDY[name]
    state = replace(PROGRAMS[sort].start(), feedback={f"{PATH}.curve": memory})
    with pytest.raises(StateError) as caught:
        PROGRAMS[sort].factors(state)
    assert caught.value.code == "state.feedback"


@pytest.mark.parametrize(("sort", "memory"), [("greedy", BEGUN), ("greedy, smoothed", SMOOTHED)])
def test_what_the_damaged_ones_are_made_of_is_read(sort: str, memory: dict[str, Any]) -> None:
    assert PROGRAMS[sort].factors(replace(PROGRAMS[sort].start(), feedback={f"{PATH}.curve": memory})) == [1.0]


def test_what_the_damaged_ones_of_a_plateau_are_made_of_is_read() -> None:
    assert PROGRAMS["torch"].factors(replace(PROGRAMS["torch"].start(), feedback={PATH: GOOD})) == [0.25]


def test_a_memory_of_a_program_without_feedback_is_refused() -> None:
    program = unisched.compile({"kind": "constant", "value": 0.1})
    with pytest.raises(StateError, match="nothing of this program observes there"):
        unisched.build(program, form="scheduler", state=replace(program.start(), feedback={PATH: GOOD}))
