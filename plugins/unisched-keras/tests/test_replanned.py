"""A run that is re-planned goes on in a real optimizer of Keras with its base, step and memory."""

from __future__ import annotations

import math
from typing import Any

import keras
import pytest

import unisched
from unisched import State, adopt, compile, replan

STALL = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
SPEC: dict[str, Any] = {"total": 60, "schedules": {"learning_rate": {"base": "optimizer", "curve": {
    "kind": "product", "curves": [{"kind": "cosine", "start": 1, "end": 0.2}, STALL]}}}}  # fmt: skip
BASE, AT, UPDATES = 0.3, 25, 20
LOSSES = {5: 1.0, 10: 1.0, 30: 1.0}
"""The second is no better, and drops the factor; the third is seen after the change."""
CHANGES: dict[str, dict[str, Any]] = {
    "a cooldown": {"tail": {"kind": "linear", "start": "current", "end": 0, "duration": 20}},
    "longer": {"total": 120},
    "longer, as it is": {"total": 120, "join": "jump"},
}


def cosine(step: int, total: int) -> float:
    return 0.2 + 0.8 * (1 + math.cos(math.pi * min(step, total) / total)) / 2


def wanted(change: str) -> list[float]:
    """What each update of the run that goes on is to use, by the words alone."""
    current = BASE * cosine(AT, 60) / 2
    if change == "a cooldown":
        return [current * (1 - k / 20) for k in range(UPDATES)]
    begins = BASE * cosine(AT, 120) / 2
    shares = [BASE * cosine(AT + k, 120) / (2 if AT + k < 30 else 4) / begins for k in range(UPDATES)]
    return [share * (current if change == "longer" else begins) for share in shares]


def state_of_the_run() -> State:
    """The state at the change, of a run without a framework."""
    scheduler = unisched.build(SPEC, form="scheduler", base=BASE)
    for step in range(AT):
        if step in LOSSES:
            scheduler.observe(LOSSES[step])
        scheduler.step()
    state: State = scheduler.state()
    return state


def used(optimizer: Any, change: str, updates: int) -> list[float]:
    """What each update has moved a variable by, under a gradient of 1."""
    weight, moved = keras.Variable([0.0], dtype="float32"), []
    optimizer.build([weight])
    for step in range(AT, AT + updates):
        if step in LOSSES and change != "a cooldown":
            optimizer.observe(LOSSES[step])
        weight.assign([0.0])
        optimizer.apply([keras.ops.ones(1)], [weight])
        moved.append(-float(keras.ops.convert_to_numpy(weight.value)[0]))
    return moved


@pytest.mark.parametrize("change", CHANGES)
def test_the_updates_are_those_of_the_new_plan(change: str) -> None:
    state = state_of_the_run()
    spec = replan(state, **CHANGES[change])
    optimizer = unisched.build(spec, "keras", form="optimizer", optimizer=keras.optimizers.SGD(BASE),
                               state=adopt(state, spec))  # fmt: skip
    assert used(optimizer, change, UPDATES) == pytest.approx(wanted(change), rel=2e-7)


def test_and_without_its_memory_it_would_be_another() -> None:
    spec = replan(state_of_the_run(), total=120)
    state = compile(spec, base=BASE).start().at(AT)
    optimizer = unisched.build(spec, "keras", form="optimizer", optimizer=keras.optimizers.SGD(BASE), state=state)
    assert used(optimizer, "longer", 1) == pytest.approx([2 * wanted("longer")[0]], rel=2e-7)
