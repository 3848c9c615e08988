"""Numbers out of what an optimizer holds: a variable on one engine is a tensor on another."""

from __future__ import annotations

from typing import Any

import keras

from unisched_keras.engine import ENGINE

__all__ = ["count_of", "number", "rate_of"]


def count_of(optimizer: Any) -> int:
    """Give the updates that the optimizer has made; micro-batches that it accumulates do not count."""
    return int(number(optimizer.iterations))


def rate_of(optimizer: Any) -> float:
    """Give the learning rate that the optimizer uses now."""
    return float(number(optimizer.learning_rate))


def number(quantity: Any) -> Any:
    """Give a scalar variable or tensor as a Python number."""
    tensor = quantity.value if isinstance(quantity, keras.Variable) else quantity
    return ENGINE.array(tensor).item() if keras.ops.is_tensor(tensor) else tensor
