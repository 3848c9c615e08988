"""The cases that are written down: the conformance corpus, the recipes, long runs, and every length up to a bound."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

import unisched
from numerics.case import RATE, Case, case_of
from numerics.steps import LAST, Steps, chosen
from unisched import Program
from unisched.testing import load_corpus

__all__ = ["corpus", "ends", "long_runs", "recipes", "rows_of_stairs", "single_stairs", "written"]

RECIPES: Final = Path(__file__).parents[2] / "docs" / "recipes"
DIVISORS: Final = range(1, 20_001)
ROWS: Final = 5_000
LENGTHS: Final = range(1, 3_001)
STAIRS: Final = range(1, 10)
SIDES: Final = (-1, 0, 1)

STAIRCASE: Final = {"kind": "exponential", "start": 1, "rate": 0.97, "staircase": True}
TO_ZERO: Final = {"start": 3e-4, "end": 0}
LONG: Final[Mapping[str, Mapping[str, Any]]] = {
    "gamma 0.999999 over 10^7": {"kind": "exponential", "start": 0.1, "rate": 0.999999, "duration": 10**7},
    "gamma 0.999999 in stairs of 41": {**STAIRCASE, "rate": 0.999999, "every": 41},
    **{f"{kind} to zero over {n}": {"kind": kind, **TO_ZERO, "duration": n}
       for kind in ("linear", "cosine") for n in (1000, 10**5, 10**7, 2**31 - 2)},
    **{f"power {p} over {n}": {"kind": "polynomial", "start": 0.1, "end": 0, "power": p, "duration": n}
       for p in (0.5, 0.9, 2) for n in (1000, 10**6, 10**9)},
    **{f"warm-up of {w} and cosine over {n}": {"kind": "warmup_cosine", "peak": 3e-4, "warmup": w, "duration": n}
       for w, n in ((10**3, 10**5), (10**5, 10**7), (2 * 10**7, 2**31 - 2))},
    "restarts of 1000": {"kind": "repeat", "period": 1000, "curve": {"kind": "cosine", "start": 0.1, "end": 1e-3}},
    "restarts that double": {"kind": "repeat", "period": 1000, "stretch": 2, "times": 20,
                             "curve": {"kind": "cosine", "start": 0.1, "end": 1e-3}},
    "inverse square root": {"kind": "inverse_sqrt", "peak": 1e-3, "warmup": 4000},
    "inverse time": {"kind": "power_decay", "start": 0.1, "timescale": 41, "power": 1},
}  # fmt: skip


def corpus() -> Iterator[Case]:
    """The learning rates of the corpus, with the values that mpmath has worked out.

    Those with param groups, which a schedule alone does not have, are left to the conformance kit.
    """
    for case in load_corpus():
        for run in case.bound or case.runs:
            for expected in run.expected:
                if expected.hyperparameter == RATE and not run.program.groups:
                    program = _settled(run.program, run.metrics).select(RATE)
                    values = {step: value for step, value in expected.values.items() if step <= LAST}
                    steps, exact = np.array([*values], np.int64), np.array([*values.values()])
                    yield Case(name=f"corpus {case.name}", kind="corpus", source=json.dumps(dict(case.spec)),
                               program=program, steps=steps, exact=exact)  # fmt: skip


def _settled(program: Program, metrics: Mapping[int, Any]) -> Program:
    return program.observed(metrics) if metrics else program


def recipes(count: int) -> Iterator[Case]:
    """The documents of docs/recipes that schedule a learning rate for all groups; what a metric moves stays at 1."""
    for path in sorted(RECIPES.glob("*.json")):
        program = unisched.compile(path, base=0.1)
        if (RATE, None) in program.targets and not program.select(RATE).groups:
            yield from written(f"recipe {path.stem}", "recipe", path.read_text(), program, count)


def long_runs(count: int) -> Iterator[Case]:
    """Runs of up to 2^31 - 2 steps."""
    for name, document in LONG.items():
        yield from written(name, "long", json.dumps(document), unisched.compile(document, total=LAST - 1), count)


def written(name: str, kind: str, source: str, program: Program, count: int) -> Iterator[Case]:
    """The case of a program, at so many steps."""
    alone = program.select(RATE).observed({})
    index = next(assignment.value for assignment in alone.body.assignments if assignment.target == (RATE, None))
    places = chosen(alone.body.values[index], alone.total, count, Random(f"steps {name}"))
    case = case_of(name, kind, source, alone, places)
    if case is not None:
        yield case


def single_stairs(thinned: int) -> Iterator[Case]:
    """A staircase for each divisor, or for every so-many-th, in an order that favours none."""
    divisors = [*DIVISORS[::thinned]]
    Random("divisors").shuffle(divisors)
    for every in divisors:
        document = {**STAIRCASE, "every": every}
        edges = {stair * every + side for stair in (*range(1, 8), 41, 200) for side in SIDES}
        kept = np.array(sorted(step for step in edges if step <= LAST), np.int64)
        case = case_of(f"stairs of {every}", "stairs", json.dumps(document), unisched.compile(document), kept)
        if case is not None:
            yield case


def rows_of_stairs(thinned: int) -> Iterator[Case]:
    """All staircases again, as the parts of a few long runs: divisors that a compiler finds in a table."""
    for first in range(DIVISORS.start, DIVISORS.stop, ROWS):
        divisors = range(first, first + ROWS)[::thinned]
        parts = [{**STAIRCASE, "every": every, "duration": every * STAIRS.stop} for every in divisors]
        ends = np.cumsum([every * STAIRS.stop for every in divisors])
        starts = [0, *ends[:-1].tolist()]
        edges = [start + stair * every + side for start, every in zip(starts, divisors, strict=True)
                 for stair in STAIRS for side in SIDES]  # fmt: skip
        program = unisched.compile({"kind": "sequence", "parts": parts}, total=int(ends[-1]))
        case = case_of(f"rows of stairs from {first}", "rows of stairs", f"a sequence of stairs of {divisors}", program,
                       _ordered(edges))  # fmt: skip
        if case is not None:
            yield case


def ends(thinned: int) -> Iterator[Case]:
    """A decay to zero over every length up to 3 000, with powers of 0.5 and 0.9, and all of its last hundred steps."""
    for length in LENGTHS[::thinned]:
        power = 0.5 if length % 2 else 0.9
        document = {"kind": "polynomial", "start": 0.1, "end": 0, "power": power, "duration": length}
        last = _ordered([*range(max(length - 100, 0), length + 3)])
        case = case_of(f"power {power} over {length}", "ends", json.dumps(document), unisched.compile(document), last)
        if case is not None:
            yield case


def _ordered(steps: list[int]) -> Steps:
    return np.array(sorted({step for step in steps if 0 <= step <= LAST}), np.int64)
