"""The portable state inside paddle's own `state_dict`, which an optimizer saves and loads with its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unisched.plugin import Problem, Program, State, StateError, resume

__all__ = ["read", "written"]

_KEY: Final = "unisched"


def written(native: Mapping[str, Any], state: State) -> dict[str, Any]:
    """Give paddle's entries with the state beside them, as JSON text: `paddle.save` keeps that as it is."""
    return {**native, _KEY: state.to_json()}


def read(program: Program, state_dict: Mapping[str, Any], *, strict: bool) -> State:
    """Give the state from which `program` goes on; raise `StateError` where none is held, or one of another program."""
    if _KEY not in state_dict:
        held = ", ".join(sorted(map(str, state_dict))) or "nothing"
        raise StateError(
            Problem(
                "paddle.state",
                "state_dict",
                f"it holds {held}, and no state of unisched",
                "Load what a UnischedLR gave. After another scheduler call step(k), where k updates were made.",
            )
        )
    state = resume(program, state_dict[_KEY], strict=strict)
    program.factors(state)  # what cannot be followed is refused before anything is changed
    return state
