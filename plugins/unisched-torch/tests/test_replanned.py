"""A run that is re-planned goes on in real optimizers of torch with its base, step and memory."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from unisched_torch import UnischedLR

import unisched
from unisched import State, adopt, replan

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


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=BASE)


def used(scheduler: Any, stop: int) -> list[float]:
    """What the updates until `stop` have moved the parameter by, each under a gradient of 1."""
    weight, moved = scheduler.optimizer.param_groups[0]["params"][0], []
    while scheduler.last_epoch < stop:
        if scheduler.last_epoch in LOSSES and scheduler.program.monitors:
            scheduler.observe(LOSSES[scheduler.last_epoch])
        weight.grad = torch.ones_like(weight)
        weight.data.zero_()
        scheduler.optimizer.step()
        moved.append(-weight.item())
        scheduler.step()
    return moved


@pytest.fixture
def run() -> Any:
    """The run up to the change."""
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer())
    used(scheduler, AT)
    return scheduler


@pytest.mark.parametrize("change", CHANGES)
def test_from_the_portable_state(run: Any, change: str) -> None:
    spec = replan(run.state(), **CHANGES[change])
    state = adopt(State.from_json(run.state().to_json()), spec)
    resumed = UnischedLR(optimizer(), spec, state=state)
    assert used(resumed, AT + UPDATES) == pytest.approx(wanted(change), rel=1e-14)


@pytest.mark.parametrize("change", CHANGES)
def test_from_a_checkpoint_that_a_host_loads(run: Any, change: str) -> None:
    saved = run.state_dict()
    spec = replan(saved["unisched"], **CHANGES[change])
    checkpoint = {**saved, "unisched": adopt(saved["unisched"], spec).to_json(), "_last_lr": []}
    resumed = UnischedLR(optimizer(), spec)
    resumed.load_state_dict(checkpoint)
    assert used(resumed, AT + UPDATES) == pytest.approx(wanted(change), rel=1e-14)


@pytest.mark.parametrize("change", CHANGES)
def test_and_without_its_memory_it_would_be_another(run: Any, change: str) -> None:
    spec = replan(run.state(), **CHANGES[change])
    fresh = UnischedLR(optimizer(), spec, state=unisched.compile(spec).start().at(AT))
    assert (used(fresh, AT + UPDATES) == pytest.approx(wanted(change), rel=1e-3)) == (change == "a cooldown")
