"""A state taken over by a program with the same past: what it keeps, and what it is refused for."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import unisched
from unisched import Program, State, adopt, compile, replan
from unisched.errors import StateError

Document = dict[str, Any]

COSINE: Document = {
    "total": 1000,
    "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}, "weight_decay": 0.1},
}
DOWN = {"kind": "linear", "start": "current", "end": 0, "duration": 50}
PLATEAU = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}


def state_of(spec: Document, step: int, **clock: Any) -> State:
    return compile(spec, **clock).start().at(step)


def refusal(state: State, spec: Any) -> StateError:
    with pytest.raises(StateError) as caught:
        adopt(state, spec)
    return caught.value


def test_the_run_goes_on_under_the_new_plan_at_the_same_step() -> None:
    state = state_of(COSINE, 550)
    spec = replan(state, tail=DOWN)
    taken = adopt(state, spec)
    assert (taken.step, taken.fingerprint, taken.clock.total) == (550, compile(spec).fingerprint, 600)
    scheduler = unisched.build(spec, form="scheduler", state=taken)
    assert scheduler.value("learning_rate") == compile(COSINE)(550)
    for _ in range(25):
        scheduler.step()
    assert scheduler.value("learning_rate") == pytest.approx(compile(COSINE)(550) / 2)
    assert State.from_json(taken.to_json()) == taken


def test_all_else_that_a_state_holds_is_kept() -> None:
    spec = {**COSINE, "tokens_per_step": 1000}
    moved = compile(spec).start().advanced(compile(spec).clock, tokens=550_700)
    state = State(**{**{name: getattr(moved, name) for name in State.__slots__}, "births": {"late": 200}})
    taken = adopt(state, replan(state, total=3000))
    assert (taken.step, taken.carry, taken.driven_by, taken.births) == (550, 700, "tokens", {"late": 200})


@pytest.mark.parametrize("kind", ["a state", "its text", "its object"])
def test_a_state_may_come_in_any_form(kind: str) -> None:
    state = state_of(COSINE, 550)
    given: Any = {"a state": state, "its text": state.to_json(), "its object": json.loads(state.to_json())}[kind]
    spec = replan(state, tail=DOWN)
    assert adopt(given, spec) == adopt(state, compile(spec))


def test_the_clock_of_the_state_serves_where_the_document_has_none() -> None:
    curve = {"kind": "cosine", "start": 1, "end": 0, "duration": "10 epochs"}
    state = state_of(curve, 40, steps_per_epoch=10, total="20 epochs")
    assert adopt(state, curve).fingerprint == state.fingerprint
    assert adopt(state, {**curve}).clock == state.clock


CHANGED: dict[str, tuple[Document, str, str]] = {
    "a value": ({"learning_rate": {"kind": "warmup_cosine", "peak": 0.2, "warmup": 100}, "weight_decay": 0.1},
                "schedules.learning_rate", "at step 1"),
    "one that is gone": ({"learning_rate": COSINE["schedules"]["learning_rate"]}, "schedules.weight_decay",
                         "not made of the same"),
    "a constant": ({**COSINE["schedules"], "weight_decay": 0.2}, "schedules.weight_decay",
                   "was 0.1 at step 0, is 0.2"),
    "the layout": ({"learning_rate": {"kind": "window", "length": 1001, "curve": {
        "kind": "warmup_cosine", "peak": 0.1, "warmup": 100}}, "weight_decay": 0.1}, "schedules.learning_rate",
        "at step 101"),
}  # fmt: skip


@pytest.mark.parametrize(("schedules", "path", "words"), CHANGED.values(), ids=CHANGED)
def test_another_past_is_refused_by_target_and_step(schedules: Document, path: str, words: str) -> None:
    error = refusal(state_of(COSINE, 550), {"total": 1000, "schedules": schedules})
    assert (error.code, error.path) == ("state.past", path)
    assert words in str(error)
    assert "unisched.replan" in str(error)


@pytest.mark.parametrize("step", [1, 100, 101, 102, 549])
def test_one_step_that_differs_is_enough_where_anything_changes_its_course(step: int) -> None:
    table = [0.5] * 550
    table[step] = 0.25
    was = {"kind": "piecewise", "interpolation": "previous", "values": [0.5] * 550, "every": 1}
    now = {"kind": "piecewise", "interpolation": "previous", "values": table, "every": 1}
    error = refusal(state_of({"total": 600, "schedules": {"learning_rate": was}}, 550),
                    {"total": 600, "schedules": {"learning_rate": now}})  # fmt: skip
    assert f"was 0.5 at step {step}, is 0.25" in str(error)
    state = state_of({"total": 600, "schedules": {"learning_rate": was}}, step)
    assert adopt(state, {"total": 600, "schedules": {"learning_rate": now}}).step == step


def test_a_state_that_has_not_begun_has_no_past() -> None:
    other = {**COSINE, "schedules": {"learning_rate": 3, "weight_decay": 4}}
    assert adopt(state_of(COSINE, 0), other).fingerprint == compile(other).fingerprint


def test_values_that_are_equal_need_not_be_written_alike() -> None:
    alike = {"total": 2000, "schedules": {"weight_decay": 0.1, "learning_rate": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0, "end": 0.1, "duration": 100},
        {"kind": "window", "length": 900, "duration": 800, "curve": {"kind": "cosine", "start": 0.1, "end": 0}},
        {"kind": "constant"}]}}}  # fmt: skip
    assert adopt(state_of(COSINE, 900), alike).clock.total == 2000


def test_what_the_optimizer_gave_is_kept_and_compared() -> None:
    half = {"total": 100, "schedules": {"learning_rate": {"base": "optimizer", "curve": 0.5}}}
    bound = compile(half, base=0.2).start().at(50)
    assert adopt(bound, replan(bound, tail=DOWN)).base == {"learning_rate": 0.2}
    written = {"total": 100, "schedules": {"learning_rate": 0.1}}
    assert adopt(bound, written).step == 50
    assert refusal(bound, {"total": 100, "schedules": {"learning_rate": 0.05}}).code == "state.past"


def test_a_factor_of_what_nobody_knows_has_no_past_in_values() -> None:
    factor = {"total": 100, "schedules": {"learning_rate": {"base": "optimizer", "curve": 0.5}}}
    for old, new in ((factor, 0.5), ({"total": 100, "schedules": {"learning_rate": 0.5}}, None)):
        other = factor if new is None else {"total": 100, "schedules": {"learning_rate": new}}
        assert refusal(state_of(old, 50), other).code == "state.past"


# Memories of metrics.


def watched(spec: Document, losses: dict[int, float], steps: int) -> tuple[State, Any]:
    scheduler = unisched.build(spec, form="scheduler")
    for step in range(steps):
        if step in losses:
            scheduler.observe(losses[step])
        scheduler.step()
    return scheduler.state(), scheduler


def product(*curves: Any) -> Document:
    return {"total": 1000, "schedules": {"learning_rate": {"kind": "product", "curves": list(curves)}}}


def test_the_memory_of_a_controller_moves_with_it() -> None:
    spec = product({"kind": "cosine", "start": 0.1, "end": 0}, PLATEAU)
    losses = {100: 1.0, 120: 2.0, 140: 3.0}
    state, scheduler = watched(spec, losses, 300)
    longer = replan(state, total=5000, join="jump")
    taken = adopt(state, longer)
    place = "schedules.learning_rate.parts[1].curve.curves[1]"
    assert taken.feedback[place] == state.feedback["schedules.learning_rate.curves[1]"]
    resumed = unisched.build(longer, form="scheduler", state=taken)
    for step, loss, factor in ((300, 4.0, 1 / 8), (301, 0.5, 1 / 8), (310, 5.0, 1 / 16)):
        while resumed.state().step < step:
            resumed.step()
        resumed.observe(loss)
        assert resumed.value() == pytest.approx(factor * 0.05 * (1 + math.cos(math.pi * step / 5000)), rel=1e-14)
    assert scheduler.state() == state


def test_a_controller_that_follows_another_rule_starts_afresh() -> None:
    state, _ = watched(product(0.1, PLATEAU), {100: 1.0, 120: 2.0}, 300)
    other = {"kind": "product", "curves": ["current", {**PLATEAU, "patience": 3}], "duration": 100}
    taken = adopt(state, replan(state, tail=other))
    assert list(taken.feedback) == ["schedules.learning_rate.parts[0].curve.curves[1]"]


def test_of_two_alike_each_keeps_its_own() -> None:
    spec = product({**PLATEAU, "monitor": "a"}, 0.1, {**PLATEAU, "monitor": "b"})
    scheduler = unisched.build(spec, form="scheduler")
    for a, b in ((1.0, 1.0), (2.0, 0.5), (3.0, 0.7)):
        scheduler.observe({"a": a, "b": b})
        scheduler.step()
    state = scheduler.state()
    taken = adopt(state, replan(state, total=5000, join="jump"))
    inside = "schedules.learning_rate.parts[1].curve"
    for index in (0, 2):
        kept = taken.feedback[f"{inside}.curves[{index}]"]
        assert kept == state.feedback[f"schedules.learning_rate.curves[{index}]"]
    assert taken.feedback[f"{inside}.curves[0]"] != taken.feedback[f"{inside}.curves[2]"]


def test_a_metric_that_would_have_moved_another_past_is_refused() -> None:
    state, _ = watched(product(0.1, PLATEAU), {100: 1.0, 120: 2.0}, 300)
    error = refusal(state, product(0.1, {**PLATEAU, "factor": 0.1}))
    assert (error.code, error.path) == ("state.past", "schedules.learning_rate")
    assert "curves and controllers" in str(error)


def test_a_memory_that_belongs_to_nobody_is_not_dropped() -> None:
    state, _ = watched(product(0.1, PLATEAU), {100: 1.0, 120: 2.0}, 300)
    stray = State(**{**{name: getattr(state, name) for name in State.__slots__}, "feedback": {"nowhere": {}}})
    error = refusal(stray, replan(state, total=3000, join="jump"))
    assert (error.code, error.path) == ("state.feedback", "state.feedback['nowhere']")


def test_a_metric_that_moves_the_same_by_other_rows_has_the_same_past() -> None:
    """A plateau before or behind its cosine, and in a product of products, observes and moves alike."""
    state, _ = watched(product({"kind": "cosine", "start": 0.1, "end": 0.01}, PLATEAU), {100: 1.0, 120: 2.0}, 300)
    cosine = {"kind": "cosine", "start": 0.1, "end": 0.01}
    kept = {"kind": "product", "curves": [{"kind": "product", "curves": [cosine, 1.0]}, PLATEAU]}
    assert adopt(state, {**product(), "schedules": {"learning_rate": kept}}).step == 300
    late = {"kind": "sequence", "parts": [{"kind": "constant", "value": 1, "duration": 50}, PLATEAU]}
    for other in ({"kind": "product", "curves": [cosine, {**PLATEAU, "patience": 1}]},
                  {"kind": "product", "curves": [cosine, late]}):  # fmt: skip
        error = refusal(state, {**product(), "schedules": {"learning_rate": other}})
        assert (error.code, error.path) == ("state.past", "schedules.learning_rate")


def test_a_program_is_taken_as_it_is() -> None:
    state = state_of(COSINE, 550)
    program: Program = compile(replan(state, tail=DOWN)).select("learning_rate", "weight_decay")
    assert adopt(state, program).fingerprint == program.fingerprint


STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "patience": 0, "factor": 0.5}
STALLING: dict[str, Any] = {
    "at the root": STALL,
    "in a product": {"kind": "product", "curves": [{"kind": "cosine", "start": 1, "end": 0.5}, STALL]},
    "under a base": {"base": 0.3, "curve": {"kind": "product", "curves": [0.7, STALL]}},
}


def stalled(scheduler: Any, steps: int) -> Any:
    """The scheduler so many steps later, after as many metrics that are no better."""
    for _ in range(steps):
        scheduler.observe(1.0)
        scheduler.step()
    return scheduler


def gone_on(scheduler: Any, **asked: Any) -> Any:
    """The run under another plan."""
    spec = unisched.replan(scheduler.state(), **asked)
    return unisched.build(spec, form="scheduler", state=unisched.adopt(scheduler.state(), spec))


@pytest.mark.parametrize("curve", STALLING.values(), ids=STALLING)
def test_a_plateau_that_a_tail_brings_starts_afresh_however_like_the_old_one_it_is(curve: dict[str, Any]) -> None:
    run = stalled(unisched.build({"schedules": {"learning_rate": curve}}, total=100, form="scheduler"), 4)
    now = gone_on(run, tail={"kind": "product", "curves": ["current", STALL], "duration": 50})
    begun = now.value()
    assert begun == run.value()
    assert [stalled(now, 1).value() for _ in range(3)] == [begun, begun / 2, begun / 4]


@pytest.mark.parametrize("asked", [{"total": 300, "join": "jump"}, {"total": 300}], ids=["jump", "value"])
@pytest.mark.parametrize("curve", STALLING.values(), ids=STALLING)
def test_and_keeps_its_memory_when_the_run_is_planned_again(curve: dict[str, Any], asked: dict[str, Any]) -> None:
    run = stalled(unisched.build({"schedules": {"learning_rate": curve}}, total=100, form="scheduler"), 4)
    run = stalled(gone_on(run, tail={"kind": "product", "curves": ["current", STALL], "duration": 50}), 3)
    for _ in range(3):
        before, run = run, gone_on(run, **asked)
        assert run.value() == before.value()
        assert stalled(run, 1).value() == before.value() / 2
        asked = {**asked, "total": asked["total"] + 100}
