"""One target of a program at an optimizer's counter: the host's value on the host, float64 traced in a graph.

Both are rounded once, to the same float32. Knows counters and factors; not who holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from unisched.errors import BindingError, Problem, shorten
from unisched.plugin import Program, UnsupportedError, float32_view
from unisched_keras.engine import ENGINE
from unisched_keras.rounding import float32

__all__ = ["Evaluation", "accumulation_of"]

_FARTHEST: Final = 2**62
_Curve = Callable[..., Any]


class Evaluation:
    """The value of a hyperparameter at a counter of micro-batches, which stands at 0 where `offset` updates are made.

    `program` is what is evaluated, late groups laid. `factors` are what its controllers have reached; a traced value
    takes them as `parts`, a float32 tensor of shape (controllers, 4) (see `factors`).
    """

    def __init__(
        self, program: Program, hyperparameter: str, group: str | None, *, offset: int, accumulation: int
    ) -> None:
        target = program.resolve(hyperparameter, group)
        self.needs_metric = target is not None and program.needs_metric(target)
        self._offset, self._accumulation = offset, accumulation
        self._reached = [1.0] * len(program.controllers)
        self._function = program.function(hyperparameter, group, factors=self._reached if self.needs_metric else None)
        self._curve = self._traced(program, hyperparameter, group)

    def on_host(self, counter: int, factors: Sequence[float] = ()) -> np.float32:
        """Give the value at a counter; a negative one, as left by an overflow, reads step 0."""
        if self.needs_metric:
            self._reached[:] = factors
        return float32(self._function(self._position(counter)))

    def in_graph(self, counter: Any, parts: Any = None) -> Any:
        """Give the value at a counter that is being traced, as a scalar float32 tensor."""
        if self.needs_metric:
            return ENGINE.traced(self._curve, counter, parts)
        return ENGINE.traced(self._curve, counter)

    def _position(self, counter: int) -> int:
        return 0 if counter < 0 else self._offset + counter // self._accumulation

    def _traced(self, program: Program, hyperparameter: str, group: str | None) -> _Curve:
        xp = ENGINE.namespace()
        value = program.traced(xp, hyperparameter, group)
        offset, accumulation, needs_metric = self._offset, self._accumulation, self.needs_metric

        def at(counter: Any, parts: Any = None) -> Any:
            return float32_view(value(counter, _whole(parts)) if needs_metric else value(counter), xp)

        def later(counter: Any, parts: Any = None) -> Any:
            updates = counter // xp.table(accumulation)
            position = xp.minimum(updates, xp.table(_FARTHEST - 1)) + xp.table(min(offset, _FARTHEST))
            # A negative counter stays negative: the evaluator's opaque divisors depend on that.
            return at(xp.where(counter < 0, counter, position), parts)

        return at if offset == 0 and accumulation == 1 else later


def _whole(parts: Any) -> Any:
    """Give the factors that `parts` add up to, exactly, as float64."""
    return (parts[:, 0] + parts[:, 1] + parts[:, 2]) * parts[:, 3]


def accumulation_of(steps: Any, program: Program) -> int:
    """Give the number of micro-batches of an update, checked against what the counter of the engine holds."""
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise BindingError(Problem("binding.type", "", f"gradient_accumulation_steps is {shorten(repr(steps))}",
                                   "Pass the optimizer's own, a whole number from 1."))  # fmt: skip
    if (program.total or 0) * steps >= ENGINE.LAST_COUNT:
        fault = f"Keras counts to {ENGINE.LAST_COUNT}; {program.total} steps of {steps} micro-batches are more"
        raise UnsupportedError(Problem("backend.step_range", "", fault, "Shorten total."))
    return steps
