"""TensorFlow: its own operations with explicit types, for `tf.cast` of a Python float goes through float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf

from unisched.plugin import Namespace

__all__ = ["LAST_COUNT", "array", "is_traced", "namespace", "traced"]

LAST_COUNT: Final = 2**63 - 1


class _TensorFlow:
    def table(self, values: Any, /) -> Any:
        first = values[0] if isinstance(values, list) else values
        return tf.constant(values, tf.int64 if isinstance(first, int) else tf.float64)

    def take(self, table: Any, index: Any, /) -> Any:
        return tf.gather(table, index)

    def search(self, table: Any, values: Any, /) -> Any:
        found = tf.searchsorted(table, tf.reshape(values, [-1]), side="right", out_type=tf.int64)
        return tf.reshape(found, tf.shape(values))

    def float(self, values: Any, /) -> Any:
        return tf.cast(values, tf.float64)

    def where(self, condition: Any, left: Any, right: Any, /) -> Any:
        return tf.where(condition, left, right)

    def minimum(self, left: Any, right: Any, /) -> Any:
        return tf.minimum(left, right)

    def maximum(self, left: Any, right: Any, /) -> Any:
        return tf.maximum(left, right)

    def sin(self, values: Any, /) -> Any:
        return tf.sin(values)

    def eighth_sin(self, values: Any, /) -> Any:
        return tf.sin(values)

    def cos(self, values: Any, /) -> Any:
        return tf.cos(values)

    def power(self, base: Any, exponent: Any, /) -> Any:
        return tf.pow(base, exponent)

    def log(self, values: Any, /) -> Any:
        return tf.math.log(values)

    def sqrt(self, values: Any, /) -> Any:
        return tf.sqrt(values)

    def exp(self, values: Any, /) -> Any:
        return tf.exp(values)

    def floor(self, values: Any, /) -> Any:
        return tf.floor(values)


def namespace() -> Namespace:
    """Give the namespace over TensorFlow."""
    return _TensorFlow()


def is_traced(step: Any) -> bool:
    """Tell whether the number behind `step` is not known yet."""
    return tf.is_tensor(step) and (not tf.executing_eagerly() or tf.is_symbolic_tensor(step))


def array(tensor: Any) -> np.ndarray[Any, Any]:
    """Give a tensor whose numbers are known as an array on the host."""
    return np.asarray(tf.convert_to_tensor(tensor).numpy())


def traced(curve: Callable[..., Any], step: Any, *others: Any) -> Any:
    """Give `curve` of an integer step, as int64, and of `others`, as float64; its float64 result as float32."""
    curve = tf.autograph.experimental.do_not_convert(curve)
    wide = (tf.cast(other, tf.float64) for other in others)
    return tf.cast(curve(tf.cast(step, tf.int64), *wide), tf.float32)
