"""What the attributes of one optimizer read: the value of the update to come, or what they are told to show.

While a step is compiled, every read of an attribute gives the same traced scalar. Knows counters and variables,
no optimizer's formulas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

from unisched_keras.bound import Bound
from unisched_keras.engine import ENGINE
from unisched_keras.evaluation import Evaluation, accumulation_of
from unisched_keras.factors import factors_of
from unisched_keras.reading import array, number

__all__ = ["Followed"]


class Followed:
    """The schedules that an optimizer follows: `hyperparameters` by attribute, `counter` its variable.

    `parts` holds the factors of the program's controllers, `None` where it has none.
    """

    def __init__(self, bound: Bound, hyperparameters: Mapping[str, str], accumulation: int | None) -> None:
        steps = accumulation_of(accumulation or 1, bound.program)
        self.bound = bound
        self.attributes = frozenset(hyperparameters)
        born = bound.program.born(bound.start.births)
        self._evaluations = {
            attribute: Evaluation(born, name, bound.group, offset=bound.start.step, accumulation=steps)
            for attribute, name in hyperparameters.items()
        }
        self._shown: list[Mapping[str, Any]] = []

    @contextmanager
    def showing(self, values: Mapping[str, Any]) -> Iterator[None]:
        """Let the attributes read `values`; what is not in them reads as before.

        Replicas of one strategy enter in turn and leave in the same order, in one graph: any of theirs will do.
        """
        self._shown.append(values)
        try:
            yield
        finally:
            self._shown.pop()

    def read(self, attribute: str, counter: Any, parts: Any) -> Any:
        """Give what the attribute reads: a float, or a float32 scalar where the counter is being traced."""
        for shown in reversed(self._shown):
            if attribute in shown:
                return shown[attribute]
        return self._value(attribute, counter, parts)

    def values(self, counter: Any, parts: Any) -> dict[str, Any]:
        """Give the value of every attribute at the counter."""
        return {attribute: self._value(attribute, counter, parts) for attribute in self._evaluations}

    def _value(self, attribute: str, counter: Any, parts: Any) -> Any:
        evaluation = self._evaluations[attribute]
        step = counter.value if isinstance(counter, keras.Variable) else counter
        if ENGINE.is_traced(step):
            held = None if parts is None else keras.ops.convert_to_tensor(parts)
            return evaluation.in_graph(step, held)
        reached = factors_of(array(parts)) if evaluation.needs_metric else ()
        return float(evaluation.on_host(int(number(step)), reached))
