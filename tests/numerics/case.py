"""One program, the steps at which it is looked at, and the exact values there. Knows no framework."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np

import unisched
from numerics import steps as chosen_steps
from numerics.documents import drawn, kind_of
from numerics.steps import Steps
from unisched import Program
from unisched.errors import SpecError, StepError
from unisched.ir import tracks

__all__ = ["RATE", "Case", "Floats", "case_of", "random_cases"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
RATE: Final = "learning_rate"
LARGEST: Final = 3e38
MOST_ULP: Final = 8.0
"""Of one curve."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    """`exact[i]` is the float64 nearest to the value at `steps[i]`; `source` says how to make the program again."""

    name: str
    kind: str
    source: str
    program: Program
    steps: Steps
    exact: Floats

    @property
    def curves(self) -> int:
        """How many curves are multiplied, added or compared at most."""
        return max(sum(1 for _ in tracks(value)) for value in self.program.body.values)

    @property
    def most_ulp(self) -> float:
        """How far a float64 may be from the exact value, in ulp: docs/numbers.md."""
        return MOST_ULP * self.curves


def case_of(name: str, kind: str, source: str, program: Program, steps: Steps) -> Case | None:
    """The case, without the steps at which a growth has left the float range; none where no step is left."""
    alone = program.select(RATE)
    exact = _exactly(alone, steps)
    # Beyond float32 there is no nearest one: docs/numbers.md.
    kept = np.abs(exact) < LARGEST
    if not kept.any():
        return None
    return Case(name=name, kind=kind, source=source, program=alone, steps=steps[kept], exact=exact[kept])


def _exactly(program: Program, steps: Steps) -> Floats:
    """The exact values; infinite from the step at which a growth leaves the float range."""
    try:
        return program(steps, exact=True)
    except StepError:
        if len(steps) == 1:
            return np.array([np.inf])
        half = len(steps) // 2
        return np.concatenate([_exactly(program, steps[:half]), _exactly(program, steps[half:])])


def random_cases(seeds: Iterator[int] | range, count: int) -> Iterator[Case]:
    """A case with so many steps for each seed whose document has room for what it asks for."""
    for seed in seeds:
        document = drawn(seed)
        try:
            program = unisched.compile(document)
        except SpecError as error:
            if error.code not in REFUSED:
                raise
            continue
        (value,) = program.select(RATE).body.values
        found = chosen_steps.chosen(value, program.total, count, Random(f"steps {seed}"))
        case = case_of(f"seed {seed}", kind_of(document), json.dumps(document), program, found)
        if case is not None:
            yield case


REFUSED: Final = frozenset({"duration.too_long", "duration.vanishes", "sequence.full", "sequence.beyond",
                            "sequence.order", "piecewise.beyond", "piecewise.order", "table.too_long"})  # fmt: skip
