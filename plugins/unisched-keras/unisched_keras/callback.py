"""A program as a Keras callback that sets a float learning rate before every batch, and records what was used.

The rate is a variable, so compiled steps see it on every engine. Values are the host's; metrics come from the logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import keras

from unisched.errors import BindingError, Problem, shorten
from unisched.plugin import (
    Capabilities,
    Form,
    Metric,
    Monitor,
    Program,
    Replay,
    Source,
    State,
    StateSource,
    logged_names,
    watching,
)
from unisched_keras.bound import LEFT_OUT, Group, bind
from unisched_keras.engine import ENGINE
from unisched_keras.monitoring import EpochMetrics
from unisched_keras.reading import count_of, rate_of
from unisched_keras.replay import Feeding, rates_set
from unisched_keras.rounding import float32

__all__ = ["FORM", "UnischedCallback"]


class UnischedCallback(keras.callbacks.Callback):
    """A schedule's learning rate, set before each batch from the optimizer's count of updates.

    `spec` is whatever `unisched.build` takes, with the same clock arguments. `state` continues an earlier run, on an
    optimizer that starts counting at 0 or was loaded with the updates of that run; where no metric is watched, a
    loaded one needs no state. `group` is the param group whose schedule this is, `None` for what all others follow; a
    document with groups must be asked for one. `monitor` is the name in the logs of the metric that is watched, where
    the schedule calls it otherwise, or by the schedule's names those in the logs, where they differ; one that it maps
    to `None` is not read from the logs, and left to `observe`.

    `history["learning_rate"]` holds the rate of every batch trained, over all calls of `fit`; at the end of an
    epoch the logs get the last one. The optimizer must be compiled with a float, which this callback then owns.

    Raises `SpecError`, `StateError`, `UnsupportedError` and `BindingError` as `unisched.build` does, and
    `BindingError` when training begins with an optimizer whose rate cannot be set batch by batch.

    >>> callback = UnischedCallback({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> callback.history
    {'learning_rate': []}
    """

    def __init__(
        self,
        spec: Source | Program,
        *,
        total: int | str | None = None,
        steps_per_epoch: int | None = None,
        samples_per_step: int | str | None = None,
        tokens_per_step: int | str | None = None,
        base: float | Mapping[str, float] | None = None,
        state: StateSource | None = None,
        group: Group = LEFT_OUT,
        monitor: Monitor = None,
    ) -> None:
        super().__init__()
        clock = {"total": total, "steps_per_epoch": steps_per_epoch, "samples_per_step": samples_per_step,
                 "tokens_per_step": tokens_per_step, "base": base}  # fmt: skip
        bound = bind(("callback", FORM), spec, clock, state, group)
        watching.check_bases(bound.program.body, watching.bases(bound.program.body, {}))
        self.program = bound.program
        self.group = bound.group
        self.history: dict[str, list[float]] = {"learning_rate": []}
        self._metrics = EpochMetrics(logged_names(bound.program.monitors, monitor))
        self._offset: int | None = None
        self._reached = bound.start
        self._factors = bound.program.factors(bound.start)
        born = bound.program.born(bound.start.births)
        self._rate = born.function("learning_rate", bound.group, factors=self._factors)
        self._is_training = False

    def state(self) -> State:
        """Give the portable state: where the optimizer stood after the last batch, and what has been observed."""
        return self._reached

    def observe(self, metric: Metric) -> None:
        """Take a metric, or several by name, already reduced over processes; the next batch feels it.

        The metrics that the logs hold at the end of an epoch are observed without it. Raises `StepError` for what is
        no metric that the schedule watches.
        """
        self._reached = self._reached.observe(self.program, metric)
        self._factors[:] = self.program.factors(self._reached)
        if self._is_training:  # whichever callback is called first
            self._set(self.model.optimizer)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Refuse a model whose rate cannot be set before every batch; nothing has been trained yet."""
        model = self.model
        if not isinstance(getattr(model.optimizer, "learning_rate", None), keras.Variable):
            raise _refused(f"the optimizer {model.optimizer.name!r} was built without a float learning rate",
                           'Compile with a float, as in SGD(0.1), or use form="schedule".')  # fmt: skip
        if model.steps_per_execution > 1:
            raise _refused(f"steps_per_execution={model.steps_per_execution} shows callbacks no single batch",
                           'Compile with 1, or use form="schedule".')  # fmt: skip

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Await the metrics of an epoch."""
        self._metrics.begin()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Set the rate of the update to come; raises `StepError` past the end of an `"after": "error"` schedule."""
        self._is_training = True
        optimizer = self.model.optimizer
        if self._offset is None:  # not before: a backup may be restored after this callback's turn at the beginning
            self._offset = _offset(max(count_of(optimizer), 0), self._reached.step)
        self._set(optimizer)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record the rate that the batch was trained with."""
        optimizer = self.model.optimizer
        self._is_training = False
        self.history["learning_rate"].append(rate_of(optimizer))
        self._reached = self._reached.at(self._position(optimizer))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Observe the metrics of the epoch, and put the rate of its last batch into the logs, as Keras's own do."""
        found = self._metrics.taken(logs or {})
        self._metrics.end(logs or {})
        if found:
            self.observe(found)
        if logs is not None and self.history["learning_rate"]:
            logs["learning_rate"] = self.history["learning_rate"][-1]

    def _set(self, optimizer: Any) -> None:
        optimizer.learning_rate = float32(self._rate(self._position(optimizer)))

    def _position(self, optimizer: Any) -> int:
        return (self._offset or 0) + max(count_of(optimizer), 0)

    def __repr__(self) -> str:
        group = "" if self.group is None else f", group {shorten(repr(self.group))}"
        return f"UnischedCallback(learning_rate{group}, at step {self._reached.step})"


def _offset(made: int, start: int) -> int:
    """Give what the optimizer's counter lacks: all of a state's step, or none of it."""
    if made and start not in (0, made):
        fault = f"the optimizer has made {made} updates, and the state is of step {start}"
        raise BindingError(Problem("keras.updates", "", fault, "Pass the state that was saved with the optimizer, or "
                                   "compile with a new one."))  # fmt: skip
    return start - made if start else 0


def _refused(fault: str, remedy: str) -> BindingError:
    fault = f"the callback sets the rate of every batch, and {fault}"
    return BindingError(Problem("keras.learning_rate", "", fault, remedy))


def _emit(program: Program, state: State, /, *, group: str | None = None, monitor: Monitor = None) -> UnischedCallback:
    return UnischedCallback(program, state=state, group=group, monitor=monitor)


def _replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    values, reached, unheard = {}, state, dict.fromkeys(program.monitors) or None
    for target in program.targets:
        callback = UnischedCallback(program, state=state, group=target.group, monitor=unheard)
        feeding = Feeding(callback, state.step, metrics)
        values[target] = rates_set(stop - state.step, [callback, feeding])
        reached = callback.state()
    return Replay(values, reached)


FORM: Final = Form(
    _emit, _replay, Capabilities(feedback=True, host=True, precision="float32", last_step=ENGINE.LAST_COUNT - 1)
)
