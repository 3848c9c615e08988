"""`observe`: metrics for the schedules inside an optimizer state, now and then, between updates.

Knows optimizer states by the parts that stateful schedules keep in them, wherever they stand.
"""

from __future__ import annotations

from typing import Any, TypeVar

import jax

from unisched.errors import shorten
from unisched.plugin import BindingError, Problem
from unisched_optax.counts import is_feedback, misfit
from unisched_optax.feedback import FeedbackState
from unisched_optax.memories import Remembered, fits
from unisched_optax.schedules import StatefulSchedules
from unisched_optax.stateful import with_metrics

__all__ = ["observe"]

Tree = TypeVar("Tree")


def observe(opt_state: Tree, schedules: StatefulSchedules, metric: Any, /) -> Tree:
    """Give the optimizer state after a metric, which the next update is the first to feel; inside `jit` too.

    `opt_state` may be a part of a larger tree, such as a whole `TrainState`; every part of it that a schedule keeps
    observes. `metric` is one number, already reduced over devices, or a mapping of them by name, as `value=` takes.
    Raises `StepError` for what is no metric that the program watches, `StateError` where nothing there observes.

    >>> import optax, unisched, jax.numpy as jnp
    >>> from unisched_optax import inject
    >>> halved = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
    >>> spec = {"kind": "product", "curves": [0.5, halved]}
    >>> schedules = unisched.build(spec, "optax", form="stateful")
    >>> optimizer = inject(optax.sgd, schedules)
    >>> opt_state = optimizer.init(jnp.ones(3))
    >>> for loss in (1.0, 2.0):
    ...     opt_state = observe(opt_state, schedules, loss)
    ...     updates, opt_state = optimizer.update(jnp.ones(3), opt_state)
    ...     print(updates)
    [-0.5 -0.5 -0.5]
    [-0.25 -0.25 -0.25]
    """
    if not isinstance(schedules, StatefulSchedules):
        raise BindingError(Problem("binding.type", "", f"{shorten(repr(schedules))} observe no metric",
                                   'Build them with form="stateful".'))  # fmt: skip
    controllers = schedules.evaluated.controllers
    found: list[FeedbackState] = []

    def observed(node: Any) -> Any:
        if not is_feedback(node):
            return node
        count, *arrays = jax.tree.leaves(node)
        memories = tuple(map(Remembered, arrays[::2], arrays[1::2]))
        if len(memories) != len(controllers) or not all(map(fits, controllers, memories)):
            raise misfit("the optimizer state is of schedules that watch other metrics")
        held = FeedbackState(count, memories)
        found.append(held)
        after = FeedbackState(count, with_metrics(schedules.evaluated, schedules.start.step, held, metric))
        return jax.tree.unflatten(jax.tree.structure(node), jax.tree.leaves(after))

    observing: Tree = jax.tree.map(observed, opt_state, is_leaf=is_feedback)
    if not found:
        raise misfit("the optimizer state holds no memory of metrics")
    return observing
