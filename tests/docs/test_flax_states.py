"""Flax holds optimizer states in objects of its own; the run's state is read from those too."""

from __future__ import annotations

import jax.numpy as jnp
import optax
from flax import nnx
from flax.training.train_state import TrainState
from unisched_optax import Schedules

SPEC = {"schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, "weight_decay": 0.1}}


def test_a_train_state_is_read_like_its_optimizer_state() -> None:
    schedules = Schedules(SPEC, total=100)
    train_state = TrainState.create(apply_fn=None, params={"w": jnp.ones(2)}, tx=optax.adamw(**schedules))
    for _ in range(3):
        train_state = train_state.apply_gradients(grads={"w": jnp.ones(2)})
    assert schedules.state(train_state).step == schedules.state(train_state.opt_state).step == 3


def test_an_optimizer_of_nnx_is_read_like_its_optimizer_state() -> None:
    schedules = Schedules(SPEC, total=100)
    model = nnx.Linear(2, 1, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adamw(**schedules), wrt=nnx.Param)
    for _ in range(3):
        optimizer.update(model, nnx.grad(lambda m: m(jnp.ones((1, 2))).sum())(model))
    assert schedules.state(optimizer.opt_state).step == 3
