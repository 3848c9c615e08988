"""Keras schedules on whatever engine the process runs Keras: called, and traced as that engine traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import numpy as np
from unisched_keras import UnischedSchedule

from numerics.case import Case
from numerics.mode import Given, Mode

__all__ = ["MODES"]

ENGINE: Final = keras.config.backend()


def _eager(cases: Sequence[Case]) -> Given:
    name = f"keras {ENGINE}, eager"
    return {name: [_called(UnischedSchedule(case.program), case.steps.tolist()) for case in cases]}


def _called(schedule: Callable[[Any], Any], steps: Sequence[int]) -> Any:
    return np.array([float(schedule(step)) for step in steps], np.float32)


def _traced() -> tuple[Mode, ...]:
    match ENGINE:
        case "jax":
            from numerics.modes import keras_on_jax

            return keras_on_jax.MODES
        case "tensorflow":
            from numerics.modes import keras_on_tensorflow

            return keras_on_tensorflow.MODES
        case _:
            from numerics.modes import keras_on_torch

            return keras_on_torch.MODES


MODES: Final = (Mode(gives={f"keras {ENGINE}, eager": "float32"}, run=_eager), *_traced())
