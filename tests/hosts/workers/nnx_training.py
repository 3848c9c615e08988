"""A Flax NNX training: `nnx.Optimizer.update` hands `value=` on to the schedules."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import nnx

__all__ = ["Nnx"]


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.inner, self.outer = nnx.Linear(4, 8, rngs=rngs), nnx.Linear(8, 1, rngs=rngs)

    def __call__(self, inputs: Any) -> Any:
        return self.outer(jnp.tanh(self.inner(inputs)))


@nnx.jit
def _update(net: Net, optimizer: nnx.Optimizer, inputs: Any, metric: Any) -> None:
    gradients = nnx.grad(lambda net: jnp.mean((net(inputs)[:, 0] - inputs.sum(axis=1)) ** 2))(net)
    optimizer.update(net, gradients, value=metric)


class Nnx:
    def __init__(self, optimizer: Any, schedules: Any) -> None:
        self._net = Net(nnx.Rngs(0))
        self._optimizer = nnx.Optimizer(self._net, optimizer, wrt=nnx.Param)

    @property
    def opt_state(self) -> Any:
        return self._optimizer.opt_state

    @property
    def tree(self) -> Any:
        """All of it as nested dictionaries of arrays, as checkpoints want it."""
        return nnx.to_pure_dict(nnx.state((self._net, self._optimizer)))

    @tree.setter
    def tree(self, found: Any) -> None:
        state = nnx.state((self._net, self._optimizer))
        nnx.replace_by_pure_dict(state, found)
        nnx.update((self._net, self._optimizer), state)

    def update(self, inputs: Any, metric: float) -> None:
        _update(self._net, self._optimizer, inputs, metric)
