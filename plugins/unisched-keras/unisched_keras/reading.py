"""Numbers out of what an optimizer holds: a variable on one engine is a tensor on another."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from unisched.errors import Problem, StateError
from unisched_keras.engine import ENGINE

__all__ = ["array", "count_of", "number", "rate_of"]


def count_of(optimizer: Any) -> int:
    """Give the updates that the optimizer has made; micro-batches that it accumulates do not count.

    Raises `StateError` while an epoch runs on JAX and nobody has asked its model for the variables.
    """
    try:
        return int(number(optimizer.iterations))
    except TypeError:  # Keras has emptied the variable
        raise StateError(Problem("keras.running", "", "the variables of the optimizer are empty while an epoch runs",
                                 "Read self.model in a callback, and ask then.")) from None  # fmt: skip


def rate_of(optimizer: Any) -> float:
    """Give the learning rate that the optimizer uses now."""
    return float(number(optimizer.learning_rate))


def number(quantity: Any) -> Any:
    """Give a scalar variable or tensor as a Python number."""
    tensor = quantity.value if isinstance(quantity, keras.Variable) else quantity
    return ENGINE.array(tensor).item() if keras.ops.is_tensor(tensor) else tensor


def array(variable: Any) -> np.ndarray[Any, Any]:
    """Give what a variable holds as an array on the host."""
    return ENGINE.array(variable.value)
