"""What a run does not say of itself and is told: the pace of its clock, and what the optimizer gives.

A run that says it otherwise is right: what is past was made under that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from unisched.errors import Problem, SpecError, shorten
from unisched.lowering import lower
from unisched.program import Program
from unisched.running import Run, Running, running, state_in
from unisched.spec import load
from unisched.state import State

__all__ = ["told"]


def told(run: Run, *, base: float | Mapping[str, float] | None = None, **paces: int | str | None) -> Running:
    """Give what is running, under a base and paces that `compile` takes.

    Of a document they are taken as by `compile`. Raises `SpecError` where a program or a state has others.
    """
    given: dict[str, Any] = {name: pace for name, pace in paces.items() if pace is not None}
    known = run if isinstance(run, Program | State) else state_in(run)
    if known is None:
        return running(lower(load(run), base=base, **given))  # type: ignore[arg-type]  # what is no state is a document
    return _over(_under(running(known), given), base)


def _under(what: Running, paces: Mapping[str, Any]) -> Running:
    """Give what is running under paces that its clock does not have."""
    if not paces:
        return what
    known = what.program.clock.paces()
    _must_agree(_others(paces, known))
    compiled = replace(what.compiled, arguments={**what.compiled.arguments, **paces})
    return replace(what, compiled=compiled, program=compiled.program(what.program.base))


def _over(what: Running, base: float | Mapping[str, float] | None) -> Running:
    """Give what is running over a base that it does not know; a program without one stays for any optimizer."""
    if base is None:
        return what
    given = lower(what.spec, base=base, **what.compiled.arguments).base
    _must_agree(_others(given, what.base, "base."))
    bases = {**what.base, **given}
    return replace(what, base=bases, state=None if what.state is None else replace(what.state, base=bases))


def _others(given: Mapping[str, Any], known: Mapping[str, Any], path: str = "") -> Iterator[Problem]:
    for name, value in given.items():
        if name in known and known[name] != value:
            yield Problem("replan.known", f"{path}{name}", f"{shorten(repr(value))} is given, and the run was made "
                          f"with {known[name]!r}", "Leave it out: what is past stays as it was.")  # fmt: skip


def _must_agree(problems: Iterator[Problem]) -> None:
    found = list(problems)
    if found:
        raise SpecError(*found)
