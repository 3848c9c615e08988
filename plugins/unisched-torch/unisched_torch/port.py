"""A scheduler's door for metrics, as the class by which Lightning and the Trainer of Transformers know one.

It keeps nothing of its own: observations go to the scheduler, and its state is the scheduler's.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, Protocol, SupportsFloat

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from unisched.plugin import Metric, Program, State, memory, one_number, one_watched, watching

__all__ = ["MetricPort"]


class _Observing(Protocol):
    optimizer: Optimizer
    last_epoch: int

    @property
    def program(self) -> Program: ...
    def observe(self, metric: Metric) -> None: ...
    def state(self) -> State: ...
    def get_last_lr(self) -> list[float | Tensor]: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: dict[str, Any]) -> None: ...


class MetricPort(ReduceLROnPlateau):
    """A `ReduceLROnPlateau` whose `step(metric)` lets a `UnischedLR` observe; made by its `metric_port`.

    The steps of the schedule are made by others: by the host, which steps the `UnischedLR` beside it, or by the
    optimizer, with `driver="optimizer"`. Saving and loading both, in any order, is the same as saving either.
    `last_epoch` counts the observations made here.

    >>> import torch
    >>> from unisched_torch import UnischedLR
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    >>> plateau = {"base": 0.1, "curve": {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}}
    >>> port = UnischedLR(optimizer, plateau).metric_port()
    >>> port.step(0.3); port.step(0.4)
    >>> port.get_last_lr()
    [0.05]
    """

    def __init__(self, scheduler: _Observing, monitor: str | None = None) -> None:
        self.scheduler, self.monitor = scheduler, one_watched(scheduler.program.monitors, monitor)
        self.optimizer = scheduler.optimizer
        self.last_epoch = 0
        self._fed, self._has_warned = (scheduler.last_epoch, math.nan), False
        self._twins: int | None = None

    def step(self, metrics: SupportsFloat | None = None, epoch: int | None = None) -> None:  # type: ignore[override]
        """Observe a metric, already reduced over processes; raise `StepError` for what is none, and for none at all."""
        # DeepSpeed would answer the TypeError for a missing argument by the size of the batch.
        metric = one_number(metrics, self.monitor)
        self.scheduler.observe({self.monitor: metric})
        self.last_epoch += 1
        self._notice_twins(metric)

    @property
    def best(self) -> float:  # type: ignore[override]
        """The best metric so far, under torch's name for it; infinite before the first."""
        return float(self._memory.best)

    @property
    def num_bad_epochs(self) -> int:  # type: ignore[override]
        """How many observations in a row were no better, under torch's name for it."""
        return int(self._memory.bad)

    @property
    def cooldown_counter(self) -> int:  # type: ignore[override]
        """How many observations are still not counted after a drop, under torch's name for it."""
        return int(self._memory.cooldown)

    def get_last_lr(self) -> list[float | Tensor]:
        """Give the learning rates in force for the next update."""
        return self.scheduler.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """Give the state of the scheduler."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state of the scheduler."""
        self.scheduler.load_state_dict(state_dict)

    def _notice_twins(self, metric: float) -> None:
        # Once may be somebody who tries things out; a host does it at each evaluation.
        fed, before = (self.scheduler.last_epoch, metric), self._fed
        self._fed = fed
        if fed != before:
            return
        first, self._twins = self._twins, fed[0]
        if first is None or first == fed[0] or self._has_warned:
            return
        self._has_warned = True
        warnings.warn(f"{self.monitor} was observed twice at step {first} and at step {fed[0]}, both times as one "
                      "number: patience counts observations, and each evaluation is one. accelerate feeds what it "
                      "has prepared once for each process: do not prepare the port.",
                      UserWarning, stacklevel=3)  # fmt: skip

    @property
    def _memory(self) -> memory.Memory:
        # The first of those that watch the metric speaks for all.
        program, feedback = self.scheduler.program, self.scheduler.state().feedback
        known = watching.recalled(program.body, feedback)
        return next(held for one, held in zip(program.controllers, known, strict=True) if one.monitor == self.monitor)
