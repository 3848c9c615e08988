"""What a schedule or callback is built from: a checked program, the state it starts at, one param group.

The classes are a door of their own, beside `unisched.build`; both doors make the same checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from unisched.plugin import Backend, Form, Program, Source, State, StateSource, check_program, program_of, resume

__all__ = ["LEFT_OUT", "Bound", "Group", "bind"]


class _Omission(Enum):
    LEFT_OUT = "left out"


LEFT_OUT: Final = _Omission.LEFT_OUT
Group: TypeAlias = str | Literal[_Omission.LEFT_OUT] | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A program that the form can carry, where it starts, and the param group that it is for."""

    program: Program
    start: State
    group: str | None


def bind(
    form: tuple[str, Form], spec: Source | Program, clock: Mapping[str, Any], state: StateSource | None, group: Group
) -> Bound:
    """Compile and check; raise as `unisched.build` does.

    A group that was left out differs from `None`, which is all groups without a schedule of their own.
    """
    program = program_of(spec, **clock)
    name, taken = form
    chosen = {} if group is LEFT_OUT else {"group": group}
    check_program("keras", Backend(contract=1, forms={name: taken}), name, program, chosen)
    return Bound(program, resume(program, state), None if group is LEFT_OUT else group)
