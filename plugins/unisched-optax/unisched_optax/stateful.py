"""One schedule that feels metrics, as optax's `StatefulSchedule`: it observes first, then gives the value.

What optax keeps of it between updates is a `FeedbackState`. Knows nothing of optimizers and their states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]

from unisched.errors import shorten
from unisched.plugin import BindingError, Problem, Program, State, Target
from unisched_optax.feedback import FeedbackState, begun, folded, hosted_factors, traced_factors
from unisched_optax.memories import Remembered
from unisched_optax.metrics import read_metrics
from unisched_optax.namespace import jax_namespace
from unisched_optax.no_number import NoNumber
from unisched_optax.precision import computed, is_traced, rounded, step_of

__all__ = ["StatefulSchedule", "with_metrics"]


@dataclass(frozen=True, kw_only=True)
class StatefulSchedule(NoNumber):
    """One hyperparameter's schedule for `unisched_optax.inject`, which may depend on metrics.

    `target` says what of `program` is followed, from the state `start` on. Its state holds a count of updates and the
    memory of every controller of the program. Hashable, picklable, a leaf to `jax.tree`.

    >>> import unisched
    >>> halved = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
    >>> program = unisched.compile({"kind": "product", "curves": [0.5, halved]})
    >>> schedule = StatefulSchedule(program=program, target=Target("learning_rate"), start=program.start())
    >>> state = schedule.update(schedule.init(), value=1.0)
    >>> float(schedule(state, value=0.5)), float(schedule(state, value=2.0))
    (0.5, 0.25)
    """

    program: Program
    target: Target
    start: State

    def init(self) -> FeedbackState:
        """Give the state before the first update."""
        return begun(self.program, self.start)

    def update(self, state: FeedbackState, *, value: Any = None, **extra_args: Any) -> FeedbackState:
        """Give the state after an update, for which `value` was observed: a number, or a mapping of them by name.

        Raises `StepError` for what is no metric that the program watches, while tracing too.
        """
        self._check(state)
        memories = self._observed(state, value)
        return FeedbackState(optax.safe_increment(state.count), memories)

    def __call__(self, state: FeedbackState, *, value: Any = None, **extra_args: Any) -> jax.Array:
        """Give what the next update uses, a weakly typed float; a `value` observed for it is felt already.

        As `Schedule` rounds it. Raises `StepError` as `update` does, and `BindingError` for anything but its state:
        optax calls it so where a stateless schedule was due.
        """
        self._check(state)
        current = FeedbackState(state.count, self._observed(state, value))
        if is_traced(current):
            return self._traced(current)
        step = self.start.step + int(np.asarray(current.count))
        return jnp.asarray(rounded(self._hosted(hosted_factors(self.program, current.memories))(step)))

    def __reduce__(self) -> tuple[Callable[..., StatefulSchedule], tuple[Program, Target, State]]:
        return _restored, (self.program, self.target, self.start)

    def __repr__(self) -> str:
        group = "" if self.target.group is None else f" of group {self.target.group!r}"
        return f"StatefulSchedule({self.target.hyperparameter}{group}, from step {self.start.step})"

    @cached_property
    def _text(self) -> Callable[..., Any]:
        return self.program.traced(jax_namespace, *self.target)

    @cached_property
    def _moved(self) -> bool:
        return self.program.needs_metric(self.target)

    def _hosted(self, factors: Sequence[float]) -> Callable[[int], float]:
        return self.program.function(*self.target, factors=factors if self._moved else None)

    def _traced(self, state: FeedbackState) -> jax.Array:
        def text() -> Any:
            reached = (traced_factors(self.program, state.memories),) if self._moved else ()
            return self._text(step_of(state.count, self.start.step), *reached)

        return computed(text)

    def _observed(self, state: FeedbackState, value: Any) -> tuple[Remembered, ...]:
        # optax hands the loss to whoever takes it: a schedule that watches nothing lets it pass.
        if value is None or not self.program.controllers:
            return state.memories
        return with_metrics(self.program, self.start.step, state, value)

    def _check(self, state: object) -> None:
        if not isinstance(state, FeedbackState):
            raise BindingError(Problem(
                "binding.stateful", "", f"{self!r} was called with {shorten(repr(state))}, as if it were stateless",
                "Build the optimizer with unisched_optax.inject(factory, schedules)."))  # fmt: skip


def with_metrics(program: Program, offset: int, state: FeedbackState, given: Any) -> tuple[Remembered, ...]:
    """Give the memories in `state` after the metrics `given`, the run having begun at step `offset`.

    Raises `StepError` for what is no metric that the program watches.
    """
    with jax.enable_x64(True):
        metrics = read_metrics(program, given)
        fold = folded if is_traced(state) or is_traced(metrics) else _compiled_folded
        memories: tuple[Remembered, ...] = fold(program, state, offset, metrics)
    return memories


_compiled_folded = partial(jax.jit, static_argnums=(0, 2))(folded)


def _restored(program: Program, target: Target, start: State) -> StatefulSchedule:
    return StatefulSchedule(program=program, target=target, start=start)
