"""The feedback of a program in an optimizer's state: a count of updates, and what each controller remembers.

Every stateful schedule of a program keeps a copy of its own, and all of them observe the same metrics. Knows no
optimizer; the rules are the core's, branch-free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from unisched.plugin import BindingError, Controller, Problem, Program, State, StateError, memory, observing
from unisched_optax.memories import Remembered, narrowed, packed, unpacked, widened
from unisched_optax.namespace import jax_namespace
from unisched_optax.precision import MOST_STEPS
from unisched_optax.precision import widened as counted

__all__ = [
    "FeedbackState",
    "begun",
    "check_bases",
    "folded",
    "hosted_factors",
    "remembered_in",
    "step_of",
    "traced_factors",
]


class FeedbackState(NamedTuple):
    """A stateful schedule's part of an optimizer state: updates made, and a memory for each controller in order.

    A pytree of int32 and uint32 arrays, whatever `jax_enable_x64` says; `StatefulSchedules.state` gives it in words.
    """

    count: Any
    memories: tuple[Remembered, ...]


def check_bases(program: Program) -> None:
    """Raise `BindingError` where a controller is bounded by values, and what it multiplies is not known."""
    unknown = [c for c in program.controllers if c.is_absolute and c.base is None]
    if unknown:
        raise BindingError(*(
            Problem("base.missing", controller.place, "is bounded by values, and its base is not known",
                    "Pass base= with the optimizer's value, to compile or build.")
            for controller in unknown
        ))  # fmt: skip


def begun(program: Program, state: State) -> FeedbackState:
    """Give the part that a run of `program` from `state` begins with, its count at 0."""
    memories = tuple(packed(c, _recalled(c, state.feedback)) for c in program.controllers)
    return FeedbackState(jnp.zeros((), jnp.int32), memories)


def step_of(count: Any, offset: int) -> Any:
    """Give the program's step at a count of updates, int64, where 64-bit types are enabled."""
    return counted(jnp.asarray(count)) + np.int64(min(offset, MOST_STEPS))


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
        float(observing.factor(controller, unpacked(controller, remembered), _base_of(controller), observing.HOST))
        for controller, remembered in zip(program.controllers, memories, strict=True)
    ]


def traced_factors(program: Program, memories: Sequence[Remembered]) -> Any:
    """Give what the controllers have reached, a float64 vector, where 64-bit types are enabled."""
    reached = [
        observing.factor(controller, widened(controller, remembered), _table_of(controller), jax_namespace)
        for controller, remembered in zip(program.controllers, memories, strict=True)
    ]
    return jnp.stack(reached)


def remembered_in(program: Program, memories: Sequence[Remembered], before: Mapping[str, Any]) -> dict[str, Any]:
    """Give the memories as a saved state holds them; `before` is what the run began with."""
    found = dict(before)
    for controller, remembered in zip(program.controllers, memories, strict=True):
        recalled = unpacked(controller, remembered)
        if recalled.seen:
            found[controller.place] = memory.to_data(controller, recalled)
    return found


def _folded(controller: Controller, remembered: Remembered, metric: Any, is_open: Any) -> Remembered:
    recalled = widened(controller, remembered)
    observed = observing.observed(controller, recalled, metric, _table_of(controller), jax_namespace)
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


def _recalled(controller: Controller, feedback: Mapping[str, Any]) -> memory.Memory:
    if controller.place not in feedback:
        return memory.start(controller)
    try:
        return memory.from_data(controller, feedback[controller.place])
    except ValueError as error:
        raise StateError(Problem("state.feedback", f"state.feedback[{controller.place!r}]", str(error),
                                 "Hand the state on as it was written.")) from None  # fmt: skip
