"""The program that a file or standard input is of: that of a document, or what was running by a state."""

from __future__ import annotations

from typing import Any

from unisched.commands.shared import clock_of, input_of
from unisched.difference import program_behind
from unisched.program import Program
from unisched.running import state_in

__all__ = ["program_in"]


def program_in(source: str, clock: dict[str, Any]) -> Program:
    """Give the program of a document under the options of the clock, or of a state, which has its own."""
    run = input_of(source)
    return program_behind(run, **clock_of(clock)) if state_in(run) is None else program_behind(run)
