"""The model that Keras trains: afterwards its weights say which rate each update used.

Batch j moves weight j only, by its rate times a gradient of 1, from 0: the weight is the rate, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from workers.documents import bits

__all__ = ["batches", "compiled", "downhill", "fit", "one_weight_per_batch", "rates"]


def downhill(_: Any, predicted: Any) -> Any:
    return -predicted


def one_weight_per_batch(updates: int, name: str = "rates") -> Any:
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=name)
    return keras.Sequential([keras.Input((updates,)), layer])


def batches(updates: int) -> tuple[Any, Any]:
    return np.eye(updates, dtype=np.float32), np.zeros((updates, 1), np.float32)


def compiled(optimizer: Any, updates: int, **options: Any) -> Any:
    """Give the model, ready for so many updates; `jit_compile` is off unless asked for, as compiling takes time."""
    model = one_weight_per_batch(updates)
    model.compile(optimizer, loss=downhill, **{"jit_compile": False, **options})
    return model


def fit(model: Any, inputs: Any, callbacks: Sequence[Any] = (), **options: Any) -> Any:
    """Train with one batch for each row of `inputs`; give Keras's record."""
    targets = np.zeros((len(inputs), 1), np.float32)
    return model.fit(inputs, targets, batch_size=1, shuffle=False, verbose=0, callbacks=list(callbacks), **options)


def rates(model: Any) -> list[str]:
    """Give the rate of each update, as text of every bit."""
    return bits(np.asarray(keras.ops.convert_to_numpy(model.layers[-1].kernel), np.float32)[:, 0].tolist())
