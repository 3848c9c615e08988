"""What is running: the program of a state, of a document or of a compiled program, and how it was compiled."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from unisched.compilation import Compilation, compilation
from unisched.duration import Unit
from unisched.errors import BindingError, Problem, SpecError, StateError
from unisched.lowering import lower
from unisched.program import Program
from unisched.spec import Spec, load
from unisched.spec.files import decode, naming, read_file
from unisched.state import State
from unisched.verbs import Source

__all__ = ["Run", "Running", "running", "state_in"]

Run: TypeAlias = State | Source | Program


@dataclass(frozen=True, kw_only=True)
class Running:
    """A program and how it was compiled; `base` is what the optimizer gave, where that is known, `state` the state."""

    program: Program
    compiled: Compilation
    base: Mapping[str, float]
    state: State | None = None

    @property
    def spec(self) -> Spec:
        """The document."""
        return self.compiled.spec

    @property
    def unit(self) -> Unit:
        """What the total is counted in."""
        return self.compiled.unit


def running(run: Run) -> Running:
    """Give what is running by a state, as `State`, JSON text, object or file, by a program, or by a document.

    Raises `StateError` for a state without its document, or that does not fit it.
    """
    if isinstance(run, Program):
        return _of_program(run)
    state = run.checked() if isinstance(run, State) else state_in(run)
    if state is not None:
        return _of_state(state)
    program = lower(load(run))  # type: ignore[arg-type]  # what is no state is a document
    return _of_program(program)


def _of_program(program: Program) -> Running:
    found = compilation(program.spec, program.clock, program.base, program.fingerprint)
    if found is None:
        raise BindingError(Problem("replan.program", "", "the values of this program are not those of its document",
                                   "Compile the document again."))  # fmt: skip
    return Running(program=program, compiled=found, base=program.base)


def _of_state(state: State) -> Running:
    if state.spec is None:
        raise StateError(Problem("state.no_spec", "state", "it holds no document, which was above 64 kB or held "
                                 "a Python function", "Re-plan the document or its program, with at=."))  # fmt: skip
    spec = load(state.spec)
    for base in ({}, state.base):
        found = compilation(spec, state.clock, base, state.fingerprint)
        if found is not None:
            return Running(program=found.program(base), compiled=found, base=state.base, state=state)
    raise StateError(Problem("state.unlike", "state", "its fingerprint is not that of its document under its clock",
                             "Pass the document or its program, and at=."))  # fmt: skip


def state_in(run: object) -> State | None:
    """Give the state that a text, an object or a file holds, or `None` where it holds no state."""
    if isinstance(run, os.PathLike) or (isinstance(run, str) and not run.lstrip().startswith("{")):
        with naming(run):
            return _held(_text(run))
    return _held(run)


def _held(given: object) -> State | None:
    data = _parsed(given) if isinstance(given, str) else given
    if not isinstance(data, Mapping) or "unisched_state" not in data:
        return None
    return State.from_json(given if isinstance(given, str) else data)


def _text(path: str | os.PathLike[str]) -> str | None:
    try:
        return decode(read_file(os.fspath(path)), "json")
    except SpecError:  # it is for the reader of documents to say what is wrong with a file
        return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
