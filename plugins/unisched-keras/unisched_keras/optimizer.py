"""A program as a Keras optimizer: the one that is given, made anew as the scheduled class of its own class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import keras

from unisched.errors import BindingError, Problem, shorten
from unisched.plugin import Capabilities, Form, Metric, Program, Replay, State, Target
from unisched_keras.classes import WRAPPERS, class_for, class_of
from unisched_keras.engine import ENGINE
from unisched_keras.recording import Recording
from unisched_keras.replay import Feeding, trained
from unisched_keras.scheduled import ScheduledOptimizer

__all__ = ["FORM"]

_UNCONFIGURED: Final = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")
"""What a user sets on an optimizer and its configuration leaves out."""


def _emit(program: Program, state: State, /, *, optimizer: Any, group: str | None = None) -> ScheduledOptimizer:
    made: ScheduledOptimizer = _class_for(optimizer).from_config(  # type: ignore[attr-defined]
        optimizer.get_config() | {"schedule": _schedule(program, state, group)}
    )
    for name in _UNCONFIGURED:
        if name in optimizer.__dict__:
            made.__dict__[name] = optimizer.__dict__[name]
    return made


def _schedule(program: Program, state: State, group: str | None) -> dict[str, Any]:
    return {"program": program.to_json(), "start": state.to_json(), "group": group}


def _class_for(optimizer: Any) -> type:
    name, found = type(optimizer).__name__, class_for(optimizer)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        fault, remedy = f"{shorten(repr(optimizer))} is no Keras optimizer", "Pass one, as in keras.optimizers.AdamW()."
    elif isinstance(optimizer, WRAPPERS):
        fault, remedy = f"{name} wraps other optimizers", "Schedule what it wraps, and wrap that."
    elif isinstance(optimizer, ScheduledOptimizer):
        fault, remedy = f"{name} follows a schedule already", "Pass the Keras optimizer that it was built from."
    elif optimizer.built:
        fault = f"{name} has been built for its weights, and they would be lost"
        remedy = "Pass a new one; to go on with an earlier run, load its model, or pass state=."
    elif found is None:
        fault = f"{name} is not one of Keras's own classes"
        remedy = f"Call unisched_keras.scheduled({name}) where it is defined."
    else:
        return found
    raise BindingError(Problem("keras.optimizer", "", fault, remedy))


def _replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    values: dict[Target, list[float]] = {}
    reached = state
    for group in dict.fromkeys(target.group for target in program.targets):
        columns = [name for name in program.hyperparameters if program.resolve(name, group) is not None]
        optimizer = _recorder(program, state, group, columns)
        used = trained(optimizer, stop - state.step, [Feeding(optimizer, state.step, metrics)], len(columns))
        for name, column in zip(columns, used.T.tolist(), strict=True):
            target = program.resolve(name, group)
            if target is not None and target.group == group:
                values[target] = column
        reached = optimizer.state()
    return Replay(values, reached)


def _recorder(program: Program, state: State, group: str | None, columns: list[str]) -> ScheduledOptimizer:
    """Give plain SGD where its weights show all there is to see, else an optimizer that writes down what it reads."""
    if columns == ["learning_rate"]:
        return _emit(program, state, optimizer=keras.optimizers.SGD(1.0), group=group)
    recording = class_of(Recording, *Recording.attributes_of(columns))
    made: ScheduledOptimizer = recording(columns=columns, schedule=_schedule(program, state, group))
    return made


FORM: Final = Form(
    _emit,
    _replay,
    Capabilities(hyperparameters=None, feedback=True, host=False, precision="float32", last_step=ENGINE.LAST_COUNT - 1),
)
