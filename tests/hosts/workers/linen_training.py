"""A Flax linen training in a plain `TrainState`: it hands no metric to the optimizer, so `observe` does."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen
from flax.training.train_state import TrainState
from unisched_optax import observe

__all__ = ["Linen"]


class Net(linen.Module):
    @linen.compact
    def __call__(self, inputs: Any) -> Any:
        return linen.Dense(1)(jnp.tanh(linen.Dense(8)(inputs)))


@partial(jax.jit, static_argnames="schedules")
def _update(state: TrainState, inputs: Any, metric: Any, schedules: Any) -> TrainState:
    def loss(params: Any) -> Any:
        return jnp.mean((state.apply_fn({"params": params}, inputs)[:, 0] - inputs.sum(axis=1)) ** 2)

    state = state.replace(opt_state=observe(state.opt_state, schedules, metric))
    return state.apply_gradients(grads=jax.grad(loss)(state.params))


class Linen:
    def __init__(self, optimizer: Any, schedules: Any) -> None:
        net, self._schedules = Net(), schedules
        params = net.init(jax.random.key(0), jnp.ones((1, 4)))["params"]
        self.tree = TrainState.create(apply_fn=net.apply, params=params, tx=optimizer)

    @property
    def opt_state(self) -> Any:
        return self.tree.opt_state

    def update(self, inputs: Any, metric: float) -> None:
        self.tree = _update(self.tree, inputs, metric, self._schedules)
