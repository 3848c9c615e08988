"""The members that the traced evaluator asks of an array library, over `jax.numpy`.

Knows no schedule. To be used where 64-bit types are enabled: constants are numpy's, whose types JAX keeps.
"""

from __future__ import annotations

from typing import Any, Final

import jax.numpy as jnp
import numpy as np

from unisched.plugin import Namespace, block_search, eighth_sine

__all__ = ["jax_namespace"]


class _Jax:
    """The namespace over `jax.numpy`."""

    def table(self, values: float | list[int] | list[float], /) -> Any:
        if isinstance(values, list):
            return np.array(values, np.int64 if isinstance(values[0], int) else np.float64)
        return np.int64(values) if isinstance(values, int) else np.float64(values)

    def take(self, table: Any, index: Any, /) -> Any:
        return jnp.take(table, index, mode="clip")  # never outside; the default mode would fill with NaN

    def search(self, table: Any, values: Any, /) -> Any:
        return block_search(table, values, jnp)

    def float(self, values: Any, /) -> Any:
        return jnp.asarray(values, np.float64)

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


jax_namespace: Final[Namespace] = _Jax()
