"""unisched schedules as native Keras 3 objects, on the TensorFlow, JAX and torch engines.

Import this module before loading a model saved with an `UnischedSchedule`. Only Keras and the engine in use
are imported.
"""

from __future__ import annotations

from unisched_keras.backend import backend
from unisched_keras.callback import UnischedCallback
from unisched_keras.portable import state
from unisched_keras.schedule import UnischedSchedule

__all__ = ["UnischedCallback", "UnischedSchedule", "backend", "state"]
