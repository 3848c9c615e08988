"""The Flax example trains with the learning rate that Flax's own recipe gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import numpy as np
import optax
import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "flax_warmup_cosine.py"
PEAK, EPOCHS, WARMUP = 0.1, 90, 5


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location(EXAMPLE.stem, EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recipe(steps_per_epoch: int) -> Any:
    """The learning rate of Flax's ImageNet example, from optax's own schedules."""
    warmup = WARMUP * steps_per_epoch
    return optax.join_schedules(
        [
            optax.linear_schedule(init_value=0.0, end_value=PEAK, transition_steps=warmup),
            optax.cosine_decay_schedule(init_value=PEAK, decay_steps=(EPOCHS - WARMUP) * steps_per_epoch),
        ],
        boundaries=[warmup],
    )


def test_every_update_reports_the_rate_it_used(example: ModuleType) -> None:
    state, history = example.train(example.made_up(3), epochs=EPOCHS)
    program = example.learning_rate(3).program
    rates = [float(metrics["learning_rate"]) for metrics in history]
    assert rates == [float(np.float32(program(step))) for step in range(3 * EPOCHS)]
    assert example.learning_rate(3).state(state.opt_state).step == state.step == 3 * EPOCHS
    assert history[-1]["loss"] < history[0]["loss"] / 2


def test_the_trained_parameters_are_those_of_the_recipe(example: ModuleType) -> None:
    batches, schedule = example.made_up(3), recipe(3)
    ours, _ = example.train(batches, epochs=10)
    native = example.train_state(schedule)
    for _ in range(10):
        for batch in batches:
            native, _ = example.train_step(native, batch, schedule)
    for own, theirs in zip(jax.tree.leaves(ours.params), jax.tree.leaves(native.params), strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("steps_per_epoch", [1251, 312])
def test_the_rate_is_that_of_the_recipe_where_optax_has_its_digits(example: ModuleType, steps_per_epoch: int) -> None:
    counts = np.arange(EPOCHS * steps_per_epoch + 5, dtype=np.int32)
    ours = np.asarray(jax.jit(jax.vmap(example.learning_rate(steps_per_epoch)))(counts), np.float64)
    theirs = np.asarray(jax.jit(jax.vmap(recipe(steps_per_epoch)))(counts), np.float64)
    apart = np.abs(ours - theirs)
    assert apart.max() <= PEAK * 2.0**-22
    middle = slice(WARMUP * steps_per_epoch, len(counts) * 3 // 4)
    assert (apart / np.spacing(ours.astype(np.float32)))[middle].max() <= 8


def test_in_the_tail_it_is_optax_that_loses_its_digits(example: ModuleType) -> None:
    ours, theirs, last = example.learning_rate(1251), recipe(1251), EPOCHS * 1251 - 1
    exact = ours.program(last, exact=True)
    assert float(jax.jit(ours)(last)) == float(np.float32(exact))
    assert float(jax.jit(theirs)(last)) == 0.0 < exact
