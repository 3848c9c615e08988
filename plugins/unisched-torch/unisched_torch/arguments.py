"""The arguments of the scheduler's constructor, checked; this file knows nothing of torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from unisched.errors import nearest, shorten
from unisched.plugin import BindingError, Problem, Program, State, StateSource, resume

__all__ = ["Driver", "driver_of", "names_given", "state_of"]

Driver: TypeAlias = Literal["step", "optimizer"]


def state_of(program: Program, state: StateSource | None, last_epoch: object, *, strict: bool) -> State:
    """Give the state to begin from: a saved one, or the step after `last_epoch`, torch's own way of saying it."""
    if isinstance(last_epoch, bool) or not isinstance(last_epoch, int) or last_epoch < -1:
        raise _fault("binding.last_epoch", f"last_epoch is {shorten(repr(last_epoch))}, not a whole number from -1",
                     "Pass the number of the last step made, or leave it out.")  # fmt: skip
    if state is not None and last_epoch != -1:
        raise _fault("binding.last_epoch", "state and last_epoch both say where to begin", "Pass one of them.")
    if last_epoch != -1 and program.controllers:
        raise _fault("binding.last_epoch", "last_epoch does not hold what a schedule that watches a metric has seen",
                     "Pass state= instead, or leave it out and load the state_dict() of the saved one.")  # fmt: skip
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
    if not _are_names(() if names is None else names):
        raise _fault("binding.group_names", f"group_names is {shorten(repr(names))}, not a list of names",
                     'Pass one name for each param group, as in ["backbone", "head"].')  # fmt: skip
    return tuple(names or ())


def _are_names(names: object) -> bool:
    return isinstance(names, Sequence) and not isinstance(names, str) and all(isinstance(name, str) for name in names)


def _fault(code: str, fault: str, remedy: str) -> BindingError:
    return BindingError(Problem(code, "", fault, remedy))
