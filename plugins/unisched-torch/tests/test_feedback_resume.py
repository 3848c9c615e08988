"""Saving and loading what metrics have moved: the rest of a resumed run is the rest of the whole one, bit for bit."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import AdamW, Optimizer
from unisched_torch import UnischedLR

import unisched
from unisched.errors import BindingError, StateError

Make = Callable[..., Optimizer]
Rows = list[list[float]]

TOTAL = 40
STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.7, "patience": 1, "cooldown": 2}
WARM = {"kind": "linear", "start": 0.1, "end": 1, "duration": 6}
SPECS: dict[str, dict[str, Any]] = {
    "a plateau after a warm-up, in all hyperparameters and groups": {
        "schedules": {
            "learning_rate": {"base": "optimizer", "curve": {"kind": "sequence", "parts": [WARM, STALL]}},
            "weight_decay": {"base": 0.1, "curve": {"kind": "follow", "schedule": "learning_rate"}},
            "beta1": {"kind": "product", "curves": [0.9, {**STALL, "monitor": "accuracy", "mode": "max"}]},
        },
        "groups": {"head": {"learning_rate": {"scale": 0.1}}},
    },
    "torch's plateau over groups of different rates": {
        "schedules": {
            "learning_rate": {"kind": "torch.ReduceLROnPlateau", "factor": 0.3, "patience": 1, "eps": 1e-3,
                              "min_lr": 1e-2, "monitor": "loss"},
            "beta1": {"kind": "product", "curves": [0.9, {**STALL, "monitor": "accuracy", "rule": "keras"}]},
        },
    },
    "the greedy rule, which keeps its last metrics": {
        "schedules": {
            "learning_rate": {"base": 0.1, "curve": {"kind": "transformers.greedy", "monitor": "loss", "patience": 1,
                                                     "smooth": True, "window_size": 4, "reset_start": 2}},
            "beta1": {"kind": "product", "curves": [0.9, {"kind": "optax.reduce_on_plateau", "monitor": "accuracy",
                                                          "accumulation_size": 3, "patience": 1}]},
        },
    },
}  # fmt: skip


def fresh(make: Make) -> Optimizer:
    optimizer = make(AdamW, ("body", "head"))
    optimizer.param_groups[1]["lr"] = 0.7
    return optimizer


def log(steps: range) -> dict[int, dict[str, float]]:
    """Two metrics, at some steps only: noise, and now and then none at all or no number."""
    draw = random.Random(5)
    all_steps = {
        step: {name: draw.choice([draw.random(), 0.5, 0.5, math.nan, math.inf]) for name in ("loss", "accuracy")
               if draw.random() < 0.7}
        for step in range(TOTAL)
    }  # fmt: skip
    return {step: all_steps[step] for step in steps}


def ran(scheduler: UnischedLR, stop: int) -> Rows:
    """Train up to a step, metrics before updates; give what each update found in the groups."""
    rows = []
    for metrics in log(range(scheduler.last_epoch, stop)).values():
        scheduler.observe(metrics)
        groups = scheduler.optimizer.param_groups
        rows.append([value for group in groups for value in (group["lr"], group["weight_decay"], *group["betas"])])
        scheduler.optimizer.step()
        scheduler.step()
    return rows


ACTS = ("optimizer", "scheduler", "load optimizer", "load scheduler")
ORDERS = [
    order for order in itertools.permutations(ACTS)
    if order[0] == "optimizer" and order.index("scheduler") < order.index("load scheduler")
]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
@pytest.mark.parametrize("order", ORDERS, ids=" > ".join)
@pytest.mark.parametrize("cut", [0, 5, 17, TOTAL - 1])
def test_every_order_of_building_and_loading_goes_on_bit_for_bit(
    through_file: Callable[[Any], Any], make: Make, spec: dict[str, Any], order: tuple[str, ...], cut: int
) -> None:
    whole = ran(UnischedLR(fresh(make), spec, total=TOTAL), TOTAL)
    first = UnischedLR(fresh(make), spec, total=TOTAL)
    assert ran(first, cut) == whole[:cut]
    saved = through_file({"load optimizer": first.optimizer.state_dict(), "load scheduler": first.state_dict()})
    made: dict[str, Any] = {}
    for act in order:
        match act:
            case "optimizer":
                made["load optimizer"] = fresh(make)
            case "scheduler":
                made["load scheduler"] = UnischedLR(made["load optimizer"], spec, total=TOTAL)
            case _:
                made[act].load_state_dict(saved[act])
    resumed = made["load scheduler"]
    assert resumed.state() == first.state()
    assert resumed.state_dict() == first.state_dict()
    assert ran(resumed, TOTAL) == whole[cut:]


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_the_runs_are_such_that_forgetting_the_metrics_would_be_seen(make: Make, spec: dict[str, Any]) -> None:
    whole = UnischedLR(fresh(make), spec, total=TOTAL)
    ran(whole, 17)
    forgetful = UnischedLR(fresh(make), spec, total=TOTAL, state=json_without_feedback(whole))
    assert ran(forgetful, TOTAL) != ran(whole, TOTAL)


def json_without_feedback(scheduler: UnischedLR) -> str:
    state = scheduler.state()
    return unisched.compile(scheduler.program.spec, total=TOTAL).start().at(state.step).to_json()


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_the_keys_and_the_plain_values_of_a_saved_state_do_not_depend_on_what_was_observed(
    make: Make, spec: dict[str, Any]
) -> None:
    scheduler = UnischedLR(fresh(make), spec, total=TOTAL)
    before = scheduler.state_dict()
    ran(scheduler, 30)
    after = scheduler.state_dict()
    assert before.keys() == after.keys()
    for saved in (before, after):
        assert {type(value) for value in saved.values()} == {str, int, list}
        assert {type(value) for key in ("base_lrs", "_last_lr") for value in saved[key]} == {float}
    assert json.loads(before["unisched"])["feedback"] == {}
    assert len(json.loads(after["unisched"])["feedback"]) == 2


# numpy gives one base to all groups, so both groups are given 0.1 here.
@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
@settings(deadline=None, max_examples=20)
@given(first=st.integers(0, TOTAL), second=st.integers(0, TOTAL))
def test_a_run_goes_from_torch_to_numpy_and_back_at_any_steps_bit_for_bit(
    spec: dict[str, Any], first: int, second: int
) -> None:
    first, second = sorted((first, second))

    def torch_scheduler(state: str | None = None) -> UnischedLR:
        groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "name": name} for name in ("body", "head")]
        return UnischedLR(AdamW(groups, lr=0.1), spec, total=TOTAL, state=state)

    whole = [row[0] for row in ran(torch_scheduler(), TOTAL)]
    begun = torch_scheduler()
    rates = [row[0] for row in ran(begun, first)]
    numpy = unisched.build(spec, form="scheduler", total=TOTAL, state=begun.state().to_json())
    for metrics in log(range(first, second)).values():
        numpy.observe(metrics)
        rates.append(numpy.value())
        numpy.step()
    back = torch_scheduler(numpy.state().to_json())
    rates += [row[0] for row in ran(back, TOTAL)]
    assert rates == whole


def test_a_checkpoint_between_a_late_group_and_its_first_step_keeps_its_own_rate_and_the_drops(
    make: Make, through_file: Callable[[Any], Any]
) -> None:
    def added(scheduler: UnischedLR) -> UnischedLR:
        scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(2))], "lr": 0.8})
        return scheduler

    spec = product(STALL)
    saved = added(stalled(make, spec))
    for _ in range(4):
        saved.observe(1)
    assert [group["lr"] for group in saved.optimizer.param_groups] == [pytest.approx(0.1 * 0.7**3), 0.8]
    file = through_file({"optimizer": saved.optimizer.state_dict(), "scheduler": saved.state_dict()})
    for first, second in (("optimizer", "scheduler"), ("scheduler", "optimizer")):
        resumed = added(UnischedLR(make(), spec))
        loaders = {"optimizer": resumed.optimizer, "scheduler": resumed}
        for name in (first, second):
            loaders[name].load_state_dict(file[name])
        assert [group["lr"] for group in resumed.optimizer.param_groups] == [pytest.approx(0.1 * 0.7**3), 0.8]
        resumed.optimizer.step()
        resumed.step()
        assert [group["lr"] for group in resumed.optimizer.param_groups] == pytest.approx([0.1 * 0.7**3, 0.8 * 0.7**3])


def test_the_state_of_another_document_is_refused_and_names_the_field_of_the_plateau(make: Make) -> None:
    saved = UnischedLR(make(), {"base": "optimizer", "curve": STALL})
    saved.observe(1)
    other = UnischedLR(make(), {"base": "optimizer", "curve": {**STALL, "patience": 3}})
    before = other.state_dict()
    with pytest.raises(StateError, match="patience was 1, is 3") as caught:
        other.load_state_dict(saved.state_dict())
    assert "strict=False" in str(caught.value)
    assert other.state_dict() == before


def stalled(make: Make, spec: Any, **given: Any) -> UnischedLR:
    scheduler = UnischedLR(make(), spec, **given)
    for _ in range(7):
        scheduler.observe(dict.fromkeys(scheduler.program.monitors, 1.0))
    scheduler.optimizer.step()
    scheduler.step()
    return scheduler


def product(*curves: Any) -> dict[str, Any]:
    return {"base": "optimizer", "curve": {"kind": "product", "curves": list(curves)}}


ACCURACY = {**STALL, "monitor": "accuracy", "mode": "max", "factor": 0.1}
SUCCESSORS: dict[str, tuple[Any, list[int | None]]] = {
    "another factor and patience": (product(0.5, {**STALL, "factor": 0.5, "patience": 7}, ACCURACY), [2, 2]),
    "one plateau fewer": (product(0.5, STALL), [2]),
    "a plateau where none was": (product(STALL, 0.5), [None]),
    "none at all": ({"kind": "constant", "value": 1}, []),
}


@pytest.mark.parametrize("way", ["state=", "load_state_dict"])
@pytest.mark.parametrize("name", SUCCESSORS)
def test_without_strict_the_step_is_kept_and_the_memory_that_still_has_a_place(make: Make, name: str, way: str) -> None:
    spec, drops = SUCCESSORS[name]
    saved = stalled(make, product(0.5, STALL, ACCURACY))
    loses = len([entry for entry in drops if entry is not None]) < len(saved.state().feedback)
    with pytest.warns(UserWarning, match="is forgotten") if loses else nullcontext():
        if way == "state=":
            resumed = UnischedLR(make(), spec, state=saved.state().to_json(), strict=False)
        else:
            resumed = UnischedLR(make(), spec, strict=False)
            resumed.load_state_dict(saved.state_dict())
    feedback = resumed.state().feedback
    kept = [feedback.get(controller.place) for controller in resumed.program.controllers]
    assert [None if entry is None else entry["drops"] for entry in kept] == drops
    assert resumed.last_epoch == 1
    known = [entry for entry in kept if entry is not None]
    assert all(entry in saved.state().feedback.values() for entry in known)


def test_without_strict_a_rule_that_remembers_something_else_begins_anew(make: Make) -> None:
    def at_one_place(rule: str) -> dict[str, Any]:
        return {"kind": "product", "curves": [0.5, {"kind": rule, "monitor": "loss", "patience": 1}]}

    saved = stalled(make, at_one_place("torch.ReduceLROnPlateau"))
    with pytest.warns(UserWarning, match="is forgotten"):
        resumed = UnischedLR(make(), at_one_place("transformers.greedy"), state=saved.state(), strict=False)
    assert [*saved.state().feedback] == [controller.place for controller in resumed.program.controllers]
    assert (resumed.state().feedback, resumed.last_epoch) == ({}, 1)


def test_without_strict_the_kept_drops_are_in_force_at_once(make: Make) -> None:
    saved = stalled(make, product(0.5, STALL))
    resumed = UnischedLR(make(), product(0.25, {**STALL, "factor": 0.5}), state=saved.state(), strict=False)
    assert resumed.optimizer.param_groups[0]["lr"] == pytest.approx(0.1 * 0.25 * 0.5**2)


DAMAGES: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
    "of no controller": lambda place, known: {"nowhere": known},
    "empty": lambda place, known: {place: {}},
    "none": lambda place, known: {place: None},
    "without a field": lambda place, known: {place: {name: known[name] for name in known if name != "bad"}},
    "with a field too many": lambda place, known: {place: {**known, "worst": 1.0}},
    "a negative count": lambda place, known: {place: {**known, "drops": -1}},
    "half a count": lambda place, known: {place: {**known, "bad": 0.5}},
    "a text": lambda place, known: {place: {**known, "best": "low"}},
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_memory_that_nothing_wrote_is_refused_and_changes_nothing(make: Make, name: str) -> None:
    saved = stalled(make, product(0.5, STALL))
    ((place, known),) = saved.state().feedback.items()
    damaged = dataclasses.replace(saved.state(), feedback=DAMAGES[name](place, known))
    scheduler = UnischedLR(make(), product(0.5, STALL))
    before = scheduler.state_dict()
    with pytest.raises(StateError) as caught:
        scheduler.load_state_dict({**saved.state_dict(), "unisched": damaged.to_json()})
    assert caught.value.code == "state.feedback"
    assert scheduler.state_dict() == before
    with pytest.raises(StateError):
        UnischedLR(make(), product(0.5, STALL), state=damaged)


def test_a_number_of_steps_is_refused_where_metrics_were_seen(make: Make) -> None:
    optimizer = make()
    with pytest.raises(
        BindingError, match=r"last_epoch does not hold what .* has seen\. Pass state= instead"
    ) as caught:
        UnischedLR(optimizer, product(0.5, STALL), last_epoch=5)
    assert caught.value.code == "binding.last_epoch"
    assert (optimizer.param_groups[0]["lr"], "initial_lr" in optimizer.param_groups[0]) == (0.1, False)
