"""The portable state of a Keras optimizer that follows a schedule, as its rate or as its class."""

from __future__ import annotations

from typing import Any

import keras

from unisched.errors import BindingError, Problem
from unisched.plugin import State
from unisched_keras.reading import count_of
from unisched_keras.schedule import UnischedSchedule
from unisched_keras.scheduled import ScheduledOptimizer

__all__ = ["state"]


def state(optimizer: Any) -> State:
    """Give the state that any backend continues from: the optimizer's updates on top of where its schedule starts.

    What a scheduled optimizer has observed is in it. Raises `BindingError` where the optimizer follows no schedule of
    ours, or an `UnischedSchedule` that divides its counter by another number of micro-batches than it accumulates.

    >>> schedule = UnischedSchedule({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> state(keras.optimizers.SGD(schedule)).step
    0
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(optimizer, ScheduledOptimizer):
        return optimizer.state()
    schedule = _schedule(optimizer)
    accumulated = optimizer.gradient_accumulation_steps or 1
    if schedule.gradient_accumulation_steps != accumulated:
        fault = f"the optimizer accumulates {accumulated} micro-batches, its schedule was told "
        raise BindingError(Problem("keras.accumulation", "", f"{fault}{schedule.gradient_accumulation_steps}",
                                   f"Build the schedule with gradient_accumulation_steps={accumulated}."))  # fmt: skip
    return schedule.state(count_of(optimizer))


def _schedule(optimizer: Any) -> UnischedSchedule:
    rate = optimizer.get_config().get("learning_rate")
    found = keras.saving.deserialize_keras_object(rate) if isinstance(rate, dict) else rate
    if not isinstance(found, UnischedSchedule):
        fault = f"optimizer {optimizer.name!r} follows no UnischedSchedule"
        raise BindingError(Problem("keras.learning_rate", "", fault,
                                   "Build it with one, or ask the callback for its state()."))  # fmt: skip
    return found
