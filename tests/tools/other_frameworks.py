"""What optax and Keras show of every update, for a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import optax
from training import SPEC, TOTAL
from unisched_optax import inject

import unisched

DOCUMENT: dict[str, Any] = {"schedules": SPEC["schedules"]}

Log = Callable[[dict[str, float], int], None]


def with_optax(log: Log) -> None:
    transformation = inject(optax.adamw, unisched.build(DOCUMENT, "optax", total=TOTAL))
    weights = {"w": jnp.ones(3)}
    state = transformation.init(weights)
    for step in range(TOTAL):
        updates, state = transformation.update(weights, state, weights)
        weights = optax.apply_updates(weights, updates)
        log({name: float(state.hyperparams[name]) for name in ("learning_rate", "weight_decay")}, step)


class LogUpdates(keras.callbacks.Callback):
    """Logs what the next update will use; `optimizer` is the one that `compile` was given."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        used = {name: float(getattr(optimizer, name)) for name in optimizer.program.hyperparameters}
        self._log(used, int(optimizer.iterations))


def model(optimizer: Any) -> keras.Model:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile(optimizer, "mse")
    return made


def with_keras(log: Log) -> None:
    optimizer = unisched.build(DOCUMENT, "keras", form="optimizer", total=TOTAL, optimizer=keras.optimizers.AdamW(1.0))
    fit(model(optimizer), [LogUpdates(log)])


def fit(trained: keras.Model, callbacks: list[Any]) -> None:
    trained.fit(np.ones((8, 3)), np.ones(8), batch_size=2, epochs=TOTAL // 4, callbacks=callbacks, verbose=0)
