"""Metrics in a compiled step: every rule, by `value=` and by `observe`, gives the host's bits and the host's state."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from unisched_optax import StatefulSchedules, inject, observe

import unisched
from unisched.plugin import Program, State

UPDATES = 300


def product(*parts: dict[str, Any] | float) -> dict[str, Any]:
    return {"kind": "product", "curves": [*parts]}


def plateau(**settings: Any) -> dict[str, Any]:
    return {"kind": "plateau", "monitor": "loss", **settings}


WARMED = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 20, "duration": UPDATES}
SPECS: dict[str, dict[str, Any]] = {
    "torch": product(WARMED, plateau(factor=0.9, patience=2, threshold=0.05)),
    "torch, larger is better": product(0.5, plateau(mode="max", factor=0.3, patience=1, threshold_mode="abs",
                                                    threshold=0.05, cooldown=2, minimum=0.01)),
    "torch, bounded": {"base": 0.5, "curve": {"kind": "torch.ReduceLROnPlateau", "patience": 1, "factor": 0.7,
                                              "min_lr": 0.002, "eps": 1e-3}},
    "keras": product(0.5, plateau(rule="keras", factor=0.8, patience=2, threshold=0.05, threshold_mode="abs",
                                  cooldown=1)),
    "optax": product(WARMED, plateau(rule="optax", factor=0.9, patience=2, threshold=0.05, cooldown=1)),
    "optax, means of three": product(0.5, {
        "kind": "optax.reduce_on_plateau", "accumulation_size": 3, "rtol": 0.03, "atol": 0.01, "patience": 2,
        "factor": 0.7, "cooldown": 1, "min_scale": 1e-3}),
    "greedy": {"base": 0.1, "curve": {
        "kind": "transformers.greedy", "patience": 1, "factor": 0.9, "cooldown": 1, "warmup": 2, "reset_start": 3,
        "min_lr": 0.05, "max_lr": 0.3}},
    "greedy, smoothed": {"base": 0.1, "curve": {
        "kind": "transformers.greedy", "patience": 0, "factor": 0.9, "smooth": True, "window_size": 7, "min_lr": 0.01}},
    "greedy, smoothed and started over": {"base": 0.1, "curve": {
        "kind": "transformers.greedy", "patience": 0, "factor": 0.7, "smooth": True, "window_size": 4, "min_lr": 0.04,
        "reset_start": 2, "max_lr": 0.2}},
    "in the middle of a sequence": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0, "end": 0.1, "duration": 40},
        product(0.1, plateau(factor=0.8, patience=0)) | {"duration": 150},
        {"kind": "linear", "start": 0.05, "end": 0.01, "duration": 50}]},
    "clipped": {"kind": "clip", "minimum": 0.01, "curve": product(0.5, plateau(factor=0.7, patience=0))},
}  # fmt: skip


def built(spec: dict[str, Any], **keywords: Any) -> StatefulSchedules:
    return unisched.build(spec, "optax", form="stateful", **keywords)


def losses(seed: int, count: int = UPDATES) -> list[float]:
    """Metrics that wander, stall, tie and fail, as float32 holds them."""
    draw = random.Random(seed)
    kinds: list[Callable[[], float]] = [
        lambda: draw.gauss(1, 0.3), lambda: round(draw.gauss(1, 0.3), 1), lambda: 1.0, lambda: float("nan"),
        lambda: float("inf"),
    ]  # fmt: skip
    return [float(np.float32(draw.choices(kinds, [40, 40, 10, 2, 1])[0]())) for _ in range(count)]


def on_the_host(program: Program, metrics: list[float]) -> tuple[list[float], list[State]]:
    """What the reference rule gives for each update, and the state after it."""
    state, factors = program.start(), program.factors(program.start())
    rate = program.function(factors=factors)
    values, states = [], []
    for metric in metrics:
        state = state.observe(program, metric)
        factors[:] = program.factors(state)
        values.append(rate(state.step))
        state = state.at(state.step + 1)
        states.append(state)
    return values, states


def by_value(schedules: StatefulSchedules) -> Callable[[Any, Any], Any]:
    optimizer = inject(optax.sgd, schedules)
    return lambda opt_state, metric: optimizer.update(jnp.ones(2), opt_state, value=metric)[1]


def by_observe(schedules: StatefulSchedules) -> Callable[[Any, Any], Any]:
    optimizer = inject(optax.sgd, schedules)
    return lambda opt_state, metric: optimizer.update(jnp.ones(2), observe(opt_state, schedules, metric))[1]


@pytest.mark.parametrize("feed", [by_value, by_observe])
@pytest.mark.parametrize("name", SPECS)
def test_hundreds_of_compiled_updates_have_the_bits_of_the_host_and_its_state(name: str, feed: Any) -> None:
    schedules = built(SPECS[name])
    metrics = losses(seed=len(name))
    values, states = on_the_host(schedules.program, metrics)
    opt_state, update = inject(optax.sgd, schedules).init(jnp.ones(2)), jax.jit(feed(schedules))
    for step, metric in enumerate(metrics):
        opt_state = update(opt_state, np.float32(metric))
        assert opt_state.hyperparams["learning_rate"] == np.float32(values[step]), step
        if step % 10 == 9:
            assert schedules.state(opt_state).to_json() == states[step].to_json()
    assert len(set(values)) >= 5


@pytest.mark.parametrize("feed", [by_value, by_observe])
@pytest.mark.parametrize("name", ["torch, bounded", "optax, means of three", "greedy, smoothed"])
def test_metrics_are_compared_in_float64_where_x64_is_on(name: str, feed: Any) -> None:
    with jax.enable_x64(True):
        schedules = built(SPECS[name])
        metrics = [loss + k * 1e-12 for k, loss in enumerate(losses(seed=3))]
        values, states = on_the_host(schedules.program, metrics)
        opt_state, update = inject(optax.sgd, schedules).init(jnp.ones(2)), jax.jit(feed(schedules))
        for metric in metrics:
            opt_state = update(opt_state, metric)
        assert schedules.state(opt_state).to_json() == states[-1].to_json()
        assert float(opt_state.hyperparams["learning_rate"]) == np.float32(values[-1])


@pytest.mark.parametrize("x64", [False, True])
def test_a_metric_that_is_no_array_is_observed_in_float64_outside_of_jit(x64: bool) -> None:
    with jax.enable_x64(x64):
        schedules = built(SPECS["torch"])
        opt_state = observe(inject(optax.sgd, schedules).init(jnp.ones(2)), schedules, 0.1)
        reached = schedules.state(opt_state)
    assert reached == schedules.program.start().observe(schedules.program, 0.1)


def test_an_eager_loop_gives_the_bits_of_a_compiled_one() -> None:
    schedules = built(SPECS["greedy"])
    optimizer = inject(optax.sgd, schedules)
    eager = compiled = optimizer.init(jnp.ones(2))
    update = jax.jit(by_value(schedules))
    for metric in losses(seed=5, count=40):
        eager = optimizer.update(jnp.ones(2), eager, value=metric)[1]
        compiled = update(compiled, metric)
        assert eager.hyperparams["learning_rate"] == compiled.hyperparams["learning_rate"]
    assert schedules.state(eager) == schedules.state(compiled)


def test_a_metric_acts_on_the_update_that_brings_it() -> None:
    schedules = built(product(1.0, plateau(factor=0.5, patience=0)))
    optimizer = inject(optax.sgd, schedules)
    opt_state, update = optimizer.init(jnp.ones(())), jax.jit(optimizer.update)
    used = []
    for loss in (1.0, 1.0, 0.5, 0.5):
        updates, opt_state = update(jnp.ones(()), opt_state, value=loss)
        used.append(float(-updates))
    assert used == [1.0, 0.5, 0.5, 0.25]


def test_an_update_without_a_metric_observes_nothing() -> None:
    schedules = built(product(1.0, plateau(factor=0.5, patience=0)))
    optimizer = inject(optax.sgd, schedules)
    opt_state, update = optimizer.init(jnp.ones(())), jax.jit(optimizer.update)
    for _ in range(5):
        updates, opt_state = update(jnp.ones(()), opt_state)
    assert float(updates) == -1.0
    assert schedules.state(opt_state) == schedules.program.start().at(5)


def test_a_controller_observes_only_while_its_part_runs() -> None:
    schedules = built(SPECS["in the middle of a sequence"])
    _, states = on_the_host(schedules.program, [1.0] * UPDATES)
    opt_state, update = inject(optax.sgd, schedules).init(jnp.ones(2)), jax.jit(by_value(schedules))
    for _ in range(UPDATES):
        opt_state = update(opt_state, 1.0)
    ((memory),) = schedules.state(opt_state).feedback.values()
    assert memory["seen"] == 150
    assert schedules.state(opt_state) == states[-1]


REDUCED: dict[str, dict[str, Any]] = {
    "plain": {"factor": 0.5, "patience": 3},
    "cooldown": {"factor": 0.5, "patience": 1, "cooldown": 4},
    "absolute tolerance and floor": {"factor": 0.3, "patience": 2, "rtol": 0.0, "atol": 0.05, "min_scale": 1e-3},
    "means of four": {"factor": 0.5, "patience": 2, "rtol": 0.1, "atol": 0.01, "accumulation_size": 4},
}


@pytest.mark.parametrize("name", REDUCED)
def test_a_thousand_metric_sequences_scale_each_update_as_optax_does(name: str) -> None:
    settings = REDUCED[name]
    with jax.enable_x64(True):
        theirs = optax.chain(optax.sgd(0.5), optax.contrib.reduce_on_plateau(**settings))
        reduced = {"kind": "optax.reduce_on_plateau", "monitor": "loss", **settings}
        ours = inject(optax.sgd, built(product(0.5, reduced)))
        draw = np.random.default_rng(7)
        wander = draw.normal(1.0, 0.2, (1000, 80)) - np.linspace(0, 0.3, 80)
        metrics = np.where(draw.random((1000, 80)) < 0.5, wander, np.round(wander, 1))
        metrics[::10, 5] = np.nan

        def trained(optimizer: Any, sequence: Any) -> Any:
            def step(opt_state: Any, metric: Any) -> Any:
                updates, opt_state = optimizer.update(jnp.float64(1.0), opt_state, jnp.float64(1.0), value=metric)
                return opt_state, updates

            return jax.lax.scan(step, optimizer.init(jnp.float64(1.0)), sequence)[1]

        run = jax.jit(jax.vmap(trained, in_axes=(None, 0)), static_argnums=0)
        expected, found = np.asarray(run(theirs, metrics)), np.asarray(run(ours, metrics))
    # The scale is a product there and a power here: apart by a few ulp of float64, none of float32.
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    assert len(np.unique(found)) > 3
