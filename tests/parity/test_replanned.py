"""A run that is re-planned goes on in real optimizers of every framework with its base, step and memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import optax
import pytest
import torch
import unisched_optax
from unisched_torch import UnischedLR

import unisched
from unisched import Spec, State, adopt, compile, replan

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


def heard(spec: Spec, step: int) -> list[float]:
    """The metrics that a schedule which watches some is told before the update at `step`."""
    return [LOSSES[step]] if step in LOSSES and compile(spec, base=BASE).monitors else []


def of_torch() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=BASE)


def trained(scheduler: UnischedLR, stop: int) -> list[float]:
    """What the updates until `stop` have moved the parameter by, each under a gradient of 1."""
    weight, moved = scheduler.optimizer.param_groups[0]["params"][0], []
    while scheduler.last_epoch < stop:
        for loss in heard(scheduler.program.spec, scheduler.last_epoch):
            scheduler.observe(loss)
        weight.grad = torch.ones_like(weight)
        weight.data.zero_()
        scheduler.optimizer.step()
        moved.append(-weight.item())
        scheduler.step()
    return moved


def run() -> UnischedLR:
    """The run up to the change, in torch."""
    scheduler = UnischedLR(of_torch(), SPEC)
    trained(scheduler, AT)
    return scheduler


def in_torch(spec: Spec, state: State) -> list[float]:
    return trained(UnischedLR(of_torch(), spec, state=state), AT + UPDATES)


def in_torch_from_a_checkpoint_that_a_host_loads(spec: Spec, state: State) -> list[float]:
    resumed = UnischedLR(of_torch(), spec)
    resumed.load_state_dict({**run().state_dict(), "unisched": state.to_json(), "_last_lr": []})
    return trained(resumed, AT + UPDATES)


def in_keras(spec: Spec, state: State) -> list[float]:
    optimizer: Any = unisched.build(spec, "keras", form="optimizer", optimizer=keras.optimizers.SGD(BASE), state=state)
    weight, moved = keras.Variable([0.0], dtype="float32"), []
    optimizer.build([weight])
    for step in range(AT, AT + UPDATES):
        for loss in heard(spec, step):
            optimizer.observe(loss)
        weight.assign([0.0])
        optimizer.apply([keras.ops.ones(1)], [weight])
        moved.append(-float(keras.ops.convert_to_numpy(weight.value)[0]))
    return moved


def in_optax(spec: Spec, state: State) -> list[float]:
    schedules: Any = unisched.build(spec, "optax", form="stateful", state=state)
    optimizer = unisched_optax.inject(optax.sgd, schedules)
    opt_state, moved = optimizer.init(jnp.zeros(1)), []
    update = jax.jit(lambda held: optimizer.update(jnp.ones(1), held))
    for step in range(AT, AT + UPDATES):
        for loss in heard(spec, step):
            opt_state = unisched_optax.observe(opt_state, schedules, loss)
        change, opt_state = update(opt_state)
        moved.append(-float(change[0]))
    return moved


# who goes on, and how near its numbers are
RESUMED: dict[Callable[[Spec, State], list[float]], float] = {
    in_torch: 1e-14,
    in_torch_from_a_checkpoint_that_a_host_loads: 1e-14,
    in_keras: 2e-7,
    in_optax: 2e-7,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("resumed", RESUMED)
def test_the_updates_are_those_of_the_new_plan(resumed: Callable[[Spec, State], list[float]], change: str) -> None:
    was = State.from_json(run().state().to_json())
    spec = replan(was, **CHANGES[change])
    assert resumed(spec, adopt(was, spec)) == pytest.approx(wanted(change), rel=RESUMED[resumed])


@pytest.mark.parametrize("resumed", RESUMED)
def test_and_without_its_memory_the_run_would_be_another(resumed: Callable[[Spec, State], list[float]]) -> None:
    spec = replan(run().state(), total=120)
    fresh = compile(spec, base=BASE).start().at(AT)
    assert resumed(spec, fresh)[0] == pytest.approx(2 * wanted("longer")[0], rel=RESUMED[resumed])
