"""unisched schedules as native Keras 3 objects, on the TensorFlow, JAX and torch engines.

Import this module before loading a model saved with an `UnischedSchedule` or a scheduled optimizer. Only Keras and
the engine in use are imported.
"""

from __future__ import annotations

from unisched_keras.backend import backend
from unisched_keras.callback import UnischedCallback
from unisched_keras.classes import scheduled
from unisched_keras.portable import state
from unisched_keras.schedule import UnischedSchedule
from unisched_keras.scheduled import ScheduledOptimizer

__all__ = ["ScheduledOptimizer", "UnischedCallback", "UnischedSchedule", "backend", "scheduled", "state"]
