"""How a program was compiled: from document, clock and fingerprint back to the arguments that give it again.

A state says what was running, not how it was asked for: a total may have been counted in tokens, a base may have
been given, some hyperparameters may have been left out. The fingerprint tells which of these it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, Literal

from unisched.duration import Clock, Duration, Unit
from unisched.errors import UnischedError
from unisched.lowering import lower
from unisched.program import Program
from unisched.spec import Spec
from unisched.targets import scheduled

__all__ = ["Compilation", "compilation", "rebased"]

_MOST_SELECTED: Final = 6
"""The most hyperparameters of which every selection is tried."""


@dataclass(frozen=True, kw_only=True)
class Compilation:
    """A document and the arguments under which it was compiled; `unit` is what its total is counted in."""

    spec: Spec
    arguments: Mapping[str, Any]
    unit: Unit
    kept: tuple[str, ...] | None = None

    def program(self, base: Mapping[str, float]) -> Program:
        """Give the program with these values in the place of the optimizer's; none: what is a factor stays one."""
        program = lower(self.spec, base=dict(base), **self.arguments)
        return program if self.kept is None else program.select(*self.kept)


def compilation(spec: Spec, clock: Clock, base: Mapping[str, float], fingerprint: str) -> Compilation | None:
    """Give the compilation of `spec` that has this clock and fingerprint, or `None` where none has."""
    for found in _candidates(spec, clock):
        try:
            program = found.program(base)
        except UnischedError:  # under another unit of the total the document may make no sense
            continue
        if (program.clock, program.fingerprint) == (clock, fingerprint):
            return found
    return None


def rebased(program: Program, base: Mapping[str, float]) -> Program | None:
    """Give the program with the values of `base` in the place of the optimizer's, where it knows what they are.

    An empty base gives the program as it is for an optimizer that brings its own. `None` where the program cannot
    be compiled again.
    """
    found = compilation(program.spec, program.clock, program.base, program.fingerprint)
    if found is None:
        return None
    try:
        return found.program({name: value for name, value in base.items() if name in program.hyperparameters})
    except UnischedError:  # the document makes no sense of these values
        return None


def _candidates(spec: Spec, clock: Clock) -> Iterator[Compilation]:
    names = sorted({target.hyperparameter for target in scheduled(spec)})
    for total, unit in _totals(spec, clock):
        arguments = {"total": total, **clock.paces()}
        yield Compilation(spec=spec, arguments=arguments, unit=unit)
        for size in range(1, len(names) if len(names) <= _MOST_SELECTED else 0):
            for kept in combinations(names, size):
                yield Compilation(spec=spec, arguments=arguments, unit=unit, kept=kept)


def _totals(spec: Spec, clock: Clock) -> Iterator[tuple[int | str | None, Unit]]:
    """Give the totals that may have been asked for, and what each is counted in."""
    if spec.total is not None:
        yield None, spec.total.unit if spec.total.unit in ("samples", "tokens") else "steps"
    elif clock.total is None:
        yield None, "steps"
    if clock.total is not None:
        yield clock.total, "steps"
        counted: tuple[Literal["samples", "tokens"], ...] = ("samples", "tokens")
        for unit in counted:
            ramp = clock.ramp(unit)
            if ramp is not None:
                yield str(Duration(Fraction(ramp.consumed(clock.total)), unit)), unit
