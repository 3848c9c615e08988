"""Keras's own training loop, arranged so that its weights say afterwards which values each update used.

Update k is the only one that moves row k of the weights, by its values times 1 from 0: a weight is a value, bit
for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt

from unisched.plugin import Metric
from unisched_keras.engine import ENGINE
from unisched_keras.monitoring import Observing

__all__ = ["Feeding", "rates_set", "rates_used", "trained"]

_WIDTH: Final = 192
_SHARED: Final = Lock()


class Feeding(keras.callbacks.Callback):
    """Hands `metrics` by step to what observes them, each before its update; training begins at `step`."""

    def __init__(self, observing: Observing, step: int, metrics: Mapping[int, Metric]) -> None:
        super().__init__()
        self._observing, self._step, self._metrics = observing, step, metrics

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Hand on the metric of the update to come."""
        if self._step in self._metrics and self.model is not None:  # reading it ends what JAX has in flight
            self._observing.observe(self._metrics[self._step])
        self._step += 1


class _Training:
    """A model compiled with an optimizer, whose weights are rows of `columns`, as many as one pass has batches."""

    def __init__(self, optimizer: Any, columns: int = 1) -> None:
        self._layer = keras.layers.Dense(columns, use_bias=False, kernel_initializer="zeros", dtype="float32")
        # One width for all: what JAX has compiled for one training, the next need not compile again.
        self._model = keras.Sequential([keras.Input((_WIDTH,)), self._layer])
        self._model.compile(optimizer, loss=_downhill)
        self._inputs, self._nowhere = np.eye(_WIDTH, dtype=np.float32), np.zeros((_WIDTH, columns), np.float32)

    def used(self, updates: int, callbacks: Sequence[Any]) -> npt.NDArray[np.float32]:
        """Train for so many updates with `model.fit`; give by how much each moved its weights, (updates, columns)."""
        used = [self._nowhere[:0]]
        for start in range(0, updates, _WIDTH):
            count = min(_WIDTH, updates - start)
            self._layer.kernel.assign(self._nowhere)
            self._model.fit(self._inputs[:count], self._nowhere[:count], batch_size=1, shuffle=False, verbose=0,
                            callbacks=list(callbacks))  # fmt: skip
            used.append(ENGINE.array(self._layer.kernel.value)[:count].copy())
        return np.concatenate(used)


def trained(optimizer: Any, updates: int, callbacks: Sequence[Any] = (), columns: int = 1) -> npt.NDArray[np.float32]:
    """Train for so many updates with `model.fit`; give by how much each moved its weights, (updates, columns)."""
    return _Training(optimizer, columns).used(updates, callbacks)


def rates_used(optimizer: Any, updates: int, callbacks: Sequence[Any] = ()) -> list[float]:
    """Give the rate of each of so many updates, as plain SGD used it."""
    found: list[float] = trained(optimizer, updates, callbacks)[:, 0].tolist()
    return found


def rates_set(updates: int, callbacks: Sequence[Any]) -> list[float]:
    """Give the rate of each of so many updates by an SGD that counts from 0, whose rate callbacks set.

    The compiled step does not know the callbacks, so there is one for all: it is what a training takes longest for.
    """
    with _SHARED:
        optimizer, training = _settable()
        optimizer.iterations.assign(0)
        optimizer.learning_rate = 1.0
        found: list[float] = training.used(updates, callbacks)[:, 0].tolist()
    return found


@cache
def _settable() -> tuple[Any, _Training]:
    optimizer = keras.optimizers.SGD(1.0)
    return optimizer, _Training(optimizer)


def _downhill(_: Any, predicted: Any) -> Any:
    return -keras.ops.sum(predicted, axis=-1)
