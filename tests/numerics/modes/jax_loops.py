"""Schedules in JAX's own transformations; several in one compiled module, for compiling costs most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["Evaluate", "Schedule", "eagerly", "inside", "mapped", "one_by_one", "scanned", "spun"]

Schedule: TypeAlias = Callable[[Any], Any]
Evaluate: TypeAlias = Callable[[Sequence[Schedule], Any], Any]
"""From schedules and their steps, a column for each, to values, a row for each."""


def mapped(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The values, a row for each schedule, by `vmap`."""
    return jnp.stack([jax.vmap(schedule)(steps[:, index]) for index, schedule in enumerate(schedules)])


def scanned(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The same by `scan`, with scalar steps."""

    def row(carry: Any, now: Any) -> tuple[Any, Any]:
        return carry, jnp.stack([schedule(now[index]) for index, schedule in enumerate(schedules)])

    return jax.lax.scan(row, 0, steps)[1].T


def spun(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The same by `while_loop`, with scalar steps."""

    def row(state: Any) -> Any:
        at, values = state
        return at + 1, values.at[at].set(jnp.stack([f(steps[at, index]) for index, f in enumerate(schedules)]))

    start = jnp.zeros(steps.shape, jnp.result_type(float))
    return jax.lax.while_loop(lambda state: state[0] < len(steps), row, (0, start))[1].T


def inside(build: Evaluate) -> Evaluate:
    """What `build` makes of schedules and steps, compiled."""
    return lambda schedules, steps: jax.jit(lambda given: build(schedules, given))(steps)


def one_by_one(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The values of a compiled function that is called with scalar steps."""
    compiled = jax.jit(lambda now: jnp.stack([schedule(now[index]) for index, schedule in enumerate(schedules)]))
    return np.stack([np.asarray(compiled(row)) for row in steps], 1)


def eagerly(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The values of plain calls with Python's own integers."""
    return np.array([[float(schedule(step)) for step in column] for schedule, column in
                     zip(schedules, steps.T.tolist(), strict=True)])  # fmt: skip
