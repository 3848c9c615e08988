"""What the core finds under the entry point: the forms of this backend.

No validation here: the core has checked contract, arguments, state and capabilities before `emit` is called.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from unisched.plugin import Backend, BindingError, Capabilities, Form, Problem, Program, State, watching
from unisched_optax.replay import replay_schedules, replay_stateful
from unisched_optax.schedules import ARGUMENTS, Schedules, StatefulSchedules

__all__ = ["backend", "emit_schedules", "emit_stateful"]

_COUNTED: Final = 2**31 - 1
"""Where optax's int32 counts stop and stay."""


def emit_schedules(program: Program, state: State, /) -> Schedules:
    """Give the program's schedules by optax argument name, going on from `state`; optax's counts start at 0.

    Raises `BindingError` where two hyperparameters go by one name in optax.
    """
    _check_names(program)
    return Schedules.of(program, state)


def emit_stateful(program: Program, state: State, /) -> StatefulSchedules:
    """Give the program's schedules by optax argument name, for `inject`, with what `state` remembers of metrics.

    Raises `BindingError` as `emit_schedules` does, and where a bound of the value needs a base that is not known;
    `StateError` where `state` remembers what is no memory of the program's.
    """
    _check_names(program)
    watching.check_bases(program.body, watching.bases(program.body, {}))
    watching.recalled(program.body, state.feedback)
    return StatefulSchedules.of(program, state)


def _check_names(program: Program) -> None:
    scheduled = program.hyperparameters
    twice = {name: known for known, name in ARGUMENTS.items() if known in scheduled and name in scheduled}
    if twice:
        raise BindingError(*(
            Problem("target.twice", "", f"{known!r} and {name!r} are both optax's {name!r}", "Schedule one of them.")
            for name, known in twice.items()
        ))  # fmt: skip


_ABLE: Final = Capabilities(hyperparameters=None, groups=True, host=False, precision="float32", last_step=_COUNTED)

backend = Backend(
    contract=1,
    forms={
        "schedules": Form(emit_schedules, replay_schedules, _ABLE),
        "stateful": Form(emit_stateful, replay_stateful, replace(_ABLE, feedback=True)),
    },
)
