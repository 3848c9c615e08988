"""Schedules in JAX's own transformations; several in one compiled module, for compiling costs nearly everything.

Each has a loop of its own, as in a training: in one body of many, passes of XLA grow faster than the number.
"""

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
    """The same by a `scan` for each, with scalar steps."""
    return jnp.stack([_scanned(schedule, steps[:, index]) for index, schedule in enumerate(schedules)])


def _scanned(schedule: Schedule, steps: Any) -> Any:
    return jax.lax.scan(lambda carry, step: (carry, schedule(step)), 0, steps)[1]


def spun(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The same by a `while_loop` for each, with scalar steps."""
    return jnp.stack([_spun(schedule, steps[:, index]) for index, schedule in enumerate(schedules)])


def _spun(schedule: Schedule, steps: Any) -> Any:
    def on(state: Any) -> Any:
        at, values = state
        return at + 1, values.at[at].set(schedule(steps[at]))

    start = jnp.zeros(steps.shape, jnp.result_type(float))
    return jax.lax.while_loop(lambda state: state[0] < len(steps), on, (0, start))[1]


def inside(build: Evaluate) -> Evaluate:
    """What `build` makes of schedules and steps, compiled."""
    return lambda schedules, steps: jax.jit(lambda given: build(schedules, given))(steps)


def one_by_one(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The values of a compiled function that is called with scalar steps."""
    compiled = jax.jit(lambda now: [schedule(now[index]) for index, schedule in enumerate(schedules)])
    return np.stack([np.array(compiled(row)) for row in steps], 1)


def eagerly(schedules: Sequence[Schedule], steps: Any) -> Any:
    """The values of plain calls with Python's own integers."""
    return np.array([[float(schedule(step)) for step in column] for schedule, column in
                     zip(schedules, steps.T.tolist(), strict=True)])  # fmt: skip
