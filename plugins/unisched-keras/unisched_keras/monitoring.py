"""The metrics in Keras's logs that a schedule watches, and the callback that hands them to an optimizer.

Keras calls callbacks in the order of their list, so a metric of the validation is observed as soon as it is known:
a backup at the end of the epoch holds it, wherever in the list it stands.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Final, Protocol

import keras

from unisched.errors import shorten
from unisched.plugin import Metric, Monitor, Program, logged_names, one_number

__all__ = ["EpochMetrics", "MetricMonitor", "Observing"]

_VALIDATION: Final = "val_"


class Observing(Protocol):
    """An optimizer that takes metrics."""

    @property
    def program(self) -> Program:
        """What it follows."""

    def observe(self, metric: Metric) -> None:
        """Take metrics by name."""


class EpochMetrics:
    """What of an epoch's metrics has not been observed yet; `names` are those in the logs, by the schedule's own.

    A metric that an epoch does not log is not observed, which is said once.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._awaited: dict[str, str] = {}
        self._has_warned = False

    def begin(self) -> None:
        """Await all of them."""
        self._awaited = dict(self._names)

    def taken(self, logs: Mapping[str, Any]) -> dict[str, float]:
        """Give what the logs hold of what is awaited, by the schedule's own names, and await it no longer.

        Raises `StepError` for what is not one number.
        """
        found = {name: one_number(logs[logged], logged) for name, logged in self._awaited.items() if logged in logs}
        self._awaited = {name: logged for name, logged in self._awaited.items() if name not in found}
        return found

    def end(self, logs: Mapping[str, Any]) -> None:
        """Await nothing; say so, once, where something has not come."""
        absent = ", ".join(shorten(repr(logged)) for logged in self._awaited.values())
        self._awaited = {}
        if not absent or self._has_warned:
            return
        self._has_warned = True
        logged = ", ".join(logs) or "nothing"
        warnings.warn(f"the schedule watches {absent}, which this epoch does not log (logged: {logged})", stacklevel=3)


class MetricMonitor(keras.callbacks.Callback):
    """Observes metrics in an optimizer's stead, once an epoch: those of the validation when it ends, others with it."""

    def __init__(self, optimizer: Observing, monitor: Monitor = None) -> None:
        super().__init__()
        self._optimizer = optimizer
        self._metrics = EpochMetrics(logged_names(optimizer.program.monitors, monitor))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Await the metrics of an epoch."""
        self._metrics.begin()

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Observe the metrics of the validation inside an epoch; an evaluation by itself is none."""
        self._observe({f"{_VALIDATION}{name}": value for name, value in (logs or {}).items()})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Observe what is left of the metrics of the epoch."""
        self._observe(logs or {})
        self._metrics.end(logs or {})

    def _observe(self, logs: Mapping[str, Any]) -> None:
        found = self._metrics.taken(logs)
        if found and self.model is not None:  # reading it ends what JAX has in flight
            self._optimizer.observe(found)
