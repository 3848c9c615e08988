"""Keras's own training loop, arranged so that its weights say afterwards which rate each update used.

Update k is the only one that moves weight k, by the rate times 1 from 0: the weight is the rate, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import keras
import numpy as np

from unisched_keras.engine import ENGINE

__all__ = ["rates_used"]

_WIDTH: Final = 512


def rates_used(optimizer: Any, updates: int, callbacks: Sequence[Any] = ()) -> list[float]:
    """Train for so many updates with `model.fit`; give the rate of each, as plain SGD used it."""
    width = min(updates, _WIDTH)
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", dtype="float32")
    model = keras.Sequential([keras.Input((width,)), layer])
    model.compile(optimizer, loss=_downhill)
    inputs, targets = np.eye(width, dtype=np.float32), np.zeros((width, 1), np.float32)
    used: list[float] = []
    while len(used) < updates:
        count = min(width, updates - len(used))
        layer.kernel.assign(targets)
        model.fit(inputs[:count], targets[:count], batch_size=1, shuffle=False, verbose=0, callbacks=list(callbacks))
        used += ENGINE.array(layer.kernel.value)[:count, 0].tolist()
    return used


def _downhill(_: Any, predicted: Any) -> Any:
    return -predicted
