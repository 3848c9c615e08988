"""The portable state as bytes in a tensor, which tinygrad's own state dicts hold, save and load like any other.

Beside it stands what each optimizer was given, by name: loading puts the rate in force in the place of that. Knows no
optimizers, and nothing of how values are written.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from tinygrad import Tensor

from unisched.plugin import Controller, Greedy, Problem, Program, State, StateError

__all__ = ["Given", "put", "room", "taken"]

Given: TypeAlias = Sequence[tuple[str, Mapping[str, float]]]

_LEAST: Final = 4096
_NUMBER: Final = 32
"""More than any number takes, with its name."""
_MEMORY: Final = 1024
"""More than a controller's memory takes, but for its window."""


def room(program: Program, optimizers: int) -> int:
    """Give how many bytes any state of a program needs: a power of two, for what is loaded must be as long."""
    given = 2 * _NUMBER * optimizers * max(len(program.hyperparameters), 1)
    needed = len(program.start().to_json()) + _MEMORY + given + sum(map(_largest, program.controllers))
    return max(_LEAST, 1 << (needed - 1).bit_length())


def put(tensor: Tensor, state: State, given: Given) -> None:
    """Put state and numbers into a tensor of bytes; it stays as long as it is, and is not realized."""
    text = f"{state.to_json()}\n{json.dumps(given)}"
    written = f"{_checksum(text)}\n{text}".encode()
    tensor.replace(Tensor(written.ljust(tensor.numel()), device=tensor.device).is_param_(False))


def taken(tensor: Tensor) -> tuple[State, Given]:
    """Give what `put` has put; raise `StateError` for any other bytes."""
    checksum, _, text = bytes(tensor.data()).decode(errors="replace").rstrip(" ").partition("\n")
    if checksum != _checksum(text):
        raise StateError(
            Problem("tinygrad.state", "portable_state", "these bytes are not what a scheduler has put there",
                    "Load what get_state_dict gave, or build with state=, the portable state of the saved one.")
        )  # fmt: skip
    state, _, given = text.partition("\n")
    return State.from_json(state), json.loads(given)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _largest(controller: Controller) -> int:
    values = controller.window if isinstance(controller, Greedy) and controller.smooth else 0
    return _MEMORY + len(controller.place) + _NUMBER * values
