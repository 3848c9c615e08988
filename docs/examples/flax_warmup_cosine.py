"""Flax: warm-up epochs, then cosine over the remaining epochs, as its ImageNet example does.

Run it with flax, unisched-core and unisched-optax installed; it trains a small network on made-up images and
prints the learning rate that each epoch ended with.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from flax.training.train_state import TrainState
from unisched_optax import Schedules

import unisched

DOCUMENT = Path(__file__).with_suffix(".json")
Batch: TypeAlias = tuple[jax.Array, jax.Array]
Metrics: TypeAlias = dict[str, jax.Array]


class Network(nn.Module):
    """Two layers for images of 8 by 8 pixels in four classes."""

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        hidden = nn.relu(nn.Dense(16)(images.reshape(len(images), -1)))
        return nn.Dense(4)(hidden)


def learning_rate(steps_per_epoch: int) -> Schedules:
    """The schedule of the document, for as many updates an epoch as there are batches."""
    return unisched.build(DOCUMENT, "optax", steps_per_epoch=steps_per_epoch)


def train_state(schedule: Schedules) -> TrainState:
    network = Network()
    params = network.init(jax.random.key(0), jnp.zeros((1, 8, 8)))["params"]
    optimizer = optax.sgd(schedule, momentum=0.9, nesterov=True)
    return TrainState.create(apply_fn=network.apply, params=params, tx=optimizer)


@partial(jax.jit, static_argnames="schedule")
def train_step(state: TrainState, batch: Batch, schedule: Schedules) -> tuple[TrainState, Metrics]:
    """One update, and the learning rate it used."""

    def loss_of(params: Any) -> jax.Array:
        logits = state.apply_fn({"params": params}, batch[0])
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch[1]).mean()

    loss, gradients = jax.value_and_grad(loss_of)(state.params)
    metrics = {"loss": loss, "learning_rate": schedule(state.step)}
    return state.apply_gradients(grads=gradients), metrics


def train(batches: list[Batch], epochs: int) -> tuple[TrainState, list[Metrics]]:
    """The state after training, and the metrics of every update."""
    schedule = learning_rate(len(batches))
    state, history = train_state(schedule), []
    for _ in range(epochs):
        for batch in batches:
            state, metrics = train_step(state, batch, schedule)
            history.append(metrics)
    return state, history


def made_up(count: int, size: int = 32) -> list[Batch]:
    """Batches of noise, brighter in the quarter that the label names."""
    batches = []
    for key in jax.random.split(jax.random.key(1), count):
        labels = jnp.arange(size) % 4
        rows = jnp.arange(8) // 2 == labels[:, None]
        batches.append((jax.random.normal(key, (size, 8, 8)) + 2 * rows[:, :, None], labels))
    return batches


if __name__ == "__main__":
    batches = made_up(4)
    _, history = train(batches, epochs=90)
    for epoch in range(0, 90, 10):
        last = history[(epoch + 1) * len(batches) - 1]
        print(f"epoch {epoch:2}: loss {last['loss']:.4f}, learning rate {last['learning_rate']:.6f}")
