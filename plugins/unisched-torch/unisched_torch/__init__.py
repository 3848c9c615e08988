"""unisched schedules as native torch learning-rate schedulers.

`unisched.build(spec, "torch", optimizer=optimizer)` gives a `UnischedLR`; without an optimizer it gives a
`SchedulerFactory`. Both are found through the entry point of this distribution, which is `backend`.
"""

from __future__ import annotations

from unisched_torch.backend import backend
from unisched_torch.factory import SchedulerFactory
from unisched_torch.scheduler import UnischedLR

__all__ = ["SchedulerFactory", "UnischedLR", "backend"]
