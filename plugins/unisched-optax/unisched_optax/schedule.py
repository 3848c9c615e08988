"""One schedule as optax calls it: a count goes in, a weakly typed scalar comes out.

A concrete count is evaluated on the host and nothing is traced for it; a traced one goes through the
branch-free text, float64 inside and cast once on the way out. Knows nothing of optimizers and their states.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from unisched.errors import shorten
from unisched.plugin import Problem, Program, StepError, Target
from unisched_optax.namespace import jax_namespace
from unisched_optax.no_number import NoNumber
from unisched_optax.precision import computed, rounded, step_of, weak

__all__ = ["Schedule"]


@dataclass(frozen=True, kw_only=True)
class Schedule(NoNumber):
    """One hyperparameter's schedule, `schedule(count) -> value`, to be given to any optax optimizer.

    `target` says what of `program` is followed; the update with count c uses the value at step `offset` + c.
    Hashable, so that it can be a static argument; picklable; a leaf to `jax.tree`.

    >>> import unisched
    >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> schedule = Schedule(program=program, target=Target("learning_rate"))
    >>> float(schedule(1)), float(jax.jit(schedule)(1))
    (0.75, 0.75)
    """

    program: Program
    target: Target
    offset: int = 0

    def __call__(self, count: ArrayLike) -> jax.Array:
        """Give the value at `count` updates, whole numbers of any integer type and shape, as float of that shape.

        The result is weakly typed, so that parameters keep their dtype: float32 rounded once to nearest with
        magnitudes below 2^-126 as 0, or float64 where `jax_enable_x64` is on. A step below 0 reads step 0.
        Raises `StepError` for a boolean or floating count, while tracing too.
        """
        _check(count)
        if isinstance(count, jax.core.Tracer):
            return _each(self._traced, count)
        if isinstance(count, int):
            return self._hosted(count)
        counts = np.asarray(count)
        return self._hosted(operator.index(counts[()])) if not counts.ndim else self._spread(counts)

    def __reduce__(self) -> tuple[Callable[..., Schedule], tuple[Program, Target, int]]:
        return _restored, (self.program, self.target, self.offset)

    def __repr__(self) -> str:
        group = "" if self.target.group is None else f" of group {self.target.group!r}"
        return f"Schedule({self.target.hyperparameter}{group}, from step {self.offset})"

    @cached_property
    def _host(self) -> Callable[[int], float]:
        return self.program.function(*self.target)

    @cached_property
    def _text(self) -> Callable[[Any], Any]:
        return self.program.traced(jax_namespace, *self.target)

    def _number(self, count: int) -> float:
        return rounded(self._host(max(self.offset + count, 0)))

    def _hosted(self, count: int) -> jax.Array:
        return jnp.asarray(self._number(count))

    def _spread(self, counts: np.ndarray[Any, np.dtype[Any]]) -> jax.Array:
        values = np.array([self._number(int(count)) for count in counts.flat]).reshape(counts.shape)
        return _each(weak, values)

    def _traced(self, count: Any) -> jax.Array:
        return computed(lambda: self._text(step_of(count, self.offset)))


def _check(count: object) -> None:
    dtype = getattr(count, "dtype", None)
    whole = jnp.issubdtype(dtype, jnp.integer) if dtype is not None else isinstance(count, int)
    if whole and not isinstance(count, bool):
        return
    given = f"{dtype}" if dtype is not None else shorten(repr(count))
    raise StepError(Problem("step.type", "", f"a count of {given} is not a whole number",
                            "Count optimizer updates with an integer."))  # fmt: skip


def _each(function: Callable[[Any], jax.Array], values: Any) -> jax.Array:
    """Map a function of a scalar over an array of any shape."""
    for _ in range(np.ndim(values)):
        function = jax.vmap(function)
    return function(values)


def _restored(program: Program, target: Target, offset: int) -> Schedule:
    return Schedule(program=program, target=target, offset=offset)
