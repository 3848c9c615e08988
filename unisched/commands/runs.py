"""The program that a file or standard input is of: that of a document, or what was running by a state."""

from __future__ import annotations

from typing import Any

from unisched.commands.shared import clock_of, input_of
from unisched.difference import program_behind
from unisched.program import Program
from unisched.running import state_in
from unisched.state import State

__all__ = ["program_in", "run_in"]


def program_in(source: str, clock: dict[str, Any]) -> Program:
    """Give the program of a document under the options of the clock, or of a state, which has its own."""
    return run_in(source, clock)[0]


def run_in(source: str, clock: dict[str, Any]) -> tuple[Program, State | None]:
    """Give the same, and the state where there is one."""
    run = input_of(source)
    state = state_in(run)
    return (program_behind(run, **clock_of(clock)), None) if state is None else (program_behind(state), state)
