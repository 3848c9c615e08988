"""Where a run stands by its state: how far it is, what holds there, and what it remembers. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from unisched.errors import BindingError, StepError
from unisched.ir import Target
from unisched.program import Program
from unisched.state import State
from unisched.targets import short

__all__ = ["marked", "standing", "standing_lines"]

_RANGE: Final = re.compile(r"\[(\d+), (?:(\d+)|\.\.\.)\)")


def standing(program: Program, state: State) -> dict[str, Any]:
    """Give as JSON data where the run of a program stands.

    A value is `None` where only the optimizer could tell it, or none is left; those that count from a group's birth are
    left out.
    """
    factors = _factors(program, state)
    return {
        "step": state.step,
        "total": program.total,
        "values": _values(program, state.step, factors),
        "base": dict(state.base),
        "feedback": [
            {"place": controller.place, "factor": None if factors is None else factors[index],
             "memory": state.feedback.get(controller.place)}
            for index, controller in enumerate(program.controllers)
        ],
        "births": dict(state.births),
        "driven_by": state.driven_by,
        "carry": state.carry,
    }  # fmt: skip


def standing_lines(program: Program, state: State) -> Iterator[str]:
    """Give the same in lines."""
    found = standing(program, state)
    yield f"stands at {', '.join(_how_far(program, state.step))}"
    for title, value in found["values"].items():
        yield f"  {title} {'is not known here' if value is None else repr(value)}"
    for name, base in state.base.items():
        yield f"  base of {name} {base!r}"
    for watcher in found["feedback"]:
        reached = "a factor that only the base tells" if watcher["factor"] is None else f"factor {watcher['factor']!r}"
        memory = watcher["memory"] or {}
        yield f"  {watcher['place']}: {', '.join([reached, *(f'{name} {what}' for name, what in memory.items())])}"
    for group, birth in state.births.items():
        yield f"  group {group!r} since step {birth}"
    if state.carry:
        yield f"  {state.carry} {state.driven_by} are carried"


def marked(lines: Iterable[str], step: int) -> Iterator[str]:
    """Give the lines of a phase table, with a mark at those that hold at `step`; what turns in cycles has none."""
    cycle: int | None = None
    for line in lines:
        found = _RANGE.search(line)
        if found is None or (cycle is not None and found.start() > cycle):
            yield line
            continue
        cycle = found.start() if line.endswith(":") else None
        holds = int(found[1]) <= step and (found[2] is None or step < int(found[2]))
        yield f"{line}  <- step {step}" if holds else line


def _how_far(program: Program, step: int) -> Iterator[str]:
    yield f"step {step}" + (f" of {program.total}" if program.total is not None else "")
    if program.clock.steps_per_epoch:
        yield f"epoch {step / program.clock.steps_per_epoch:.6g}"
    if program.total is not None and step >= program.total:
        yield "at its end"


def _factors(program: Program, state: State) -> list[float] | None:
    try:
        return program.factors(state)
    except BindingError:  # bounded by values, and what it multiplies is not known
        return None


def _values(program: Program, step: int, factors: list[float] | None) -> dict[str, float | None]:
    born = {assignment.target for assignment in program.body.assignments if assignment.born}
    return {short(target): _value(program, target, step, factors) for target in program.targets if target not in born}


def _value(program: Program, target: Target, step: int, factors: list[float] | None) -> float | None:
    is_known = not program.needs_base(target) and (factors is not None or not program.needs_metric(target))
    if not is_known:
        return None
    try:
        return program.function(*target, factors=factors)(step)
    except StepError:  # past the end of a document with "after": "error"
        return None
