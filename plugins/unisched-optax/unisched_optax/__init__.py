"""The optax backend: unisched schedules as native optax schedules.

`unisched.build(spec, "optax")` gives a `Schedules`: a mapping from optax's argument names to schedules, and
itself the learning-rate schedule.
"""

from __future__ import annotations

from unisched_optax.inject import inject
from unisched_optax.observe import observe
from unisched_optax.optax_backend import backend
from unisched_optax.schedule import Schedule
from unisched_optax.schedules import Schedules, StatefulSchedules
from unisched_optax.stateful import StatefulSchedule

__all__ = ["Schedule", "Schedules", "StatefulSchedule", "StatefulSchedules", "backend", "inject", "observe"]
