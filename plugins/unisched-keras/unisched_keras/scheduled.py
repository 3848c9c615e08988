"""What an optimizer whose hyperparameters follow a schedule has besides its Keras class.

Its attributes read the value of the update to come, whatever compiles the step. Knows no optimizer's formulas, except
that a momentum of 0 is still one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import keras

from unisched.errors import BindingError, Problem, shorten
from unisched.plugin import Metric, Monitor, Program, State, resume, watching
from unisched_keras.attributes import attributes_of, own_name
from unisched_keras.bound import Bound
from unisched_keras.factors import feedback_of, parts_of, words_of
from unisched_keras.following import Followed
from unisched_keras.monitoring import MetricMonitor
from unisched_keras.reading import array, count_of, number

__all__ = ["Attribute", "ScheduledOptimizer"]

_RATE: Final = "learning_rate"


class ScheduledOptimizer(keras.optimizers.Optimizer):
    """What the scheduled classes have besides their Keras class; `unisched.build` makes their optimizers.

    Attributes that follow the schedule read the value of the update to come and cannot be set. All other attributes,
    and training, saving and loading, are as in the Keras class.
    """

    scheduled_names: ClassVar[frozenset[str]]

    def __init__(self, *arguments: Any, schedule: Mapping[str, Any], **named: Any) -> None:
        super().__init__(*arguments, **named)
        program = Program.from_json(schedule["program"])
        bound = Bound(program, resume(program, schedule["start"]), schedule["group"])
        hyperparameters = attributes_of(self, program, bound.group)
        watching.check_bases(program.body, watching.bases(program.body, {}))
        words, parts = words_of(program, bound.start), parts_of(program.factors(bound.start))
        has_feedback = bool(program.controllers)
        self._words: Any = self._held(words, "int32", "feedback_memory") if has_feedback else None
        self._parts: Any = self._held(parts, "float32", "feedback_factors") if has_feedback else None
        if _RATE in hyperparameters:
            self._given_rate = self._float_rate()
            _NATIVE_RATE.fset(self, _Rate(self._rate_at))
        self._followed = Followed(bound, hyperparameters, self.gradient_accumulation_steps)

    @property
    def program(self) -> Program:
        """The program that the optimizer follows."""
        return self._followed.bound.program

    @property
    def learning_rate(self) -> Any:
        """The rate of the update to come; settable where no schedule has it."""
        return self._get_current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        if _follows(self, _RATE):
            raise _owned(self, _RATE, rate)
        _NATIVE_RATE.fset(self, rate)

    def state(self) -> State:
        """Give the portable state: where the updates so far have led, and what the controllers remember."""
        start = self._followed.bound.start
        reached = start.at(start.step + max(count_of(self), 0))
        if self._words is None:
            return reached
        return replace(reached, feedback=feedback_of(self.program, array(self._words)))

    def observe(self, metric: Metric) -> None:
        """Take a metric, or several by name, already reduced over processes, before the update that is to feel it.

        To be called between batches or epochs; inside `fit` from a callback, after it has read `self.model`. Raises
        `StepError` for what is no metric that the schedule watches.
        """
        after = self.state().observe(self.program, metric)
        self._words.assign(words_of(self.program, after))
        self._parts.assign(parts_of(self.program.factors(after)))

    def monitor(self, monitor: Monitor = None) -> MetricMonitor:
        """Give a Keras callback that observes the metrics in the logs at the end of each epoch.

        `monitor` is the name of the metric in the logs where the schedule calls it otherwise, or by its own names
        those in the logs, where they differ; one that it maps to `None` is left to `observe`. Raises `BindingError`
        for a metric that nothing watches.
        """
        return MetricMonitor(self, monitor)

    def build(self, variables: Any) -> None:
        """Make the optimizer's variables, those of a momentum too where it is 0 now."""
        with self._followed.showing(self._own() | {"momentum": 1.0}):
            super().build(variables)

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Make one update, or take in one micro-batch, with the values of the update to come."""
        values = self._followed.values(self._iterations, self._parts)
        with self._followed.showing(values):
            super().apply(grads, trainable_variables)

    def get_config(self) -> dict[str, Any]:
        """Give the configuration of the Keras class, and the schedule as JSON text."""
        with self._followed.showing(self._own()):
            config: dict[str, Any] = super().get_config()
        if _follows(self, _RATE):
            config[_RATE] = self._given_rate
        bound = self._followed.bound
        start = replace(bound.start, spec=None).to_json()  # the program has the document
        return config | {"schedule": {"program": bound.program.to_json(), "start": start, "group": bound.group}}

    def _rate_at(self, counter: Any) -> Any:
        return self._followed.read(_RATE, counter, self._parts)

    def _float_rate(self) -> float:
        if isinstance(self._learning_rate, keras.Variable):
            return float(number(self._learning_rate))
        fault = f"the document schedules the learning rate, and {own_name(self)} was built with a schedule of its own"
        raise BindingError(Problem("keras.learning_rate", "", fault, "Build it with a float, as in SGD(0.1)."))

    def _own(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self._followed.attributes - {_RATE}}

    def _held(self, values: Any, dtype: str, name: str) -> Any:
        variable = self.add_variable(values.shape, "zeros", dtype, aggregation="only_first_replica", name=name)
        variable.assign(values)
        return variable


class Attribute:
    """An attribute that reads the schedule where it follows one, and is an attribute like any other where not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, optimizer: Any, owner: type) -> Any:
        if optimizer is None:
            return self
        held = optimizer.__dict__
        if _follows(optimizer, self._name):
            return held["_followed"].read(self._name, held["_iterations"], held["_parts"])
        if self._name not in held:
            raise AttributeError(f"{own_name(optimizer)!r} object has no attribute {self._name!r}")
        return held[self._name]

    def __set__(self, optimizer: Any, value: Any) -> None:
        if _follows(optimizer, self._name):
            raise _owned(optimizer, self._name, value)
        optimizer.__dict__[self._name] = value


class _Rate(keras.optimizers.schedules.LearningRateSchedule):
    """The rate of an optimizer as Keras asks for it: as a scalar float32 tensor at its counter."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def __call__(self, step: Any) -> Any:
        return keras.ops.convert_to_tensor(self._read(step), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {}  # the optimizer's own holds all


_NATIVE_RATE: Final = keras.optimizers.Optimizer.learning_rate


def _follows(optimizer: Any, attribute: str) -> bool:
    followed = optimizer.__dict__.get("_followed")
    return followed is not None and attribute in followed.attributes


def _owned(optimizer: Any, attribute: str, value: Any) -> BindingError:
    fault = f"{attribute!r} of {own_name(optimizer)} follows its schedule, and was set to {shorten(repr(value))}"
    return BindingError(Problem("keras.attribute", "", fault, "Change the document and build anew, or build an "
                                "optimizer without this schedule."))  # fmt: skip
