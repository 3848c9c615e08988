"""A state handed to another program with the same past: how a run goes on under a document that was re-planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unisched import watching
from unisched.compilation import rebased
from unisched.errors import Problem, StateError
from unisched.lowering import lower
from unisched.past import departures
from unisched.program import Program
from unisched.replanning.handover import handed_over
from unisched.running import running
from unisched.spec import load
from unisched.state import State
from unisched.targets import place
from unisched.verbs import Source, StateSource, state_of

__all__ = ["adopt"]


def adopt(state: StateSource, spec: Source | Program) -> State:
    """Give the state for `spec`, a document or program with the same past: at the same step, with all that it knows.

    The document is compiled under the paces of the state, with a total of its own. What metrics have moved goes on:
    a controller takes the memory of the old one at the same place within its entry, if both do the same. Raises
    `StateError` with code `state.past` and every target whose values before the step differ.

    >>> import unisched
    >>> old = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=100)
    >>> state = old.start().at(50)
    >>> new = unisched.replan(state, tail={"kind": "linear", "start": "current", "end": 0, "duration": 10})
    >>> unisched.build(new, state=unisched.adopt(state, new))(5)
    0.25
    """
    given = state_of(state)
    was = running(given)
    watching.recalled(was.program.body, given.feedback)  # memories that are damaged, or of nobody, are not dropped
    now = _compiled(spec, given, was.program)
    found = departures(was.program, now, given.step, given.base)
    if found:
        raise StateError(*(
            Problem("state.past", place(departure.target),
                    f"the past of the run would be another: it {departure}",
                    "Make the document with unisched.replan, or pass strict=False to keep the step only.")
            for departure in found
        ))  # fmt: skip
    start = now.start()
    return replace(given, clock=start.clock, spec=start.spec, fingerprint=start.fingerprint,
                   base=start.base or given.base,
                   feedback=handed_over(given.feedback, was.program, now, given.step))  # fmt: skip


def _compiled(spec: Source | Program, state: State, old: Program) -> Program:
    """Give the program of a document under the clock of the state, where the document has none of its own."""
    if isinstance(spec, Program):
        return spec if spec.base == old.base else rebased(spec, old.base) or spec
    document = load(spec)
    known: dict[str, Any] = {"total": state.clock.total, **state.clock.paces()}
    missing = {name: value for name, value in known.items() if getattr(document, name) is None}
    return lower(document, base=dict(old.base), **missing)
