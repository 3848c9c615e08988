"""Formulas, recurrences and Python functions drive an optimizer with the very values of the program."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

import unisched
from unisched.errors import SpecError, StepError

STEPS = 40


def decay(step: int) -> float:
    return 0.1 / (1 + step / 7)


def failing(step: int) -> float:
    return 0.1 if step < 3 else math.nan


CURVES: dict[str, Any] = {
    "a formula": {"kind": "formula", "expression": "0.1 * 0.9 ** floor(step / 7) if step % 3 > 0 else 1 - progress"},
    "a recurrence": {"kind": "recurrence", "start": 0.1, "next": "sin(value)"},
    "a function": decay,
}


def optimizer() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=1.0)


@pytest.mark.parametrize("name", CURVES)
def test_the_optimizer_gets_the_values_of_the_program_and_resumes_with_them(name: str) -> None:
    program = unisched.compile({"schedules": {"learning_rate": CURVES[name]}}, total=STEPS)
    expected = [program(step) for step in range(STEPS)]
    used: list[float] = []
    saved: dict[str, Any] = {}
    for stop in (13, STEPS):
        sgd = optimizer()
        scheduler = unisched.emit(program, "torch", optimizer=sgd)
        if saved:
            scheduler.load_state_dict(saved)
        while len(used) < stop:
            used.append(sgd.param_groups[0]["lr"])
            sgd.step()
            scheduler.step()
        saved = scheduler.state_dict()
    assert used == expected


def test_a_function_that_gives_no_number_stops_the_run_with_its_step() -> None:
    sgd = optimizer()
    scheduler = unisched.build(failing, "torch", optimizer=sgd)
    for _ in range(2):
        sgd.step()
        scheduler.step()
    sgd.step()
    with pytest.raises(StepError, match="at step 3"):
        scheduler.step()


def test_a_factory_is_text_and_so_holds_no_function() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.build(decay, "torch")
    assert caught.value.code == "spec.callable"
