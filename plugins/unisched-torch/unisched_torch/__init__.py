"""unisched schedules as native torch learning-rate schedulers.

`unisched.build(spec, "torch", optimizer=optimizer)` gives a `UnischedLR`; without an optimizer it gives a
`SchedulerFactory`. Both are found through the entry point of this distribution, which is `backend`.
"""

from __future__ import annotations

from unisched_torch.backend import backend
from unisched_torch.factory import SchedulerFactory
from unisched_torch.lightning import lightning
from unisched_torch.port import MetricPort
from unisched_torch.ranks import assert_ranks_agree
from unisched_torch.scheduler import UnischedLR
from unisched_torch.trainer import ScheduledTrainer

__all__ = [
    "MetricPort",
    "ScheduledTrainer",
    "SchedulerFactory",
    "UnischedLR",
    "assert_ranks_agree",
    "backend",
    "lightning",
]
