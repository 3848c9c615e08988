"""What the core finds under the entry point: the forms of this backend.

No validation here: the core has checked contract, arguments, state and capabilities before `emit` is called.
"""

from __future__ import annotations

from typing import Final

from unisched.plugin import Backend, BindingError, Capabilities, Form, Problem, Program, State
from unisched_optax.replay import replay
from unisched_optax.schedules import ARGUMENTS, Schedules

__all__ = ["backend", "emit"]

_COUNTED: Final = 2**31 - 1
"""Where optax's int32 counts stop and stay."""


def emit(program: Program, state: State, /) -> Schedules:
    """Give the program's schedules by optax argument name, going on from `state`; optax's counts start at 0.

    Raises `BindingError` where two hyperparameters go by one name in optax.
    """
    scheduled = program.hyperparameters
    twice = {name: known for known, name in ARGUMENTS.items() if known in scheduled and name in scheduled}
    if twice:
        raise BindingError(*(
            Problem("target.twice", "", f"{known!r} and {name!r} are both optax's {name!r}", "Schedule one of them.")
            for name, known in twice.items()
        ))  # fmt: skip
    return Schedules.of(program, state)


backend = Backend(
    contract=1,
    forms={
        "schedules": Form(
            emit,
            replay,
            Capabilities(hyperparameters=None, groups=True, host=False, precision="float32", last_step=_COUNTED),
        )
    },
)
