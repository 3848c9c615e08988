"""JAX: 64-bit numbers inside a local context, so that the setting of the process stays as the user has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from unisched.plugin import Namespace, block_search, eighth_sine

__all__ = ["LAST_COUNT", "array", "is_traced", "namespace", "traced"]

LAST_COUNT: Final = 2**31 - 1


class _Jax:
    def table(self, values: Any, /) -> Any:
        if isinstance(values, list):
            return np.array(values, np.int64 if isinstance(values[0], int) else np.float64)
        return np.int64(values) if isinstance(values, int) else np.float64(values)

    def take(self, table: Any, index: Any, /) -> Any:
        return jnp.take(table, index, mode="clip")

    def search(self, table: Any, values: Any, /) -> Any:
        return block_search(table, values, jnp)

    def float(self, values: Any, /) -> Any:
        return values.astype(jnp.float64)

    def where(self, condition: Any, left: Any, right: Any, /) -> Any:
        return jnp.where(condition, left, right)

    def minimum(self, left: Any, right: Any, /) -> Any:
        return jnp.minimum(left, right)

    def maximum(self, left: Any, right: Any, /) -> Any:
        return jnp.maximum(left, right)

    def sin(self, values: Any, /) -> Any:
        return jnp.sin(values)

    def eighth_sin(self, values: Any, /) -> Any:
        return eighth_sine(values)  # XLA calls out for a float64 sine: 5 ns, half of a schedule in a compiled loop

    def cos(self, values: Any, /) -> Any:
        return jnp.cos(values)

    def power(self, base: Any, exponent: Any, /) -> Any:
        return jnp.power(base, exponent)

    def log(self, values: Any, /) -> Any:
        return jnp.log(values)

    def sqrt(self, values: Any, /) -> Any:
        return jnp.sqrt(values)

    def exp(self, values: Any, /) -> Any:
        return jnp.exp(values)

    def floor(self, values: Any, /) -> Any:
        return jnp.floor(values)


def namespace() -> Namespace:
    """Give the namespace over `jax.numpy`, for use in a 64-bit context."""
    return _Jax()


def is_traced(step: Any) -> bool:
    """Tell whether the number behind `step` is not known yet."""
    return isinstance(step, jax.core.Tracer)


def array(tensor: Any) -> np.ndarray[Any, Any]:
    """Give a tensor whose numbers are known as an array on the host."""
    return np.asarray(tensor)


def traced(curve: Callable[..., Any], step: Any, *others: Any) -> Any:
    """Give `curve` of an integer step, as int64, and of `others`, as float64; its float64 result as float32."""
    with jax.enable_x64(True):
        wide = (jnp.asarray(other).astype(jnp.float64) for other in others)
        return curve(step.astype(jnp.int64), *wide).astype(jnp.float32)
