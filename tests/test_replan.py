"""Re-planning: the past stays to the bit, the future begins at the current value, and what cannot be is refused."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unisched
from unisched import Program, Spec, compile, replan
from unisched.errors import BindingError, SpecError, StateError, UnischedError
from unisched.ir import Target

Document = dict[str, Any]

COSINE = {"total": 1000, "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}}}
DOWN = {"kind": "linear", "start": "current", "end": 0, "duration": 50}
LR = "schedules.learning_rate"


def document(curve: Any, **more: Any) -> Document:
    return {"total": 1000, **more, "schedules": {"learning_rate": curve, **more.get("schedules", {})}}


def past_is_kept(old: Program, spec: Spec | Document, at: int) -> Program:
    """The new program, after a comparison of every step before `at`."""
    new = compile(spec, base=dict(old.base) or None)
    for target in old.targets:
        before, after = old.function(*target), new.function(*target)
        assert [step for step in range(at) if before(step) != after(step)] == []
    return new


def off(value: float, wanted: float) -> float:
    return abs(value - wanted) / math.ulp(wanted)


# What people do: the numbers beside are worked out here, from the words alone.


@pytest.mark.parametrize("at", [300, 5_000, 7_999])
def test_cooldowns_branch_from_one_run_at_any_step(at: int) -> None:
    wsd = {"kind": "wsd", "peak": 3e-4, "warmup": 100, "decay": "20%"}
    old = compile(wsd, total=10_000)
    tail = {"kind": "linear", "start": "current", "end": 0, "warp": 0.5, "duration": 500}
    new = past_is_kept(old, replan(old.start().at(at), tail=tail), at)
    assert new.total == at + 500
    for step in (0, 1, 77, 250, 499, 500, 600):
        wanted = 3e-4 * (1 - mpmath.sqrt(mpmath.mpf(min(step, 500)) / 500))
        assert abs(new(at + step) - wanted) <= 4 * math.ulp(3e-4)
    assert new(at) == 3e-4
    assert new(at + 500) == 0.0


def test_a_cooldown_begins_wherever_the_run_is() -> None:
    old = compile(COSINE)
    state = old.start().at(820)
    new = past_is_kept(old, replan(state, tail=DOWN), 820)
    current = float(mpmath.mpf("0.1") * (1 + mpmath.cos(mpmath.pi * 720 / 900)) / 2)
    assert new.total == 870
    assert [new(step) for step in (820, 845, 870, 900)] == [
        pytest.approx(current, rel=1e-14), pytest.approx(current / 2, rel=1e-14), 0.0, 0.0
    ]  # fmt: skip
    assert new(820) == old(820)


def test_training_goes_on_with_a_second_warm_up_from_the_current_value() -> None:
    old = compile({**COSINE, "schedules": {"learning_rate": {**COSINE["schedules"]["learning_rate"], "end": 0.01}}})  # type: ignore[index]
    parts = [{"kind": "linear", "start": "current", "end": 0.05, "duration": 200},
             {"kind": "cosine", "end": 0.005, "duration": 2000}]  # fmt: skip
    new = past_is_kept(old, replan(old.start().at(1000), tail={"kind": "sequence", "parts": parts}), 1000)
    assert new.total == 3200
    assert [new(step) for step in (1000, 1100, 1200, 2200, 3200)] == [
        0.01, pytest.approx(0.03), 0.05, pytest.approx((0.05 + 0.005) / 2), pytest.approx(0.005)
    ]  # fmt: skip


@pytest.mark.parametrize("total", [600, 900, 1100, 5000])
def test_a_longer_or_shorter_plan_may_be_taken_as_it_is(total: int) -> None:
    old = compile(COSINE)
    new = past_is_kept(old, replan(COSINE, at=550, total=total, join="jump"), 550)
    planned = compile(COSINE, total=total)
    assert [new(step) for step in range(550, total + 20)] == [planned(step) for step in range(550, total + 20)]


@pytest.mark.parametrize("total", [600, 900, 1100, 5000])
@pytest.mark.parametrize("end", [0, 0.02, 0.0999])
def test_or_moved_and_stretched_to_begin_at_the_current_value(total: int, end: float) -> None:
    spec = document({"kind": "cosine", "start": 0.1, "end": end})
    old = compile(spec)
    new = past_is_kept(old, replan(spec, at=550, total=total), 550)
    planned = compile(spec, total=total)
    begins, ends, current = Fraction(planned(550)), Fraction(planned(total)), Fraction(old(550))
    for step in range(550, total + 20, 7):
        wanted = float(ends + (Fraction(planned(step)) - ends) * (current - ends) / (begins - ends))
        assert new(step) == pytest.approx(wanted, rel=1e-13, abs=1e-16)
    assert off(new(550), old(550)) <= 4
    assert new(total) == ends


def test_a_rise_is_stretched_as_well_as_a_fall() -> None:
    spec = document({"kind": "exponential", "start": 1e-7, "end": 10})
    new = past_is_kept(compile(spec), replan(spec, at=50, total=2000), 50)
    assert off(new(50), compile(spec)(50)) <= 4
    assert off(new(2000), 10.0) <= 4


RUNS: dict[str, tuple[Document, int]] = {
    "half a run": ({"total": 2000}, 500),
    "a cooldown": ({"tail": DOWN}, 550),
    "a cooldown and more": ({"tail": {**DOWN, "duration": 20}, "total": 700}, 600),
    "a longer plan, as it is": ({"total": 3000, "join": "jump"}, 650),
    "an end left open": ({"tail": {"kind": "linear", "end": 0}, "total": 900}, 700),
}


@pytest.mark.parametrize("order", list(itertools.permutations(RUNS, 3)), ids=" then ".join)
def test_it_may_be_done_again_and_again(order: tuple[str, ...]) -> None:
    spec: Document | Spec = COSINE
    for number, name in enumerate(order):
        what, at = RUNS[name]
        at += 200 * number
        old = compile(spec)
        longer = {**what, **({"total": what["total"] + 1000 * number} if "total" in what else {})}
        spec = replan(old.start().at(at), **longer)
        new = past_is_kept(old, spec, at)
        if what.get("join") != "jump":
            assert off(new(at), old(at)) <= 4
    assert isinstance(spec, Spec)
    assert len(spec.to_json()) < 1500
    assert len(spec.to_json().split('"warmup_cosine"')) <= 6


def test_a_document_grows_by_one_part_each_time() -> None:
    spec: Document | Spec = COSINE
    lengths = []
    for number in range(8):
        spec = replan(spec, at=500 + 100 * number, total=2000 + 500 * number)
        lengths.append(len(spec.to_json()))
    steps = [after - before for before, after in itertools.pairwise(lengths)]
    assert max(steps) < 200


def test_going_back_before_an_earlier_change_takes_it_out() -> None:
    once = replan(COSINE, at=550, tail=DOWN)
    assert replan(once, at=400, tail=DOWN) == replan(COSINE, at=400, tail=DOWN)
    assert compile(replan(once, at=570, tail=DOWN))(569) == compile(once)(569)


# The clock, other hyperparameters and groups.


def test_the_clock_of_a_state_goes_into_the_document() -> None:
    old = compile({"kind": "cosine", "start": 1, "end": 0}, total="10 epochs", steps_per_epoch=30, samples_per_step=8)
    spec = replan(old.start().at(100), tail={**DOWN, "duration": "2 epochs"})
    assert (spec.steps_per_epoch, spec.samples_per_step) == (30, 8)
    assert past_is_kept(old, spec, 100).total == 160


@pytest.mark.parametrize("total", ["20 epochs", 600])
def test_a_total_is_kept_as_it_is_given(total: Any) -> None:
    spec = replan({**COSINE, "steps_per_epoch": 30}, at=300, total=total)
    assert json.loads(spec.to_json())["total"] == total
    assert compile(spec).total == 600


def test_a_total_counted_in_tokens_under_a_batch_ramp_stays_so() -> None:
    ramp = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 100], ["40k tokens", 400]]}
    spec = {"total": "400k tokens", "tokens_per_step": "batch", "schedules": {
        "batch": ramp, "learning_rate": {"kind": "warmup_cosine", "peak": 1, "warmup": "10%"}}}  # fmt: skip
    old = compile(spec)
    for at, more in itertools.product((100, 399, 400, 900), ({"total": "900k tokens"}, {"tail": DOWN})):
        new = past_is_kept(old, replan(old.start().at(at), **more), at)
        assert off(new(at), old(at)) <= 4
    assert json.loads(replan(spec, at=500, total="900k tokens").to_json())["tokens_per_step"] == "batch"


def test_a_run_may_end_before_its_batch_ramp_does() -> None:
    ramp = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 100], ["40k tokens", 400]]}
    spec = {"total": 1000, "tokens_per_step": "batch", "schedules": {"batch": ramp, "learning_rate": 0.1}}
    assert past_is_kept(compile(spec), replan(spec, at=50, tail=DOWN), 50).total == 100


def test_what_no_tail_names_goes_on_as_it_was_laid_out() -> None:
    spec = document(0.1, schedules={"weight_decay": {"kind": "linear", "start": 0, "end": 1}, "momentum": 0.9})
    old = compile(spec)
    for more in ({"tail": DOWN}, {"tail": DOWN, "total": 3000}):
        changed = replan(spec, at=500, **more)
        new = past_is_kept(old, changed, 500)
        assert [new(step, "weight_decay") for step in (500, 540, 550)] == [0.5, 0.54, 0.55]
        assert json.loads(changed.to_json())["schedules"]["momentum"] == 0.9
    assert [new(step, "weight_decay") for step in (999, 1000, 2999)] == [0.999, 1.0, 1.0]


def test_and_is_left_alone_where_the_total_stays() -> None:
    spec = document(0.1, schedules={"weight_decay": {"kind": "linear", "start": 0, "end": 1}})
    changed = replan(spec, at=500, tail={"kind": "linear", "end": 0, "duration": 500})
    assert changed.schedules["weight_decay"] == unisched.load(spec).schedules["weight_decay"]


def test_several_hyperparameters_may_have_a_tail() -> None:
    spec = document(0.1, schedules={"weight_decay": {"kind": "linear", "start": 0, "end": 1}})
    up = {"kind": "linear", "start": "current", "end": 2, "duration": 100}
    new = past_is_kept(compile(spec), replan(spec, at=500, tail={"learning_rate": DOWN, "weight_decay": up}), 500)
    assert new.total == 600
    assert [new(550), new(600), new(550, "weight_decay"), new(600, "weight_decay")] == [0.0, 0.0, 1.25, 2.0]


GROUPED = document(
    {"kind": "linear", "start": 0.1, "end": 0},
    groups={"head": {"learning_rate": {"kind": "linear", "start": 0.4, "end": 0.2}},
            "body*": {"learning_rate": {"scale": 0.5}},
            "neck": {"learning_rate": {"scale": {"kind": "linear", "start": 0, "end": 1}}}},
)  # fmt: skip


def test_groups_come_along_in_proportion_and_scales_stay() -> None:
    spec = replan(GROUPED, at=500, tail=DOWN)
    new = past_is_kept(compile(GROUPED), spec, 500)
    assert [new(525, group=group) for group in (None, "head", "body*", "neck")] == [
        pytest.approx(0.025), pytest.approx(0.15), pytest.approx(0.0125), pytest.approx(0.025 * 0.525)
    ]  # fmt: skip
    assert [new(550, group=group) for group in (None, "head", "body*", "neck")] == [0.0] * 4
    assert json.loads(spec.to_json())["groups"]["body*"] == {"learning_rate": {"scale": 0.5}}


def test_a_group_may_have_a_tail_of_its_own() -> None:
    tail = {"schedules": {"learning_rate": DOWN}, "groups": {"head": {"learning_rate": {**DOWN, "end": 0.1}}}}
    new = past_is_kept(compile(GROUPED), replan(GROUPED, at=500, tail=tail), 500)
    assert [new(step, group="head") for step in (500, 550)] == [pytest.approx(0.3), 0.1]
    alone = replan(GROUPED, at=500, tail={"groups": {"head": {"learning_rate": DOWN}}}, total=1000)
    assert past_is_kept(compile(GROUPED), alone, 500)(900) == compile(GROUPED)(900)


def test_a_group_that_counts_from_its_birth_keeps_its_course() -> None:
    ramp = {"from": "birth", "curve": {"kind": "linear", "start": 1, "end": 0, "duration": 200}}
    spec = {**GROUPED, "groups": {"late*": {"learning_rate": ramp}}}
    old, new = compile(spec), compile(replan(spec, at=500, tail=DOWN))
    born = [program.born({"late.0": 450}) for program in (old, new)]
    assert [born[0](step, group="late.0") for step in range(700)] == [
        born[1](step, group="late.0") for step in range(700)
    ]


def test_a_follower_follows_the_new_plan() -> None:
    follow = {"base": 0.1, "curve": {"kind": "follow", "schedule": "learning_rate"}}
    spec = document(
        {"base": 2, "curve": {"kind": "cosine", "start": 1, "end": 0}},
        schedules={"weight_decay": follow, "momentum": {
            "kind": "product", "curves": [0.5, {"kind": "follow", "schedule": "learning_rate"}]}},
    )  # fmt: skip
    old = compile(spec)
    for more in ({"tail": DOWN}, {"total": 3000}, {"total": 700}, {"total": 3000, "join": "jump"}):
        new = past_is_kept(old, replan(spec, at=500, **more), 500)
        assert new.total is not None
        for step in range(500, new.total + 1, 11):
            assert new(step, "weight_decay") == pytest.approx(new(step) * 0.05, rel=1e-14, abs=1e-18)
            assert new(step, "momentum") == pytest.approx(new(step) * 0.25, rel=1e-14, abs=1e-18)


# Units, bases and the word "current".


@pytest.mark.parametrize("base", [0.2, "optimizer"])
def test_under_a_base_the_current_value_is_a_factor(base: Any) -> None:
    spec = document({"base": base, "curve": {"kind": "linear", "start": 1, "end": 0}})
    old = compile(spec, base=0.2)
    changed = replan(old.start().at(250), tail=DOWN)
    assert json.loads(changed.to_json())["schedules"]["learning_rate"]["base"] == base
    assert json.loads(changed.to_json())["schedules"]["learning_rate"]["curve"]["parts"][1]["start"] == 0.75
    new = past_is_kept(old, changed, 250)
    assert [new(250), new(275), new(300)] == [old(250), pytest.approx(0.075), 0.0]


def test_a_kind_that_is_a_factor_by_itself_stays_one() -> None:
    spec = document({"kind": "torch.StepLR", "step_size": 100, "gamma": 0.5})
    changed = replan(spec, at=250, tail=DOWN)
    assert json.loads(changed.to_json())["schedules"]["learning_rate"]["base"] == "optimizer"
    new = past_is_kept(compile(spec, base=0.4), changed, 250)
    assert [new(250), new(275)] == [0.1, 0.05]


def test_a_floor_that_no_base_scales_is_part_of_the_current_value() -> None:
    spec = document({"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 0.01}}})
    old = compile(spec, base=0.2)
    new = past_is_kept(old, replan(old.start().at(900), tail=DOWN), 900)
    assert off(new(900), old(900)) <= 4
    without_start = {"kind": "linear", "end": 0, "duration": 50}
    for program in (old, compile(spec)):
        new = compile(replan(program, at=900, tail=without_start), base=0.2)
        assert off(new(900), old(900)) <= 4


def test_a_state_of_an_optimizer_brings_what_it_gave() -> None:
    spec = document({"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 0.01}}})
    from_torch = unisched.State.from_json(compile(spec, base=0.2).start().at(900).to_json())
    assert compile(replan(from_torch, tail=DOWN), base=0.2)(925) == pytest.approx(compile(spec, base=0.2)(900) / 2)


PLACES: dict[str, Document] = {
    "a start": DOWN,
    "a value": {"kind": "sequence", "parts": [{"kind": "constant", "value": "current", "duration": 50}]},
    "a point": {"kind": "piecewise", "interpolation": "linear", "points": [[0, "current"], [50, 0]]},
    "a listed value": {"kind": "piecewise", "interpolation": "linear", "values": ["current", 0], "every": 50},
    "a bound": {"kind": "clip", "maximum": "current", "curve": {**DOWN, "start": 1}},
    "a recipe's peak": {"kind": "warmup_cosine", "peak": "current", "duration": 50},
    "a factor": {"kind": "sequence", "parts": [{"kind": "product", "duration": 50, "curves": [
        "current", {"kind": "linear", "start": 1, "end": 0}]}]},
    "the start of a recurrence": {"kind": "recurrence", "start": "current", "next": "value * 0.9", "duration": 50},
}  # fmt: skip


@pytest.mark.parametrize("tail", PLACES.values(), ids=PLACES)
def test_the_current_value_may_stand_for_any_value(tail: Document) -> None:
    new = past_is_kept(compile(COSINE), replan(COSINE, at=550, tail=tail), 550)
    assert new(550) == compile(COSINE)(550)
    assert new.total == 600


def test_what_a_metric_has_reached_is_the_current_value() -> None:
    plateau = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
    spec = document({"kind": "product", "curves": [{"kind": "cosine", "start": 0.1, "end": 0}, plateau]})
    scheduler = unisched.build(spec, form="scheduler")
    for step in range(300):
        if step in (150, 160, 170):
            scheduler.observe(float(step))
        scheduler.step()
    state = scheduler.state()
    assert scheduler.value() == pytest.approx(compile(COSINE)(0) + 0.025 * (1 + math.cos(0.3 * math.pi)) / 2)
    new = unisched.build(tail := replan(state, tail=DOWN), form="scheduler", state=unisched.adopt(state, tail))
    assert new.value() == scheduler.value()
    longer = replan(state, total=3000)
    new = unisched.build(longer, form="scheduler", state=unisched.adopt(state, longer))
    assert off(new.value(), scheduler.value()) <= 4
    new.observe(500.0)
    assert new.value() == pytest.approx(scheduler.value() / 2)


# The end of a run.


def test_a_run_that_has_ended_may_go_on() -> None:
    tail = {"kind": "linear", "start": "current", "end": 0.05, "duration": 50}
    for at in (1000, 1200):
        assert past_is_kept(compile(COSINE), replan(COSINE, at=at, tail=tail), at)(at + 25) == 0.025


EXPONENTIAL = document({"kind": "exponential", "start": 1, "rate": 0.999}, schedules={"momentum": {
    "kind": "exponential", "start": 0.9, "rate": 0.999}})  # fmt: skip


@pytest.mark.parametrize("at", [500, 999, 1000, 1001, 1500])
@pytest.mark.parametrize("more", [{"tail": DOWN}, {"tail": DOWN, "total": 9000}, {"total": 9000}], ids=str)
def test_what_is_held_at_the_total_stays_held(at: int, more: Document) -> None:
    spec = {**EXPONENTIAL, "after": "hold"}
    old, new = compile(spec), past_is_kept(compile(spec), replan(spec, at=at, **more), at)
    assert off(new(at), old(at)) <= 4
    if "tail" in more and new.total == 9000:
        assert [new(step, "momentum") for step in (1000, 5000)] == [old(1000, "momentum")] * 2


def test_where_a_document_ends_in_an_error_there_is_no_past_beyond() -> None:
    spec = {**COSINE, "after": "error"}
    assert past_is_kept(compile(spec), replan(spec, at=1000, tail=DOWN), 1000)(1049) == 0.0
    with pytest.raises(SpecError, match="step 1001 is past the total of 1000"):
        replan(spec, at=1001, tail=DOWN)


def test_a_run_without_a_total_has_a_past_too() -> None:
    endless = {"schedules": {
        "learning_rate": {"kind": "inverse_sqrt", "peak": 0.1, "warmup": 100},
        "beta": {"kind": "repeat", "period": 30, "curve": {"kind": "linear", "start": 0, "end": 1}},
        "momentum": {"kind": "linear", "start": 0.5, "end": 0.9, "duration": 5000}}}  # fmt: skip
    new = past_is_kept(compile(endless), replan(endless, at=700, tail=DOWN), 700)
    assert new.total == 750
    assert [new(740, name) for name in ("beta", "momentum")] == [compile(endless)(740, n) for n in ("beta", "momentum")]


def test_at_the_start_all_is_future() -> None:
    assert replan(COSINE, at=0, total=500) == unisched.load({**COSINE, "total": 500})
    assert compile(replan(COSINE, at=0, tail=DOWN)).total == 50


LIBRARY: dict[str, Document] = {
    "one cycle over the total": {"kind": "torch.OneCycleLR", "max_lr": 0.1},
    "cosine over the total": {"kind": "transformers.cosine", "num_warmup_steps": 10},
    "keras": {"kind": "keras.CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 700},
    "optax": {"kind": "optax.warmup_cosine_decay_schedule", "init_value": 0, "peak_value": 1, "warmup_steps": 5,
              "decay_steps": 900},
    "noise": {"kind": "product", "curves": [0.1, {"kind": "noise", "std": 0.1, "limit": 0.5, "seed": 3}]},
    "a formula of the progress": {"kind": "formula", "expression": "0.1 * (1 - progress)"},
    "a recurrence": {"kind": "recurrence", "start": 0.1, "next": "value * 0.999"},
    "boundaries in percent": {"kind": "sequence", "boundaries": ["30%", "60%"], "parts": [1, 0.5, 0.1]},
    "cycles": {"kind": "repeat", "times": 4, "curve": {"kind": "cosine", "start": 0.1, "end": 0}},
    "stairs": {"kind": "stair", "every": "10%", "curve": {"kind": "linear", "start": 1, "end": 0}},
}  # fmt: skip


@pytest.mark.parametrize("curve", LIBRARY.values(), ids=LIBRARY)
@pytest.mark.parametrize("more", [{"tail": DOWN}, {"total": 3000, "join": "jump"}, {"total": 700, "join": "jump"}],
                         ids=["cooldown", "longer", "shorter"])  # fmt: skip
def test_every_kind_keeps_its_past(curve: Document, more: Document) -> None:
    old = compile(document(curve), base=0.5)
    if curve["kind"].startswith(("keras", "optax")) and more.get("total") == 700:
        more = {**more, "total": 950}
    new = past_is_kept(old, replan(old.start().at(333), **more), 333)
    again = replan(new.start().at(340), tail=DOWN)
    past_is_kept(new, again, 340)


def planned(spec: Document, at: int, total: int) -> Spec | str:
    """The new document, or the code of what is wrong with it."""
    try:
        return replan(spec, at=at, total=total)
    except SpecError as error:
        return error.code


@given(at=st.integers(1, 1500), total=st.integers(2, 4000), warmup=st.integers(1, 200), end=st.floats(0, 0.1))
def test_past_present_and_end_hold_for_any_numbers(at: int, total: int, warmup: int, end: float) -> None:
    spec = document({"kind": "warmup_cosine", "peak": 0.1, "warmup": warmup, "end": end})
    old = compile(spec)
    changed = planned(spec, at, total)
    if isinstance(changed, str):
        assert changed in {"replan.total", "replan.flat", "duration.too_long", "sequence.full", "number.range"}
        return
    new = compile(changed)
    assert [step for step in range(0, at, 13) if new(step) != old(step)] == []
    assert off(new(at), old(at)) <= 4
    assert new(total) == pytest.approx(end, rel=1e-12, abs=1e-17)


# What is refused.

FAULTS: dict[str, tuple[Document, str, str, str]] = {
    "no step": ({"at": None, "tail": DOWN}, "replan.at", "at", "Pass at="),
    "a negative step": ({"at": -1, "tail": DOWN}, "replan.at", "at", "-1 is no step"),
    "half a step": ({"at": 1.5, "tail": DOWN}, "replan.at", "at", "1.5 is no step"),
    "a step that is true": ({"at": True, "tail": DOWN}, "replan.at", "at", "a boolean is no step"),
    "a step beyond all runs": ({"at": 2**60, "tail": DOWN}, "replan.at", "at", "is no step"),
    "nothing to change": ({}, "replan.total", "total", "neither total nor tail"),
    "a total that is over": ({"total": 500}, "replan.total", "total", "leaves nothing after step 500"),
    "a total before": ({"total": 3, "tail": DOWN}, "replan.total", "total", "leaves nothing after step 500"),
    "a total that is none": ({"total": "soon"}, "duration.syntax", "total", "'soon' is not a duration"),
    "a share as a total": ({"total": "50%"}, "duration.total", "total", "a part of a whole"),
    "an unknown join": ({"total": 2000, "join": "smooth"}, "replan.join", "join", 'Give "value" or "jump"'),
    "a join beside a tail": ({"tail": DOWN, "join": "jump"}, "replan.join", "join", "Leave join out"),
    "a tail longer than the rest": ({"total": 520, "tail": DOWN}, "duration.too_long", "tail.duration", "50 steps"),
    "a tail without length": ({"tail": {"kind": "linear", "end": 0}}, "replan.length", "tail", "total=1000"),
    "a tail that is a number": ({"tail": 3}, "replan.tail", "tail", "3 is no tail"),
    "a tail that is empty": ({"tail": {}}, "replan.tail", "tail", "an object is no tail"),
    "a tail with a base": ({"tail": {"base": 1, "curve": DOWN}}, "replan.tail", "tail", "whose base stays"),
    "groups that are a list": ({"tail": {"groups": []}}, "replan.tail", "tail.groups", "is no object"),
    "an unknown hyperparameter": ({"tail": {"momentum": DOWN}}, "replan.target", "tail.momentum", "has no schedule"),
    "one that is misspelt": ({"tail": {"learnin_rate": DOWN}}, "replan.target", "tail.learnin_rate",
                             "Did you mean 'learning_rate'"),
    "an unknown group": ({"tail": {"groups": {"head": {"learning_rate": DOWN}}}}, "replan.target",
                         "tail.groups.head.learning_rate", "no group 'head'"),
    "an unknown kind": ({"tail": {"kind": "linaer"}}, "kind.unknown", "tail.kind", "Did you mean 'linear'"),
    "a value that is none": ({"tail": {"learning_rate": {**DOWN, "end": "low"}}}, "type.number",
                             "tail.learning_rate.end", "'low' is no number"),
    "the current value as a length": ({"tail": {**DOWN, "duration": "current"}}, "duration.syntax", "tail.duration",
                                      "'current' is not a duration"),
    "a tail longer than all runs": ({"tail": {**DOWN, "duration": 2**53}}, "duration.range", "tail", "beyond 2^53"),
    "a tail below 0": ({"tail": {**DOWN, "end": -1}}, "number.range", LR, "it must be 0 or more"),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "code", "path", "words"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_planned_is_refused(asked: Document, code: str, path: str, words: str) -> None:
    with pytest.raises(UnischedError) as caught:
        replan(COSINE, **{"at": 500, **asked})
    assert (caught.value.code, caught.value.path) == (code, path)
    assert words in str(caught.value)


def test_a_tail_that_nests_deeper_than_the_stack_is_refused() -> None:
    deep: Document = {"kind": "constant", "value": "current"}
    for _ in range(10_000):
        deep = {"kind": "sequence", "parts": [deep]}
    assert refused(COSINE, at=500, tail=deep).code == refused(COSINE, at=500, tail={"learning_rate": deep}).code
    assert refused(COSINE, at=500, tail=deep).code == "spec.too_deep"


def refused(source: Any, **asked: Any) -> UnischedError:
    with pytest.raises(UnischedError) as caught:
        replan(source, **asked)
    return caught.value


def test_the_current_value_stands_in_tails_only() -> None:
    error = refused(document({"kind": "linear", "start": "current", "end": 0}), at=1, tail=DOWN)
    assert (error.code, error.path) == ("replan.current", f"{LR}.start")


def test_a_run_at_its_end_is_not_stretched_to_stay_there() -> None:
    error = refused(document({"kind": "cosine", "start": 1, "end": 0}), at=1000, total=2000)
    assert (error.code, error.path) == ("replan.flat", LR)
    assert "nothing would move on. Give a tail" in str(error)


def test_two_numbers_that_agree_join_nothing() -> None:
    ramp = {"kind": "piecewise", "interpolation": "linear", "points": [[0, 0], ["50%", 1]]}
    error = refused(document({"kind": "repeat", "times": 4, "curve": ramp}), at=330, total=1700)
    assert (error.code, error.path) == ("replan.flat", LR)
    assert 'join="jump"' in str(error)


def test_a_group_that_is_not_at_0_with_the_rest_needs_its_own_tail() -> None:
    spec = document(
        {"kind": "linear", "start": 0, "end": 1},
        groups={"head": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}}},
    )
    error = refused(spec, at=0, tail=DOWN)
    assert (error.code, error.path) == ("replan.ratio", 'groups["head"].learning_rate')


def test_a_floor_of_an_unknown_value_has_no_factor() -> None:
    spec = document({"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 0.01}}})
    assert refused(spec, at=500, tail=DOWN).code == "replan.base"
    assert refused(compile(spec, base=0.1), at=500, total=3000).code == "replan.absolute"


def test_the_pace_of_the_clock_has_no_tail() -> None:
    ramp = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 4], [10, 8]]}
    spec = document(0.1, tokens_per_step="batch", schedules={"batch": ramp})
    error = refused(spec, at=5, tail={"batch": DOWN})
    assert (error.code, error.path) == ("replan.target", "tail.batch")


def test_a_tail_of_factors_is_none_for_a_schedule_of_values() -> None:
    tail = {"kind": "torch.CosineAnnealingLR", "T_max": 50, "duration": 50}
    error = refused(COSINE, at=500, tail=tail)
    assert (error.code, error.path) == ("replan.tail", "tail")
    assert compile(replan(document({"base": 0.1, "curve": 1}), at=500, tail=tail))(525) == pytest.approx(0.05)


def test_a_group_that_counts_from_its_birth_has_no_tail() -> None:
    ramp = {"from": "birth", "curve": {"kind": "linear", "start": 1, "end": 0, "duration": 200}}
    spec = {**GROUPED, "groups": {"late*": {"learning_rate": ramp}}}
    error = refused(spec, at=500, tail={"groups": {"late*": {"learning_rate": DOWN}}})
    assert (error.code, error.path) == ("replan.born", 'tail.groups["late*"].learning_rate')


def test_a_state_without_its_document_is_refused() -> None:
    error = refused(compile(lambda step: 0.5**step, total=5).start().at(2), tail=DOWN)
    assert isinstance(error, StateError)
    assert error.code == "state.no_spec"


def test_a_state_that_is_not_of_its_document_is_refused() -> None:
    state = compile(COSINE).start().at(3)
    other = unisched.State(step=3, clock=state.clock, fingerprint="sha256:0", spec=state.spec)
    assert refused(other, tail=DOWN).code == "state.unlike"


def test_a_program_that_was_tampered_with_is_refused() -> None:
    program = compile(COSINE)
    odd = Program(spec=program.spec, clock=program.clock, body=compile(COSINE, total=700).body)
    error = refused(odd, at=3, tail=DOWN)
    assert isinstance(error, BindingError)
    assert error.code == "replan.program"


# Where a run comes from.


def test_a_run_is_a_state_a_document_or_a_program_in_any_form(tmp_path: Path) -> None:
    program = compile(COSINE)
    state = program.start().at(550)
    document_file, state_file = tmp_path / "schedule.json", tmp_path / "run.state.json"
    document_file.write_text(json.dumps(COSINE))
    state_file.write_text(state.to_json())
    wanted = replan(COSINE, at=550, tail=DOWN)
    states: list[Any] = [state, state.to_json(), json.loads(state.to_json()), state_file, str(state_file)]
    documents: list[Any] = [json.dumps(COSINE), unisched.load(COSINE), program, document_file, str(document_file)]
    assert [replan(run, tail=DOWN) for run in states] == [wanted] * 5
    assert [replan(run, at=550, tail=DOWN) for run in documents] == [wanted] * 5


def test_a_program_may_hold_some_of_the_hyperparameters() -> None:
    spec = document({"kind": "cosine", "start": 0.1, "end": 0}, schedules={"weight_decay": 0.1})
    state = compile(spec).select("learning_rate").start().at(10)
    assert replan(state, tail=DOWN).schedules.keys() == {"learning_rate", "weight_decay"}


def test_functions_stay_functions() -> None:
    spec: Mapping[str, Any] = {"total": 100, "schedules": {"learning_rate": lambda step: 1 / (1 + step)}}
    new = compile(replan(spec, at=9, tail=DOWN))
    assert [new(step) for step in (0, 8, 9)] == [1.0, 1 / 9, 0.1]
    assert Target("learning_rate") in new.targets


RAMP = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 100], ["40k tokens", 400]]}
ASKED: dict[str, tuple[Document, Document]] = {
    "a total in tokens": ({"tokens_per_step": "batch", "schedules": {
        "batch": RAMP, "learning_rate": {"kind": "cosine", "start": 1, "end": 0}}}, {"total": "400k tokens"}),
    "a total in steps": ({"tokens_per_step": "batch", "total": "400k tokens", "schedules": {
        "batch": RAMP, "learning_rate": {"kind": "cosine", "start": 1, "end": 0}}}, {"total": 1300}),
    "a total in epochs": (document({"kind": "cosine", "start": 1, "end": 0}), {
        "total": "40 epochs", "steps_per_epoch": 25}),
    "a pace": (document({"kind": "cosine", "start": 1, "end": 0, "duration": "80k samples"}), {
        "samples_per_step": 100}),
    "a base": (document({"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": 0}}), {"base": 0.3}),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "clock"), ASKED.values(), ids=ASKED)
def test_what_was_asked_of_compile_is_found_again_from_the_state(spec: Document, clock: Document) -> None:
    old = compile(spec, **clock)
    changed = replan(unisched.State.from_json(old.start().at(700).to_json()), tail=DOWN)
    new = past_is_kept(old, changed, 700)
    assert off(new(700), old(700)) <= 4
    assert compile(changed, base=clock.get("base")).fingerprint == new.fingerprint


# What a run does not say of itself.


@pytest.mark.parametrize("kind", ["document", "program", "state"])
def test_a_pace_that_the_run_does_not_have_may_be_given(kind: str) -> None:
    run: Any = {"document": COSINE, "program": compile(COSINE), "state": compile(COSINE).start().at(550)}[kind]
    tail = {**DOWN, "duration": "2 epochs"}
    spec = replan(run, at=550, tail=tail, steps_per_epoch=30)
    assert (spec.steps_per_epoch, past_is_kept(compile(COSINE), spec, 550).total) == (30, 610)
    assert refused(run, at=550, tail=tail).code == "units.missing"


def test_a_document_that_needs_a_clock_is_given_it_as_by_compile() -> None:
    spec = {
        "total": "20 epochs",
        "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 1, "warmup": "9k tokens"}},
    }
    clock: Document = {"steps_per_epoch": 30, "tokens_per_step": 100}
    past_is_kept(compile(spec, **clock), replan(spec, at=200, total="40 epochs", **clock), 200)


MIXED = document({"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 0.01}}})


@pytest.mark.parametrize("base", [0.2, {"learning_rate": 0.2}], ids=["a number", "by name"])
@pytest.mark.parametrize("kind", ["document", "program", "state"])
def test_a_base_that_the_run_does_not_know_may_be_given(kind: str, base: Any) -> None:
    run: Any = {"document": MIXED, "program": compile(MIXED), "state": compile(MIXED).start().at(900)}[kind]
    new = compile(replan(run, at=900, tail=DOWN, base=base), base=0.2)
    assert off(new(900), compile(MIXED, base=0.2)(900)) <= 4
    assert refused(run, at=900, tail=DOWN).code == "replan.base"


@pytest.mark.parametrize("at", [1000, 1200])
@pytest.mark.parametrize("base", [0.2, "optimizer"])
def test_a_value_that_no_base_scales_is_the_current_value_in_factors(base: Any, at: int) -> None:
    spec = document({"base": base, "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 0.01}}})
    old = compile(spec, base=0.2)
    new = past_is_kept(old, replan(old.start().at(at), tail=DOWN), at)
    assert [new(at), new(at + 25), new(at + 50)] == [old(at), pytest.approx(0.005), 0.0]


KNOWN: dict[str, tuple[Document, str]] = {
    "a pace": ({"steps_per_epoch": 31}, "steps_per_epoch"),
    "a base": ({"base": 0.3}, "base.learning_rate"),
}


@pytest.mark.parametrize(("given", "path"), KNOWN.values(), ids=KNOWN)
def test_what_is_past_was_made_under_what_the_run_says(given: Document, path: str) -> None:
    state = compile({**MIXED, "steps_per_epoch": 30}, base=0.2).start().at(900)
    error = refused(state, tail=DOWN, **given)
    assert (error.code, error.path) == ("replan.known", path)
    assert "Leave it out" in str(error)
    assert replan(state, tail=DOWN, base=0.2, steps_per_epoch=30) == replan(state, tail=DOWN)


def test_a_plateau_that_is_bounded_by_values_asks_for_the_base_of_one_group() -> None:
    plateau = {"kind": "torch.ReduceLROnPlateau", "factor": 0.5, "patience": 0, "min_lr": 0.06}
    spec = document({"kind": "product", "curves": [plateau, {"kind": "cosine", "start": 1, "end": 0}]})
    run = unisched.build(spec, form="scheduler", base=0.2)
    for step in range(300):
        if step % 100 == 0:
            run.observe(1.0)
        run.step()
    state = compile(spec).start().at(300)
    unequal = unisched.State(**{**{name: getattr(state, name) for name in unisched.State.__slots__},
                                "feedback": run.state().feedback})  # fmt: skip
    error = refused(unequal, tail=DOWN)
    assert (error.code, error.path) == ("base.missing", f"{LR}.curves[0]")
    assert "Pass base=" in str(error)
    new = compile(replan(unequal, tail=DOWN, base=0.2), base=0.2)
    assert [new.function("learning_rate", factors=[1.0])(step) for step in (300, 325)] == [
        pytest.approx(run.value(), rel=1e-14), pytest.approx(run.value() / 2, rel=1e-14)
    ]  # fmt: skip


# What a metric moves.

STALL = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
FALLING = {"kind": "product", "curves": [{"kind": "cosine", "start": 0.1, "end": 0.02}, STALL]}
MOVED: dict[str, Document] = {
    "a product": FALLING,
    "a floor": {"kind": "clip", "minimum": 1e-4, "curve": FALLING},
    "after a warm-up": {
        "kind": "sequence",
        "parts": [{"kind": "linear", "start": 0, "end": 0.1, "duration": 20}, FALLING],
    },
    "under a base": {"base": 0.5, "curve": FALLING},
}


@pytest.mark.parametrize("total", [700, 3000])
@pytest.mark.parametrize("entry", MOVED.values(), ids=MOVED)
def test_what_a_metric_moves_joins_in_proportion_and_never_falls_below_0(entry: Document, total: int) -> None:
    run = unisched.build(document(entry), form="scheduler")
    for step in range(500):
        if step % 200 == 0:
            run.observe(1.0)
        run.step()
    spec = replan(run.state(), total=total)
    new = unisched.build(spec, form="scheduler", state=unisched.adopt(run.state(), spec))
    assert off(new.value(), run.value()) <= 4
    before = new.value()
    new.observe(1.0)
    assert new.value() == before / 2
    while new.state().step < total:
        if new.state().step % 100 == 0:
            new.observe(1.0)
        assert new.value() > 0
        new.step()


def test_nothing_leads_from_0_to_what_a_metric_moves() -> None:
    rising = {"kind": "product", "curves": [{"kind": "linear", "start": 0, "end": 1}, STALL]}
    error = refused({"total": 1000, "schedules": {"learning_rate": {"kind": "sequence", "parts": [
        {"kind": "constant", "value": 0, "duration": "50%"}, rising]}}}, at=100, total=150)  # fmt: skip
    assert (error.code, error.path) == ("replan.flat", LR)


def test_a_follower_of_what_a_metric_moves_may_be_replanned_again_and_again() -> None:
    follow = {"kind": "follow", "schedule": "learning_rate"}
    spec: Any = document(
        {"kind": "cosine", "start": 0.1, "end": 0.01},
        groups={"head": {"learning_rate": {"kind": "product", "curves": [0.3, follow]}}},
        schedules={"weight_decay": {"base": 0.2, "curve": follow}},
    )
    moved = {"kind": "product", "curves": ["current", STALL], "duration": 70}
    changes: list[Document] = [
        {"total": 1500},
        {"total": 3000},
        {"tail": moved},
        {"total": 2500},
        {"total": 2700},
        {"tail": DOWN},
    ]
    run = unisched.build(spec, form="scheduler")
    for change in changes:
        for _ in range(20):
            if run.state().feedback or "plateau" in (run.state().spec or ""):
                run.observe(1.0)
            run.step()
        before = [run.value("learning_rate"), run.value("weight_decay"), run.value("learning_rate", "head")]
        spec = replan(run.state(), **change)
        run = unisched.build(spec, form="scheduler", state=unisched.adopt(run.state(), spec))
        after = [run.value("learning_rate"), run.value("weight_decay"), run.value("learning_rate", "head")]
        assert after == pytest.approx(before, rel=1e-14)


def test_a_follower_that_stands_first_is_compiled_as_one_that_stands_last() -> None:
    schedules = {"weight_decay": {"kind": "follow", "schedule": "learning_rate"}, "learning_rate": FALLING}
    turned = dict(reversed(schedules.items()))
    for spec in ({"total": 1000, "schedules": schedules}, {"total": 1000, "schedules": turned}):
        assert compile(spec, base=0.5).controllers == compile(spec).controllers
        assert compile(replan(compile(spec, base=0.5).start().at(9), tail=DOWN)).total == 59


# Twice at the same step.


@pytest.mark.parametrize("tail", [{"kind": "linear", "end": 0, "duration": 50}, {"kind": "clip", "minimum": 0.01,
                                  "curve": {"kind": "linear", "end": 0, "duration": 50}}], ids=str)  # fmt: skip
def test_a_start_left_out_is_the_current_value_where_nothing_else_stands_before(tail: Document) -> None:
    assert compile(replan(document({"kind": "cosine", "start": 1, "end": 0}), at=0, tail=tail))(0) == 1
    jumped = replan(COSINE, at=300, total=3000, join="jump")
    assert compile(replan(jumped, at=300, tail=tail))(300) == compile(jumped)(300) != compile(COSINE)(300)


@pytest.mark.parametrize("step", [-1, 5.5, "5"])
def test_a_state_put_together_at_no_step_is_refused(step: Any) -> None:
    state = compile(COSINE).start()
    odd = unisched.State(step=step, clock=state.clock, fingerprint=state.fingerprint, spec=state.spec)
    with pytest.raises(StateError, match="not a whole number from 0"):
        replan(odd, tail=DOWN)
    with pytest.raises(StateError, match="not a whole number from 0"):
        unisched.adopt(odd, COSINE)


def test_a_window_that_was_written_as_long_as_the_total_is_not_taken_for_one_of_a_plan() -> None:
    spec = document({"kind": "window", "length": 1000, "curve": {"kind": "cosine", "start": 1, "end": 0.5}})
    new = past_is_kept(compile(spec), replan(spec, at=300, total=3000), 300)
    assert [new(step) for step in (300, 999, 1000, 2999)] == [compile(spec)(step) for step in (300, 999, 1000, 2999)]


def test_going_back_to_the_start_leaves_a_document_that_any_total_lays_out() -> None:
    curve = COSINE["schedules"]["learning_rate"]  # type: ignore[index]
    once = replan(COSINE, at=550, total=2000, join="jump")
    assert (
        replan(once, at=0, total=3000, join="jump").schedules["learning_rate"]
        == unisched.load(curve).schedules["learning_rate"]
    )
