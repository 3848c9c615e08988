"""Keras's own training loop, arranged so that its weights say afterwards which values each update used.

Update k is the only one that moves row k of the weights, by its values times 1 from 0: a weight is a value, bit
for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt

from unisched.plugin import Metric
from unisched_keras.engine import ENGINE
from unisched_keras.monitoring import Observing

__all__ = ["Feeding", "rates_used", "trained"]

_WIDTH: Final = 512


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


def trained(optimizer: Any, updates: int, callbacks: Sequence[Any] = (), columns: int = 1) -> npt.NDArray[np.float32]:
    """Train for so many updates with `model.fit`; give by how much each moved its weights, (updates, columns)."""
    width = min(updates, _WIDTH)
    layer = keras.layers.Dense(columns, use_bias=False, kernel_initializer="zeros", dtype="float32")
    model = keras.Sequential([keras.Input((width,)), layer])
    model.compile(optimizer, loss=_downhill)
    inputs, nowhere = np.eye(width, dtype=np.float32), np.zeros((width, columns), np.float32)
    used: list[npt.NDArray[np.float32]] = []
    for start in range(0, updates, _WIDTH):
        count = min(width, updates - start)
        layer.kernel.assign(nowhere)
        model.fit(inputs[:count], nowhere[:count], batch_size=1, shuffle=False, verbose=0, callbacks=list(callbacks))
        used.append(ENGINE.array(layer.kernel.value)[:count].copy())
    return np.concatenate(used) if used else nowhere


def rates_used(optimizer: Any, updates: int, callbacks: Sequence[Any] = ()) -> list[float]:
    """Give the rate of each of so many updates, as plain SGD used it."""
    found: list[float] = trained(optimizer, updates, callbacks)[:, 0].tolist()
    return found


def _downhill(_: Any, predicted: Any) -> Any:
    return -keras.ops.sum(predicted, axis=-1)
