"""The embedded backend: schedules as plain functions, and a scheduler for loops without a framework.

Found through the same entry-point group as a stranger's plugin, and checked by the same conformance kit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from unisched import watching
from unisched.backend import CONTRACT, Backend, Capabilities, Form, Replay
from unisched.ir import Target
from unisched.metric import Metric
from unisched.packing import LAST
from unisched.program import Program
from unisched.state import State
from unisched.steps import checked_step

__all__ = ["ScheduleFunction", "Scheduler", "backend"]


class ScheduleFunction:
    """A schedule as a function of the step: an int gives a float, an integer array a float64 array of its shape.

    Steps count from the state it was built with. Picklable; equal functions of equal programs are equal.
    """

    __slots__ = ("_program", "_state")

    def __init__(self, program: Program, state: State) -> None:
        self._program, self._state = program.born(state.births), state

    @overload
    def __call__(self, steps: int, target: str = ..., group: str | None = ...) -> float: ...
    @overload
    def __call__(
        self, steps: npt.NDArray[np.integer[Any]], target: str = ..., group: str | None = ...
    ) -> npt.NDArray[np.float64]: ...
    def __call__(
        self, steps: int | npt.NDArray[np.integer[Any]], target: str | None = None, group: str | None = None
    ) -> float | npt.NDArray[np.float64]:
        """Give the value at `steps` updates from the start; raise `StepError` for a negative or fractional step.

        In an array the counts stay where 64 bits end: a step beyond 2^62 reads that step.
        `target` may be left out where only one hyperparameter is scheduled, or the learning rate is.
        """
        name = _only(self._program) if target is None else target
        if isinstance(steps, np.ndarray) and steps.ndim:
            if not np.issubdtype(steps.dtype, np.integer) or (steps.size and int(steps.min()) < 0):
                return self._program(steps, name, group)
            return self._program(_counted_on(steps, self._state.step), name, group)
        return self._program(checked_step(steps) + self._state.step, name, group)

    def state(self, steps: int = 0) -> State:
        """Give the portable state after `steps` updates."""
        return self._state.at(self._state.step + checked_step(steps))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScheduleFunction) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"ScheduleFunction({', '.join(self._program.hyperparameters)}, from step {self._state.step})"

    @property
    def _key(self) -> tuple[Program, int]:
        return self._program, self._state.step


class Scheduler:
    """A scheduler for loops without a framework: read `value`, make the update, call `step`; `observe` metrics."""

    def __init__(self, program: Program, state: State) -> None:
        self._program, self._state = program.born(state.births), state
        self._bases = watching.bases(program.body, state.base)
        self._memories = watching.recalled(program.body, state.feedback)
        self._factors = watching.reached(program.body, self._memories, self._bases)
        self._listener = watching.Listener(program.body, program.windows, self._bases)
        self._functions: dict[tuple[str, str | None], Callable[[int], float]] = {}

    def value(self, target: str | None = None, group: str | None = None) -> float:
        """Give the value that the next update uses."""
        name = _only(self._program) if target is None else target
        known = self._functions.get((name, group))
        if known is None:
            known = self._functions[name, group] = self._program.function(name, group, factors=self._factors)
        return known(self._state.step)

    def observe(self, metric: Metric) -> None:
        """Take a metric, or several by name, already reduced over processes; the next update feels it.

        Raises `StepError` for what is no metric that the schedule watches.
        """
        before, self._memories = self._memories, self._listener.after(self._memories, self._state.step, metric)
        if any(new.mark != old.mark for new, old in zip(self._memories, before, strict=True)):
            self._factors[:] = watching.reached(self._program.body, self._memories, self._bases)

    def step(self) -> None:
        """Say that one optimizer update was made."""
        self._state = self._state.at(self._state.step + 1)

    def advance(self, *, tokens: int | None = None, samples: int | None = None, epochs: int | None = None) -> None:
        """Move by whole steps' worth of `tokens`, `samples` or `epochs` (exactly one), and keep the remainder."""
        self._state = self._state.advanced(self._program.clock, tokens=tokens, samples=samples, epochs=epochs)

    def state(self) -> State:
        """Give the portable state."""
        return replace(self._state, feedback=watching.written(self._program.body, self._memories))

    def __getstate__(self) -> tuple[Program, State]:
        return self._program, self.state()

    def __setstate__(self, kept: tuple[Program, State]) -> None:
        # Closures do not pickle; they are made anew from the program.
        Scheduler.__init__(self, *kept)

    def __repr__(self) -> str:
        return f"Scheduler({', '.join(self._program.hyperparameters)}, at step {self._state.step})"


def _only(program: Program) -> str:
    names = program.hyperparameters
    if "learning_rate" in names or len(names) != 1:
        return "learning_rate"
    return names[0]


def _counted_on(steps: npt.NDArray[np.integer[Any]], start: int) -> npt.NDArray[np.integer[Any]]:
    if start == 0:
        return steps
    # Unsigned, every integer type holds the bound; the sum then stays within int64.
    held = steps.astype(np.uint64)
    np.minimum(held, np.uint64(max(LAST - start, 0)), out=held)
    counted = held.view(np.int64)
    counted += start
    return counted


def _emit_function(program: Program, state: State, /) -> ScheduleFunction:
    return ScheduleFunction(program, state)


def _emit_scheduler(program: Program, state: State, /) -> Scheduler:
    return Scheduler(program, state)


def _replay_function(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    function = _emit_function(program, state)
    steps = np.arange(stop - state.step)
    values = {target: function(steps, *target).tolist() for target in program.targets}
    return Replay(values, function.state(len(steps)))


def _replay_scheduler(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    scheduler = _emit_scheduler(program, state)
    values: dict[Target, list[float]] = {target: [] for target in program.targets}
    for step in range(state.step, stop):
        if step in metrics:
            scheduler.observe(metrics[step])
        for target, used in values.items():
            used.append(scheduler.value(*target))
        scheduler.step()
    return Replay(values, scheduler.state())


_ABLE = Capabilities(hyperparameters=None, groups=True)
_OBSERVING = Capabilities(hyperparameters=None, groups=True, feedback=True)

backend = Backend(
    contract=CONTRACT,
    forms={
        "function": Form(_emit_function, _replay_function, _ABLE),
        "scheduler": Form(_emit_scheduler, _replay_scheduler, _OBSERVING),
    },
)
