"""Re-planning the schedules of docs/recipes: each keeps its past, joins at the current value, ends where it would."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import unisched
from unisched import Program, ir, replan, scalar
from unisched.errors import SpecError
from unisched.ir import Target

FOLDER = Path(__file__).parents[1] / "docs" / "recipes"
DOCUMENTS = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
SHARES = (0.05, 0.71)
UNPLANNED = 12_000
"""The length of a run of which a document says none."""

# Documents that cannot be laid out over half of what is left: they say in steps or epochs where they are at which
# value, and that lies beyond.
TOO_SHORT = {
    "deepseek_v3": "sequence.beyond", "detectron2_multistep": "piecewise.beyond", "gpt3": "sequence.beyond",
    "infinite_learning_rate": "sequence.beyond", "resnet50_goyal": "sequence.beyond",
    "timm_cosine_masked_warmup": "duration.too_long", "torch_cosine_annealing_lr": "duration.too_long",
    "torch_multi_step_lr": "piecewise.beyond", "torch_polynomial_lr": "duration.too_long",
    "torch_sequential_lr": "sequence.beyond", "torch_swa_lr": "sequence.beyond", "wsd_s": "duration.too_long",
}  # fmt: skip
TOO_LONG = {"infinite_learning_rate": "sequence.beyond"}


def value_of(program: Program, target: Target) -> Callable[[int], float]:
    """The values of a target; what the optimizer gives is 0.1, what metrics move has not moved."""
    assignment = next(a for a in program.body.assignments if a.target == target)
    value = ir.bind(program.body.values[assignment.value], 0.1)
    function = scalar.function(value, [1.0] * len(program.controllers))
    return lambda step: function(step) * assignment.scale


def assert_past(old: Program, new: Program, at: int) -> None:
    near = {*range(min(at, 100)), *range(max(at - 100, 0), at), *(k * at // 300 for k in range(300))}
    for target in old.targets:
        before, after = value_of(old, target), value_of(new, target)
        assert [step for step in sorted(near) if before(step) != after(step)] == []


def assert_joined(old: Program, new: Program, at: int) -> None:
    for target in old.targets:
        before, after = value_of(old, target)(at), value_of(new, target)(at)
        assert abs(before - after) <= 4 * math.ulp(before)


def planned(name: str, **asked: Any) -> tuple[Program, Program, int]:
    """The program of a recipe, that of its new plan, and the step of the change."""
    old = unisched.compile(DOCUMENTS[name], base=0.1)
    new = replan(old, **asked)
    return old, unisched.compile(new, base=0.1), asked["at"]


def length(name: str) -> int:
    return unisched.compile(DOCUMENTS[name]).total or UNPLANNED


def main_target(name: str) -> tuple[str, float]:
    """A hyperparameter to cool down, and to what."""
    names = unisched.compile(DOCUMENTS[name]).hyperparameters
    chosen = "learning_rate" if "learning_rate" in names else names[0]
    return chosen, 0.5 if chosen == "momentum" else 0.0


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_cooldown_can_begin_in_any_schedule(name: str, share: float) -> None:
    at, (hyperparameter, end) = int(length(name) * share), main_target(name)
    tail = {hyperparameter: {"kind": "linear", "start": "current", "end": end, "duration": length(name) // 20}}
    old, new, at = planned(name, at=at, tail=tail)
    assert_past(old, new, at)
    assert_joined(old, new, at)
    assert new.total == at + length(name) // 20
    assert value_of(new, Target(hyperparameter))(new.total) == end


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("join", ["value", "jump"])
def test_any_schedule_can_be_made_longer(name: str, share: float, join: Any) -> None:
    at, total = int(length(name) * share), int(length(name) * 1.7)
    if name in TOO_LONG:
        with pytest.raises(SpecError) as caught:
            planned(name, at=at, total=total, join=join)
        assert caught.value.code == TOO_LONG[name]
        total *= 10
    old, new, at = planned(name, at=at, total=total, join=join)
    assert_past(old, new, at)
    assert_ends(name, new, total)
    if join == "value":
        assert_joined(old, new, at)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_any_schedule_that_does_not_say_otherwise_can_be_made_shorter(name: str) -> None:
    at = int(length(name) * 0.05)
    total = at + (length(name) - at) // 2
    if name in TOO_SHORT:
        with pytest.raises(SpecError) as caught:
            planned(name, at=at, total=total)
        assert caught.value.code == TOO_SHORT[name]
        return
    old, new, at = planned(name, at=at, total=total)
    assert_past(old, new, at)
    assert_joined(old, new, at)
    assert_ends(name, new, total)


def assert_ends(name: str, new: Program, total: int) -> None:
    laid_out = unisched.compile(DOCUMENTS[name], total=total, base=0.1)
    for target in laid_out.targets:
        wanted, got = value_of(laid_out, target)(total), value_of(new, target)(total)
        assert abs(wanted - got) <= 4 * math.ulp(wanted)
