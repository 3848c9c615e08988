"""The arguments of the scheduler's constructor and of `advance`, checked; this file knows nothing of torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from unisched.errors import nearest, shorten
from unisched.plugin import BindingError, Problem, Program, Source, State, StepError, compile, resume

__all__ = ["Driver", "StateSource", "advanced", "driver_of", "names_given", "program_of", "state_of"]

Driver: TypeAlias = Literal["step", "optimizer"]
StateSource: TypeAlias = State | Mapping[str, Any] | str | os.PathLike[str]


def program_of(spec: Source | Program, **clock: Any) -> Program:
    """Give the program of a document under the given clock; a compiled program takes no clock."""
    given = {name: value for name, value in clock.items() if value is not None}
    if not isinstance(spec, Program):
        return compile(spec, **given)
    if given:
        raise _fault("binding.compiled", f"a compiled program has its clock: {', '.join(given)}",
                     "Pass the document, or leave these out.")  # fmt: skip
    return spec


def state_of(program: Program, state: StateSource | None, last_epoch: object, *, strict: bool) -> State:
    """Give the state to begin from: a saved one, or the step after `last_epoch`, torch's own way of saying it."""
    if isinstance(last_epoch, bool) or not isinstance(last_epoch, int) or last_epoch < -1:
        raise _fault("binding.last_epoch", f"last_epoch is {shorten(repr(last_epoch))}, not a whole number from -1",
                     "Pass the number of the last step made, or leave it out.")  # fmt: skip
    if state is not None and last_epoch != -1:
        raise _fault("binding.last_epoch", "state and last_epoch both say where to begin", "Pass one of them.")
    return resume(program, state, strict=strict) if last_epoch == -1 else program.start().at(last_epoch + 1)


def driver_of(driver: str) -> Driver:
    """Give what moves the schedule: the `step` of the scheduler, or the updates of the optimizer."""
    match driver:
        case "step" | "optimizer":
            return driver
        case _:
            raise _fault("binding.driver", f"driver is {shorten(repr(driver))}, and not 'step' or 'optimizer'",
                         f"Pass one of these.{nearest(str(driver), ('step', 'optimizer'))}")  # fmt: skip


def names_given(names: Sequence[str] | None) -> tuple[str, ...]:
    """Give the names of the groups by place, those of groups still to come included."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names or ()):
        raise _fault("binding.group_names", f"group_names is {shorten(repr(names))}, not a list of names",
                     'Pass one name for each param group, as in ["backbone", "head"].')  # fmt: skip
    return tuple(names or ())


def advanced(state: State, program: Program, *, tokens: int | None, samples: int | None) -> State:
    """Give the state after so many tokens or samples, by whole nominal steps; the remainder is carried."""
    if (tokens is None) == (samples is None):
        raise _stray("advance takes either tokens or samples", "Give exactly one.")
    unit: Literal["tokens", "samples"] = "samples" if tokens is None else "tokens"
    count = samples if tokens is None else tokens
    pace = program.clock.samples_per_step if tokens is None else program.clock.tokens_per_step
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise _stray(f"{shorten(repr(count))} {unit} are no whole number from 0", "Count them with an int.")
    if pace is None:
        raise _stray(f"{unit} need {unit}_per_step, which is not known", f"Pass {unit}_per_step= to build.")
    return state.advanced(count, pace, unit)


def _fault(code: str, fault: str, remedy: str) -> BindingError:
    return BindingError(Problem(code, "", fault, remedy))


def _stray(fault: str, remedy: str) -> StepError:
    return StepError(Problem("step.advance", "", fault, remedy))
