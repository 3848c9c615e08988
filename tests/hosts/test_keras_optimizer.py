"""The optimizer form in `fit` on three engines: weight decay, momentum and betas, and a plateau that hears of val_loss.

Values are read off weights and moments, the plateau's are due by torch's own class. Traps of Keras:

    K3  what is set during fit is not used          what_a_callback_sets: Keras's own; every_update_uses: ours
    K4  a schedule's own variable stands still      a_plateau_lowers_the_rate: the optimizer holds ours
    K5  hyperparameters as variables are not saved  adamw_with_all_four_moving: loaded from a .keras file
    K6  SGD asks whether its momentum is 0          every_update_uses, momentum; test_optimizer.py of the plugin: from 0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from engines import ENGINES, gave
from plateaus import drops_by_torch, due
from workers.documents import FACTOR, RATE, SEVERAL, TOTAL, bits, host_bits

import unisched

pytestmark = pytest.mark.parametrize("engine", ENGINES)

UPDATES, LENGTH = 16, 4


def spec_of(name: str) -> Any:
    return {"schedules": {name: SEVERAL["schedules"].get(name, SEVERAL["schedules"]["beta1"])}}


@pytest.mark.parametrize("way", ["auto", "no jit"])
@pytest.mark.parametrize("name", ["weight_decay", "momentum", "beta1", "beta2"])
def test_every_update_uses_its_own_value_of_the_hyperparameter(engine: str, name: str, way: str) -> None:
    assert gave(engine, f"{name}, {way}") == host_bits(spec_of(name), range(UPDATES), name)


def test_what_a_callback_sets_on_keras_own_optimizer_is_used_on_torch_only(engine: str) -> None:
    values = host_bits(spec_of("weight_decay"), range(UPDATES), "weight_decay")
    used = values if engine == "torch" else values[:1] * UPDATES  # compiled in, the first for good
    assert gave(engine, "weight_decay, by hand") == used


def adamw() -> list[float]:
    """AdamW as its paper has it, in float64, the values of each update in turn."""
    program = unisched.compile(SEVERAL, total=TOTAL)
    inputs = np.random.default_rng(3).normal(size=(UPDATES, 3)).astype(np.float32).astype(np.float64)
    weights, first, second = np.ones(3), np.zeros(3), np.zeros(3)
    for step, row in enumerate(inputs):
        rate, decay, beta1, beta2 = (program(step, name) for name in SEVERAL["schedules"])
        gradient = 2 * (weights @ row - row.sum()) * row
        weights = weights - weights * decay * rate
        first += (gradient - first) * (1 - beta1)
        second += (gradient**2 - second) * (1 - beta2)
        corrected = rate * math.sqrt(1 - beta2 ** (step + 1)) / (1 - beta1 ** (step + 1))
        weights = weights - corrected * first / (np.sqrt(second) + 1e-6)
    return weights.tolist()


def test_adamw_with_all_four_moving_trains_as_its_formula_and_goes_on_after_loading(engine: str) -> None:
    found = gave(engine, "adamw")
    assert found["weights"] == pytest.approx(adamw(), rel=2e-6)
    assert found["in halves"] == found["weights"]
    assert (found["loaded at"], found["class"]) == (7, "ScheduledAdamW")


@pytest.mark.parametrize("way", ["plateau", "plateau, in blocks", "plateau, callback"])
def test_a_plateau_lowers_the_rate_by_what_fit_logs(engine: str, way: str) -> None:
    found = gave(engine, way)
    if engine == "torch" and way == "plateau, in blocks":
        assert "must be 1 with the PyTorch backend" in found["refused"]
        return
    losses = found["losses"]
    metrics = [losses[step // LENGTH - 1] if step and step % LENGTH == 0 else None for step in range(LENGTH * 5)]
    assert found["rates"] == due(metrics)
    state = unisched.State.from_json(found["state"])
    drops = drops_by_torch(losses)[-1]
    assert drops > 0
    assert (state.step, [memory["drops"] for memory in state.feedback.values()]) == (LENGTH * 5, [drops])


def test_it_knows_of_accumulation_by_itself(engine: str) -> None:
    assert gave(engine, "optimizer, accumulated") == {"rates": host_bits(RATE, range(6)), "step": 6}


def test_updates_that_overflow_are_not_counted(engine: str) -> None:
    values = iter(host_bits(RATE, range(7)))
    rates = [bits([0.0])[0] if row in (2, 5) else next(values) for row in range(9)]
    assert gave(engine, "optimizer, skipped") == {"rates": rates, "step": 7}


def test_a_group_has_a_plateau_of_its_own(engine: str) -> None:
    found = gave(engine, "optimizer, groups")
    drops = [0, 0, *(drop for drop in drops_by_torch([1.0 + k for k in range(4)]) for _ in range(2))]
    rate = unisched.compile(RATE, total=TOTAL).function()
    assert found["body"] == host_bits(RATE, range(10))
    assert found["head"] == bits(rate(step) * FACTOR ** drops[step] for step in range(10))


def test_a_loss_of_the_training_is_in_a_backup_only_where_the_monitor_stands_before_it(engine: str) -> None:
    assert gave(engine, "optimizer, heard") == {"monitor": [3, 4], "backup": [3, 3]}
