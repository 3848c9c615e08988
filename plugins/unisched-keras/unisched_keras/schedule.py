"""A program as Keras's own `LearningRateSchedule`: saved and loaded with the model, right in every mode.

A step that is a number takes the host path; a step that is being traced takes float64 inside the graph and is
rounded once on the way out. Both give the same float32.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import keras

from unisched.errors import Problem, StepError, shorten
from unisched.plugin import Capabilities, Form, Metric, Program, Replay, Source, State, StateSource
from unisched_keras.bound import LEFT_OUT, Group, bind
from unisched_keras.engine import ENGINE
from unisched_keras.evaluation import Evaluation, accumulation_of
from unisched_keras.reading import count_of, number
from unisched_keras.replay import rates_used

__all__ = ["FORM", "UnischedSchedule"]


@keras.saving.register_keras_serializable(package="unisched")
class UnischedSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule's learning rate for any Keras optimizer: a scalar float32 tensor at each step.

    `spec` is whatever `unisched.build` takes, with the same clock arguments. `state` continues an earlier run on
    an optimizer that starts counting at 0; a model loaded with its optimizer needs none. `group` is the param group
    whose schedule this is, `None` for what all others follow; a document with groups must be asked for one.
    `gradient_accumulation_steps` is that of the optimizer: Keras hands schedules the number of micro-batches.

    Raises `SpecError`, `StateError`, `UnsupportedError` and `BindingError` as `unisched.build` does.

    >>> schedule = UnischedSchedule({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> float(schedule(1))
    0.75
    """

    def __init__(
        self,
        spec: Source | Program,
        *,
        total: int | str | None = None,
        steps_per_epoch: int | None = None,
        samples_per_step: int | str | None = None,
        tokens_per_step: int | str | None = None,
        base: float | Mapping[str, float] | None = None,
        state: StateSource | None = None,
        group: Group = LEFT_OUT,
        gradient_accumulation_steps: int = 1,
    ) -> None:
        clock = {"total": total, "steps_per_epoch": steps_per_epoch, "samples_per_step": samples_per_step,
                 "tokens_per_step": tokens_per_step, "base": base}  # fmt: skip
        bound = bind(("schedule", FORM), spec, clock, state, group)
        self.program = bound.program
        self.group = bound.group
        self.gradient_accumulation_steps = accumulation_of(gradient_accumulation_steps, bound.program)
        self._start = bound.start
        self._rate = Evaluation(bound.program.born(bound.start.births), "learning_rate", bound.group,
                                offset=bound.start.step, accumulation=self.gradient_accumulation_steps)  # fmt: skip

    def __call__(self, step: Any) -> Any:
        """Give the rate at an optimizer's counter; a negative one, as left by an overflow, reads step 0.

        Raises `StepError` where `step` is no whole number.
        """
        step = step.value if isinstance(step, keras.Variable) else step
        if not _is_whole(step):
            raise StepError(Problem("step.type", "", f"step {shorten(repr(step))} is not a whole number",
                                    "Pass the optimizer's counter."))  # fmt: skip
        if ENGINE.is_traced(step):
            return self._rate.in_graph(step)
        value = self._rate.on_host(operator.index(number(step)))
        return keras.ops.convert_to_tensor(value, dtype="float32")

    def state(self, updates: int) -> State:
        """Give the portable state after so many updates of the optimizer."""
        return self._start.at(self._start.step + Program.checked_step(updates))

    def get_config(self) -> dict[str, Any]:
        """Give the program as JSON text, where it starts, and when late param groups appeared."""
        return {
            "program": self.program.to_json(),
            "offset": self._start.step,
            "births": dict(self._start.births),
            "group": self.group,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> UnischedSchedule:
        """Give the schedule that `get_config` described; nothing is imported by a name found there."""
        program = Program.from_json(config["program"])
        return cls(
            program,
            state=replace(program.start(), step=config["offset"], births=config.get("births", {})),
            group=config["group"],
            gradient_accumulation_steps=config["gradient_accumulation_steps"],
        )

    def __reduce__(self) -> tuple[Callable[..., UnischedSchedule], tuple[dict[str, Any]]]:
        return type(self).from_config, (self.get_config(),)

    def __repr__(self) -> str:
        group = "" if self.group is None else f", group {shorten(repr(self.group))}"
        return f"UnischedSchedule(learning_rate{group}, from step {self._start.step})"


def _is_whole(step: Any) -> bool:
    if hasattr(step, "dtype"):
        return bool(keras.backend.is_int_dtype(step.dtype))
    return isinstance(step, int) and not isinstance(step, bool)


def _emit(
    program: Program, state: State, /, *, group: str | None = None, gradient_accumulation_steps: int = 1
) -> UnischedSchedule:
    return UnischedSchedule(program, state=state, group=group, gradient_accumulation_steps=gradient_accumulation_steps)


def _replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    values, reached = {}, state
    for target in program.targets:
        schedule = UnischedSchedule(program, state=state, group=target.group)
        optimizer = keras.optimizers.SGD(schedule)
        values[target] = rates_used(optimizer, stop - state.step)
        reached = schedule.state(count_of(optimizer))
    return Replay(values, reached)


FORM: Final = Form(_emit, _replay, Capabilities(host=False, precision="float32", last_step=ENGINE.LAST_COUNT - 1))
