"""The feedback of a program in an optimizer's state: a count of updates, and what each controller remembers.

Every stateful schedule of a program keeps a copy of its own, and all of them observe the same metrics. Knows no
optimizer; the rules are the core's, branch-free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from unisched.plugin import Controller, Program, State, rules, watching
from unisched_optax.memories import Remembered, narrowed, packed, unpacked, widened
from unisched_optax.namespace import jax_namespace
from unisched_optax.precision import step_of

__all__ = [
    "FeedbackState",
    "begun",
    "folded",
    "hosted_factors",
    "traced_factors",
    "written",
]


class FeedbackState(NamedTuple):
    """A stateful schedule's part of an optimizer state: updates made, and a memory for each controller in order.

    A pytree of int32 and uint32 arrays, whatever `jax_enable_x64` says; `StatefulSchedules.state` gives it in words.
    """

    count: Any
    memories: tuple[Remembered, ...]


def begun(program: Program, state: State) -> FeedbackState:
    """Give the part that a run of `program` from `state` begins with, its count at 0."""
    recalled = watching.recalled(program.body, state.feedback)
    return FeedbackState(jnp.zeros((), jnp.int32), tuple(map(packed, program.controllers, recalled)))


def folded(program: Program, held: FeedbackState, offset: int, metrics: Mapping[str, Any]) -> tuple[Remembered, ...]:
    """Give the memories after `metrics`, float64 by name, where 64-bit types are enabled."""
    step = step_of(held.count, offset)
    return tuple(
        _folded(controller, remembered, metrics[controller.monitor], _is_open(windows, step))
        if controller.monitor in metrics
        else remembered
        for controller, remembered, windows in zip(program.controllers, held.memories, program.windows, strict=True)
    )


def hosted_factors(program: Program, memories: Sequence[Remembered]) -> list[float]:
    """Give what the controllers have reached, by Python's numbers."""
    return [
        float(rules.factor(controller, unpacked(controller, remembered), _base_of(controller), rules.HOST))
        for controller, remembered in zip(program.controllers, memories, strict=True)
    ]


def traced_factors(program: Program, memories: Sequence[Remembered]) -> Any:
    """Give what the controllers have reached, a float64 vector, where 64-bit types are enabled."""
    reached = [
        rules.factor(controller, widened(controller, remembered), _table_of(controller), jax_namespace)
        for controller, remembered in zip(program.controllers, memories, strict=True)
    ]
    return jnp.stack(reached)


def written(program: Program, memories: Sequence[Remembered]) -> dict[str, Mapping[str, Any]]:
    """Give the memories as a saved state holds them."""
    return watching.written(program.body, list(map(unpacked, program.controllers, memories)))


def _folded(controller: Controller, remembered: Remembered, metric: Any, is_open: Any) -> Remembered:
    recalled = widened(controller, remembered)
    observed = rules.observed(controller, recalled, metric, _table_of(controller), jax_namespace)
    after = narrowed(controller, observed, remembered)
    chosen: Remembered = jax.tree.map(lambda new, old: jnp.where(is_open, new, old), after, remembered)
    return chosen


def _is_open(windows: Sequence[tuple[int, int | None]], step: Any) -> Any:
    is_open = jnp.zeros((), bool)
    for first, end in windows:
        is_open = is_open | ((step >= first) & (True if end is None else step < end))
    return is_open


def _base_of(controller: Controller) -> float:
    return 1.0 if controller.base is None else controller.base


def _table_of(controller: Controller) -> Any:
    return jax_namespace.table(_base_of(controller))
