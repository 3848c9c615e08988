"""A training with optax whose weights say afterwards what each update used, in every kind of loop.

Row j is 1 at place j and 0 elsewhere, and the loss falls along it: update j moves weight j only, by its rate times 1
from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import optax

__all__ = ["LOOPS", "Loop", "loss", "rates", "rows", "used_in"]

Loop: TypeAlias = Callable[[Any, Any, Any, Any], tuple[Any, Any]]


def rows(updates: int, dtype: Any = jnp.float32) -> Any:
    return jnp.eye(updates, dtype=dtype)


def loss(weights: Any, row: Any) -> Any:
    return -jnp.vdot(weights, row)


def _update(optimizer: Any, weights: Any, opt_state: Any, row: Any) -> tuple[Any, Any]:
    updates, opt_state = optimizer.update(jax.grad(loss)(weights, row), opt_state, weights)
    return optax.apply_updates(weights, updates), opt_state


def eager(optimizer: Any, weights: Any, opt_state: Any, inputs: Any) -> tuple[Any, Any]:
    for row in inputs:
        weights, opt_state = _update(optimizer, weights, opt_state, row)
    return weights, opt_state


def jitted(optimizer: Any, weights: Any, opt_state: Any, inputs: Any) -> tuple[Any, Any]:
    step = jax.jit(lambda w, s, row: _update(optimizer, w, s, row))
    for row in inputs:
        weights, opt_state = step(weights, opt_state, row)
    return weights, opt_state


def scanned(optimizer: Any, weights: Any, opt_state: Any, inputs: Any) -> tuple[Any, Any]:
    def step(carry: tuple[Any, Any], row: Any) -> tuple[tuple[Any, Any], None]:
        return _update(optimizer, *carry, row), None

    trained: tuple[Any, Any] = jax.jit(lambda *carry: jax.lax.scan(step, carry, inputs)[0])(weights, opt_state)
    return trained


LOOPS: Final[dict[str, Loop]] = {"eager": eager, "jit": jitted, "scan": scanned}


def rates(weights: Any) -> list[str]:
    """Give float32 weights as text of every bit."""
    found = np.asarray(weights)
    assert found.dtype == np.float32
    return [float(weight).hex() for weight in found]


def used_in(loop: Loop, optimizer: Any, updates: int) -> tuple[list[str], Any]:
    """Train for so many updates; give what each used and the optimizer's state."""
    weights = jnp.zeros(updates, jnp.float32)
    weights, opt_state = loop(optimizer, weights, optimizer.init(weights), rows(updates))
    return rates(weights), opt_state
