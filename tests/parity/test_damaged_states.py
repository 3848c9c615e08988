"""A state that something has damaged is refused alike by every form of every backend, with its four parts.

Each carries a checksum that fits, as from a hand that edits and seals: a damaged file alone shows by its checksum.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import pytest
import torch

import unisched
from unisched import registry
from unisched.errors import StateError
from unisched.state import _checksum

BACKENDS = ("numpy", "torch", "keras", "optax")
FORMS = [(name, form) for name in BACKENDS for form in registry.backend(name).forms]
RATE = {"kind": "linear", "start": 1.0, "end": 0.5}
STALL = {"kind": "product", "curves": [RATE, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1}]}
PLACE = "schedules.learning_rate.curves[1]"
HUGE = 10**400

# The wrong values of each field, but for those that are right: a document may be left out.
WRONG: dict[str, list[Any]] = {
    "unisched_state": [..., None, [], "1", True, 0, 2, 1.0],
    "step": [..., None, [], {}, "7", True, -1, 7.0, math.nan, math.inf, HUGE, 2**63],
    "clock": [..., None, [], {}, "x", 20, {"total": 20}],
    "base": [..., None, [], "x", 0.1, {"learning_rate": None}, {"learning_rate": True}, {"learning_rate": "0.1"},
             {"learning_rate": math.nan}, {"learning_rate": HUGE}],
    "spec": [..., [], "x", True, 1, math.nan],
    "fingerprint": [..., None, [], {}, True, 1, "sha256:0"],
    "feedback": [..., None, [], "x", 1, {"schedules.momentum": {}}],
    "births": [..., None, [], "x", 1, {"head": -1}, {"head": 1.0}, {"head": "1"}, {"head": None}, {"head": 2**63}],
    "driven_by": [..., None, [], True, 1, "moons"],
    "carry": [..., None, [], {}, "1", True, -1, 1.0, math.nan, HUGE],
}  # fmt: skip
MEMORY: dict[str, list[Any]] = {
    "best": [..., [], {}, "x", True, math.nan, "nan", HUGE],
    "bad": [..., None, [], "1", True, -1, 1.0, HUGE],
    "cooldown": [..., None, -1, 1.5],
    "drops": [..., None, -1, 1.5, math.inf],
    "seen": [..., None, -1, 0, True],
    "stray": [1],
}


def changed(data: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    kept = {key: held for key, held in data.items() if key != name}
    return kept if value is ... else {**kept, name: value}


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    kept = changed(data, "checksum", ...)
    try:
        return {**kept, "checksum": _checksum(kept)}
    except StateError:  # no JSON holds it, so no checksum fits
        return {**kept, "checksum": "crc32:00000000"}


def state(spec: Mapping[str, Any]) -> dict[str, Any]:
    program = unisched.compile(spec, total=20)
    begun = program.start().at(3)
    for loss in (1.0, 1.0, 1.0) if program.monitors else ():
        begun = begun.observe(program, loss)
    found: dict[str, Any] = json.loads(begun.to_json())
    return found


def damaged() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for name, values in WRONG.items():
        for value in values:
            yield name, RATE, sealed(changed(state(RATE), name, value))
    for name, values in MEMORY.items():
        for value in values:
            memory = changed(state(STALL)["feedback"][PLACE], name, value)
            yield f"feedback.{name}", STALL, sealed({**state(STALL), "feedback": {PLACE: memory}})


def built(backend: str, form: str, spec: Any, given: Any) -> Any:
    binding: dict[str, Any] = {}
    if backend == "torch":
        binding["optimizer"] = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.125)
    elif (backend, form) == ("keras", "optimizer"):
        binding["optimizer"] = keras.optimizers.SGD(0.125)
    try:
        return unisched.build(spec, backend, form=form, total=20, state=given, **binding)
    finally:
        if backend == "torch" and given["checksum"] != state(spec)["checksum"]:
            assert binding["optimizer"].param_groups[0]["lr"] == 0.125


def carries(backend: str, form: str, spec: Any) -> bool:
    return spec is RATE or registry.backend(backend).forms[form].capabilities.feedback


@pytest.mark.parametrize(("backend", "form"), FORMS)
def test_the_states_that_these_are_made_of_are_taken(backend: str, form: str) -> None:
    for spec in (RATE, STALL):
        if carries(backend, form, spec):
            assert built(backend, form, spec, state(spec)) is not None


@pytest.mark.parametrize(("backend", "form"), FORMS)
def test_a_damaged_state_is_refused_with_the_four_parts_and_changes_nothing(backend: str, form: str) -> None:
    for name, spec, given in damaged():
        if not carries(backend, form, spec):
            continue
        with pytest.raises(StateError) as caught:
            built(backend, form, spec, given)
        for problem in caught.value.problems:
            assert problem.path.startswith("state"), name
            assert all((problem.code, problem.fault, problem.remedy)), name
