"""The portable state inside paddle's own `state_dict`, which an optimizer saves and loads with its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unisched.errors import shorten
from unisched.plugin import Problem, Program, State, StateError, resume

__all__ = ["read", "written"]

_KEY: Final = "unisched"


def written(native: Mapping[str, Any], state: State) -> dict[str, Any]:
    """Give paddle's entries with the state beside them, as JSON text: `paddle.save` keeps that as it is."""
    return {**native, _KEY: state.to_json()}


def read(program: Program, state_dict: object, *, strict: bool) -> State:
    """Give the state from which `program` goes on; raise `StateError` where none is held, or one of another program."""
    held = dict(state_dict) if isinstance(state_dict, Mapping) else {}
    text, step = held.get(_KEY), held.get("last_epoch")
    if not isinstance(text, str):
        raise _fault(
            f"it holds {', '.join(sorted(map(str, held))) or 'nothing'}, and no state of unisched",
            "Load what a UnischedLR gave. After another scheduler call step(k), where k updates were made.",
        )
    state = State.from_json(text)
    if step != state.step:
        raise _fault(f"last_epoch is {shorten(repr(step))} at step {state.step}",
                     "Load it as it was saved, and then call step(k) to go elsewhere.")  # fmt: skip
    return resume(program, state, strict=strict)


def _fault(fault: str, remedy: str) -> StateError:
    return StateError(Problem("paddle.state", "state_dict", fault, remedy))
