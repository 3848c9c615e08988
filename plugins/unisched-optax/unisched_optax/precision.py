"""How numbers enter the compiled step and leave it: int64 and float64 inside, weakly typed floats outside.

Knows JAX and no schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from unisched.plugin import SMALLEST_FLOAT32, float32_view
from unisched_optax.namespace import jax_namespace

__all__ = ["computed", "is_traced", "rounded", "step_of", "weak"]

_MOST_STEPS: Final = 2**62 - 1


def _in_double() -> bool:
    """Tell whether JAX's floats have 64 bits where this is called."""
    return bool(jnp.result_type(float) == np.float64)


def rounded(value: float) -> float:
    """Give what of a float64 a device holds: where floats have 32 bits, nothing below 2^-126."""
    return value if abs(value) >= SMALLEST_FLOAT32 or _in_double() else 0.0


def is_traced(tree: Any) -> bool:
    """Tell whether some leaf has no value yet."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tree))


def step_of(count: Any, offset: int) -> Any:
    """Give the step at `count` updates from step `offset`, int64, where 64-bit types are enabled.

    What int64 cannot hold reads the last step.
    """
    counted = jnp.asarray(count)
    if counted.dtype == np.uint64:
        counted = jnp.minimum(counted, np.uint64(_MOST_STEPS))
    return counted.astype(np.int64) + np.int64(min(offset, _MOST_STEPS))


def computed(text: Callable[[], Any]) -> jax.Array:
    """Give what `text` computes in 64 bits, weakly typed: where JAX's floats have 32 bits, cast to them once."""
    keeps_double = _in_double()
    with jax.enable_x64(True):
        value = text()
        if not keeps_double:
            value = float32_view(value, jax_namespace).astype(np.float32)
    return weak(value)


def weak(value: Any) -> jax.Array:
    """Give the value with the weak type of a Python float: optax multiplies updates by it in their own dtype."""
    return jnp.full_like(jnp.asarray(0.0), value)
