"""Random documents, re-planned at random, three times over: the past stays to the bit, and the value joins."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from test_language_against_naive import compiled, drawn

from unisched import Program, Spec, compile, replan
from unisched.errors import SpecError

SEEDS = range(60)
BEYOND = {"duration.too_long", "sequence.beyond", "piecewise.beyond", "sequence.full", "number.range", "replan.flat",
          "replan.absolute"}  # fmt: skip
"""What another total may make of a document that says in steps what comes when."""


def asked(random: Random, at: int) -> dict[str, Any]:
    cooldown = {"kind": "linear", "start": "current", "end": 1, "duration": random.randint(1, 20)}
    rest = {"kind": "linear", "end": 0.5}
    return random.choice([
        {"tail": {"free": cooldown}},
        {"tail": {"other": rest}, "total": at + random.randint(1, 50)},
        {"total": at + random.randint(1, 80), "join": "jump"},
        {"total": at + random.randint(1, 80)},
    ])  # fmt: skip


def replanned(run: Program, at: int, what: dict[str, Any]) -> Spec | None:
    """The new document; nothing where another total leaves it no room. A tail always has some."""
    try:
        return replan(run, at=at, **what)
    except SpecError as error:
        if "tail" in what or error.code not in BEYOND:
            raise
        return None


def off(old: Program, new: Program, at: int) -> float:
    pairs = [(old(at, *target), new(at, *target)) for target in old.targets]
    return max(abs(before - after) / max(1, abs(before)) for before, after in pairs)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_document_may_be_replanned_three_times(seed: int) -> None:
    random = Random(seed)
    program = compiled(document := drawn(random))
    if program is not None and random.random() < 0.3:
        program = compile({**document, "after": "hold"})
    for _ in range(3 if program is not None else 0):
        assert program is not None
        at = random.randrange(1, 2 * (program.total or 1) + 1)
        what = asked(random, at)
        spec = replanned(program, at, what)
        if spec is None:
            continue
        new = compile(spec)
        for target in program.targets:
            assert [k for k in range(at) if program(k, *target) != new(k, *target)] == []
        assert what.get("join") == "jump" or "other" in what.get("tail", ()) or off(program, new, at) <= 1e-12
        program = new


def test_most_of_these_documents_compile() -> None:
    assert sum(compiled(drawn(Random(seed))) is not None for seed in SEEDS) > len(SEEDS) / 2
