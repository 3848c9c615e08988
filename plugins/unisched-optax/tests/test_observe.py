"""Metrics now and then: `observe` finds the schedules' memories wherever optax and Flax keep them, and they agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from flax.training.train_state import TrainState
from unisched_optax import StatefulSchedules, inject, observe

import unisched
from unisched.errors import StateError, StepError

HALVED = {"kind": "product", "curves": [0.5, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}]}
SPEC = {"schedules": {"learning_rate": HALVED, "weight_decay": 0.1}, "groups": {"head": {"learning_rate": 0.25}}}
PARAMS = {"w": jnp.ones(3), "b": jnp.ones(1)}
LOSSES = (1.0, 2.0, 0.5, 0.75, 0.75)


def built(**keywords: Any) -> StatefulSchedules:
    return unisched.build(SPEC, "optax", form="stateful", **keywords)


def on_the_host(schedules: StatefulSchedules, losses: Any = LOSSES, per_update: int = 1) -> Any:
    """The state after so many updates a loss, by the reference rule."""
    state = schedules.start
    for loss in losses:
        state = state.observe(schedules.program, loss)
        state = state.at(state.step + per_update)
    return state


OPTIMIZERS: dict[str, Any] = {
    "alone": lambda s: inject(optax.adamw, s),
    "chain": lambda s: optax.chain(optax.clip(1.0), inject(optax.adamw, s)),
    "parts of a chain": lambda s: optax.chain(
        inject(optax.add_decayed_weights, {"weight_decay": s["weight_decay"]}),
        inject(optax.sgd, {"learning_rate": s["learning_rate"]})),
    "partition": lambda s: optax.partition(
        {label: inject(optax.adamw, s.group(label)) for label in ("body", "head")}, {"w": "body", "b": "head"}),
    "masked": lambda s: optax.masked(inject(optax.adamw, s), {"w": True, "b": False}),
    "named chain": lambda s: optax.named_chain(("first", optax.clip(1.0)), ("second", inject(optax.adamw, s))),
    "finite": lambda s: optax.apply_if_finite(inject(optax.adamw, s), 3),
    "accumulated": lambda s: optax.MultiSteps(inject(optax.adamw, s), 1).gradient_transformation(),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_memory_in_the_optimizer_state_observes(name: str) -> None:
    schedules = built()
    optimizer = OPTIMIZERS[name](schedules)

    @jax.jit
    def train(opt_state: Any, loss: Any) -> Any:
        return optimizer.update(PARAMS, observe(opt_state, schedules, loss), PARAMS)[1]

    opt_state = optimizer.init(PARAMS)
    for loss in LOSSES:
        opt_state = train(opt_state, loss)
    assert schedules.state(opt_state) == on_the_host(schedules)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_value_reaches_every_memory_too(name: str) -> None:
    schedules = built()
    optimizer = OPTIMIZERS[name](schedules)
    opt_state, update = optimizer.init(PARAMS), jax.jit(optimizer.update)
    for loss in LOSSES:
        _, opt_state = update(PARAMS, opt_state, PARAMS, value=loss)
    assert schedules.state(opt_state) == on_the_host(schedules)


def test_between_observations_nothing_changes_but_the_count() -> None:
    schedules = built()
    optimizer = inject(optax.adamw, schedules)
    opt_state, update = optimizer.init(PARAMS), jax.jit(optimizer.update)
    for loss in LOSSES:
        opt_state = observe(opt_state, schedules, loss)
        for _ in range(7):
            _, opt_state = update(PARAMS, opt_state, PARAMS)
    assert schedules.state(opt_state) == on_the_host(schedules, per_update=7)


def test_accumulation_counts_updates_and_hands_on_the_metric_of_the_last_micro_batch() -> None:
    schedules = built()
    optimizer = optax.MultiSteps(inject(optax.adamw, schedules), 3).gradient_transformation()
    by_value = by_observe = optimizer.init(PARAMS)
    update = jax.jit(optimizer.update)
    for loss in LOSSES:
        by_observe = observe(by_observe, schedules, loss)
        for micro in (7.0, 8.0, loss):
            _, by_value = update(PARAMS, by_value, PARAMS, value=micro)
            _, by_observe = update(PARAMS, by_observe, PARAMS)
    assert schedules.state(by_value) == schedules.state(by_observe) == on_the_host(schedules)


def test_an_update_that_is_skipped_observes_nothing() -> None:
    schedules = built()
    optimizer = optax.apply_if_finite(inject(optax.adamw, schedules), 5)
    opt_state, update = optimizer.init(PARAMS), jax.jit(optimizer.update)
    broken = jax.tree.map(lambda leaf: leaf * jnp.nan, PARAMS)
    for loss in LOSSES:
        _, opt_state = update(broken, opt_state, PARAMS, value=9.0)
        _, opt_state = update(PARAMS, opt_state, PARAMS, value=loss)
    assert schedules.state(opt_state) == on_the_host(schedules)


def test_a_state_without_memories_or_with_others_is_refused() -> None:
    schedules = built()
    other = unisched.build({"kind": "product", "curves": [HALVED, HALVED]}, "optax", form="stateful")
    smoothed = {"base": 0.1, "curve": {"kind": "transformers.greedy", "smooth": True, "min_lr": 0.01}}
    greedy = unisched.build(smoothed, "optax", form="stateful")
    for opt_state in (optax.adam(0.1).init(PARAMS), inject(optax.sgd, other).init(PARAMS),
                      inject(optax.sgd, greedy).init(PARAMS)):  # fmt: skip
        with pytest.raises(StateError) as caught:
            observe(opt_state, schedules, 1.0)
        assert caught.value.code == "state.no_feedback"
    with pytest.raises(StateError, match="is of a schedule that watches other metrics"):
        schedules.state(inject(optax.sgd, other).init(PARAMS))
    with pytest.raises(StateError, match="holds no memory of metrics"):
        schedules.state(optax.sgd(lambda count: 0.1).init(PARAMS))


def test_memories_that_disagree_are_refused_with_their_paths() -> None:
    schedules = built()
    optimizer = inject(optax.adamw, schedules)
    opt_state = optimizer.init(PARAMS)
    halves = {"old": opt_state, "new": observe(opt_state, schedules, 1.0)}
    with pytest.raises(StateError) as caught:
        schedules.state(halves)
    assert caught.value.code == "state.memories_disagree"
    assert "opt_state['new'].hyperparams_states['learning_rate']" in str(caught.value)
    assert "opt_state['old'].hyperparams_states['learning_rate']" in str(caught.value)


def test_copies_of_an_optimizer_that_remember_the_same_have_one_state_and_others_are_refused() -> None:
    schedules = built()
    optimizer = inject(optax.adamw, schedules)
    opt_states = jax.jit(jax.vmap(optimizer.init))(jnp.ones((2, 3)))
    observed = jax.jit(jax.vmap(lambda held, metric: observe(held, schedules, metric)))
    together = observed(opt_states, jnp.ones(2))
    assert schedules.state(together) == schedules.start.observe(schedules.program, 1.0)
    with pytest.raises(StateError, match="remember different metrics"):
        schedules.state(observed(opt_states, jnp.arange(2.0)))


def test_the_state_is_refused_inside_a_compiled_step() -> None:
    schedules = built()
    opt_state = inject(optax.adamw, schedules).init(PARAMS)
    with pytest.raises(StateError, match="outside jit"):
        jax.jit(lambda held: schedules.state(held).step)(opt_state)


def test_a_train_state_observes_as_a_whole_and_needs_no_subclass() -> None:
    schedules = built()
    train_state = TrainState.create(apply_fn=None, params=PARAMS, tx=inject(optax.adamw, schedules))

    @jax.jit
    def train(train_state: Any, loss: Any) -> Any:
        return observe(train_state, schedules, loss).apply_gradients(grads=PARAMS)

    for loss in LOSSES:
        train_state = train(train_state, loss)
    assert schedules.state(train_state) == schedules.state(train_state.opt_state) == on_the_host(schedules)
    assert int(train_state.step) == len(LOSSES)


def test_an_optimizer_of_nnx_takes_the_loss_as_value_and_its_state_observes() -> None:
    schedules = built()
    model = nnx.Linear(2, 1, rngs=nnx.Rngs(0))

    def loss_of(model: Any) -> Any:
        return model(jnp.ones((1, 2))).sum()

    by_value = nnx.Optimizer(model, inject(optax.adamw, schedules), wrt=nnx.Param)
    by_observe = nnx.Optimizer(model, inject(optax.adamw, schedules), wrt=nnx.Param)

    @nnx.jit
    def train(model: Any, by_value: Any, by_observe: Any, loss: Any) -> None:
        gradients = nnx.grad(loss_of)(model)
        by_value.update(model, gradients, value=loss)
        by_observe.opt_state = observe(by_observe.opt_state, schedules, loss)
        by_observe.update(model, gradients)

    for loss in LOSSES:
        train(model, by_value, by_observe, jnp.float32(loss))
    assert schedules.state(by_value.opt_state) == schedules.state(by_observe.opt_state) == on_the_host(schedules)


def test_a_run_goes_on_from_the_portable_state_and_hands_it_on() -> None:
    schedules = built()
    text = on_the_host(schedules, LOSSES[:3], per_update=4).to_json()
    later = built(state=text)
    optimizer = inject(optax.adamw, later)
    opt_state = optimizer.init(PARAMS)
    assert later.state(opt_state).to_json() == text
    assert opt_state.hyperparams["learning_rate"] == 0.25
    update = jax.jit(optimizer.update)
    state = later.start
    for loss in LOSSES[3:]:
        _, opt_state = update(PARAMS, opt_state, PARAMS, value=loss)
        state = state.observe(schedules.program, loss).at(state.step + 1)
    assert later.state(opt_state) == state
    host = unisched.build(SPEC, form="scheduler", state=later.state(opt_state).to_json())
    host.observe(0.75)
    rate = jax.jit(later["learning_rate"])(opt_state.hyperparams_states["learning_rate"], value=0.75)
    assert host.value() == float(rate)


def test_a_state_with_memories_of_something_else_is_refused() -> None:
    schedules = built()
    state = on_the_host(schedules)
    ((place, memory),) = state.feedback.items()
    for feedback in ({place: {**memory, "drops": -1}}, {place: {"best": 1.0}}):
        with pytest.raises(StateError) as caught:
            built(state=replace(state, feedback=feedback))
        assert caught.value.code == "state.feedback"


def test_metrics_of_one_name_move_every_schedule_that_watches_it() -> None:
    grown = {"kind": "product", "curves": [0.5, {"kind": "plateau", "monitor": "loss", "factor": 0.1, "patience": 0}]}
    spec = {"schedules": {"learning_rate": HALVED, "weight_decay": grown}}
    schedules = unisched.build(spec, "optax", form="stateful")
    optimizer = inject(optax.adamw, schedules)
    opt_state = observe(observe(optimizer.init(PARAMS), schedules, 1.0), schedules, 1.0)
    _, opt_state = optimizer.update(PARAMS, opt_state, PARAMS)
    used = {name: float(value) for name, value in opt_state.hyperparams.items()}
    assert used == {"learning_rate": 0.25, "weight_decay": float(np.float32(0.05))}
    with pytest.raises(StepError, match="no schedule watches 'lose'"):
        observe(opt_state, schedules, {"lose": 1.0})
