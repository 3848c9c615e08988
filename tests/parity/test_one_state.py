"""One run has one state, byte for byte, in whatever framework it was made: all eight parts and the checksum."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import unisched
from unisched import Program, State, registry
from unisched.backend import Form, obstacles

BACKENDS = ("numpy", "torch", "keras", "optax")
RATE = {"kind": "warmup_cosine", "peak": 0.5, "warmup": 3}
STALL = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
LATE = {"from": "birth", "curve": {"kind": "linear", "start": 0.5, "end": 0.25, "duration": 4}}
PROGRAMS: dict[str, Program] = {
    "one curve": unisched.compile(RATE, total=20),
    "a clock of tokens": unisched.compile(RATE, total="2000 tokens", tokens_per_step=100, steps_per_epoch=5),
    "several and groups": unisched.compile(
        {"schedules": {"learning_rate": RATE, "weight_decay": 0.5}, "groups": {"head": {"learning_rate": 0.25}}},
        total=20,
    ),
    "a plateau": unisched.compile({"kind": "product", "curves": [RATE, STALL]}, total=20),
    "a floor, and a base that was told": unisched.compile(
        {"base": 0.25, "curve": {"kind": "torch.ReduceLROnPlateau", "monitor": "loss", "patience": 0, "min_lr": 0.1}},
        total=20,
    ),
    "births": unisched.compile(
        {"schedules": {"learning_rate": RATE}, "groups": {"late*": {"learning_rate": LATE}}}, total=20
    ),
}
PARTS = {"step", "clock", "base", "spec", "fingerprint", "feedback", "births", "carry"}
LOSSES = {1: 1.0, 2: 0.5, 3: 0.75, 5: 0.5}


def forms(program: Program) -> dict[str, Form]:
    """Every form that carries the program."""
    return {
        f"{name}, {form}": found
        for name in BACKENDS
        for form, found in registry.backend(name).forms.items()
        if not any(obstacles(found, program, {"group": None}))
    }


def begun(name: str) -> State:
    start = PROGRAMS[name].start()
    return replace(start, births={"late1": 2}) if name == "births" else start


def after(name: str, form: Form) -> str:
    program = PROGRAMS[name]
    return form.replay(program, begun(name), 6, LOSSES if program.monitors else {}).state.to_json()


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_form_reaches_the_same_bytes(name: str) -> None:
    found = {form: after(name, made) for form, made in forms(PROGRAMS[name]).items()}
    assert {form.split(",")[0] for form in found} == set(BACKENDS)
    assert set(found.values()) == {found["numpy, scheduler"]}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_holds_its_eight_parts_and_each_counts(name: str) -> None:
    data: dict[str, Any] = json.loads(after(name, registry.backend("numpy").forms["scheduler"]))
    assert data.keys() == PARTS | {"unisched_state", "driven_by", "checksum"}
    assert (data["step"], data["fingerprint"]) == (6, PROGRAMS[name].fingerprint)
    assert bool(data["feedback"]) == bool(PROGRAMS[name].monitors)
    assert bool(data["births"]) == (name == "births")
