"""Lint never fails, whatever the program: random bodies, the largest documents, the longest runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import bodies

import unisched
from unisched import arrays, ir, scalar
from unisched.duration import Clock
from unisched.ir import Body, Combine, Formula, Noise, Phase, Ramp, Table, Track
from unisched.lint import RULES, Note, remarks
from unisched.lint.extents import extent
from unisched.spec import Spec

SPEC = Spec(schedules={"learning_rate": 0.1})
TOTALS = (1, 2, 7, 40, 10_000, 10**12)
NUMBERS = {rule.number for rule in RULES}


def noted(body: Body) -> list[Note]:
    return list(remarks(SPEC, Clock(total=body.horizon, steps_per_epoch=3), body))


@settings(max_examples=200, deadline=None)
@given(body=bodies())
def test_any_body_is_looked_at(body: Body) -> None:
    notes = noted(body)
    assert all("\n" not in str(note) and note.rule.number in NUMBERS for note in notes)


@settings(max_examples=100, deadline=None)
@given(body=bodies(), stop=st.integers(1, 300))
def test_bounds_are_never_too_narrow(body: Body, stop: int) -> None:
    for value in body.values:
        if any(isinstance(curve, Formula | ir.Signal) for _, curve in ir.rows(value)):
            continue
        bound = ir.bind(value, 1.0)
        low, high = extent(bound, 0, stop)
        found = arrays.arrays(bound)(np.arange(stop))
        slack = 1e-9 * float(np.abs(found).max())
        assert low - slack <= found.min()
        assert found.max() <= high + slack


def test_bounds_that_are_too_narrow_would_be_seen() -> None:
    ramp = Track(starts=(0,), curves=(Ramp(start=0.0, end=1.0, phase=Phase(span=10)),))
    assert extent(ramp, 0, 5) == (0.0, 0.4)
    assert extent(ramp, 3) == (0.3, 1.0)
    assert extent(Combine(op="product", parts=(ramp, ir.constant(-2.0))), 0, 5) == (-0.8, 0.0)
    assert scalar.function(ramp)(5) > 0.4


ROWS = 4000
LARGE: dict[str, dict[str, Any]] = {
    "many parts": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0.1 / (1 + i), "end": 0.05 / (1 + i), "duration": 10} for i in range(ROWS)]},
    "many points": {"kind": "piecewise", "interpolation": "linear", "points": [[7 * i, i % 13] for i in range(ROWS)]},
    "many rises": {"kind": "sequence", "parts": [
        {"kind": "cosine", "start": i + 1, "end": i + 2, "duration": 10} for i in range(ROWS)]},
    "many timelines": {"kind": "sum", "curves": [
        {"kind": "piecewise", "interpolation": "linear", "points": [[(7 + i) * j, (i * j) % 5] for j in range(40)]}
        for i in range(100)]},
    "many bounds": {"kind": "clip", "minimum": 1e-9, "curve": {"kind": "sequence", "parts": [
        {"kind": "clip", "minimum": 1e-9, "maximum": 10, "duration": 10,
         "curve": {"kind": "cosine", "start": 1, "end": 0.5}}
        for _ in range(ROWS // 4)]}},
    "a deep nest": {"kind": "repeat", "times": 3, "curve": {"kind": "repeat", "times": 5, "curve": {
        "kind": "repeat", "times": 7, "curve": {"kind": "cosine", "start": 1, "end": 0.5}}}},
    "noise at every step": {"kind": "product", "curves": [0.1, {"kind": "noise", "std": 0.16, "seed": 3}]},
    "much noise": {"kind": "product", "curves": [0.1, {"kind": "sequence", "parts": [
        {"kind": "noise", "std": 0.16, "seed": i, "duration": 10} for i in range(ROWS // 4)]}]},
    "a formula": {"kind": "formula", "expression": "0.1 / (1 + step)"},
}  # fmt: skip


@contextmanager
def counting() -> Iterator[list[int]]:
    """Count the calls of Python functions: a bound on work that no loaded machine can break."""
    calls = [0]

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        calls[0] += event == "call"

    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(None)


MOST_CALLS = 4_000_000


@pytest.mark.parametrize("curve", LARGE.values(), ids=LARGE)
def test_the_largest_documents_are_looked_at_in_bounded_time(curve: dict[str, Any]) -> None:
    program = unisched.compile({"total": 10**12, "after": "hold", "schedules": {"learning_rate": curve}})
    with counting() as calls:
        program.lint()
    assert 0 < calls[0] < MOST_CALLS


def test_many_groups_are_looked_at_in_bounded_time() -> None:
    entries = {f"layer.{i}": {"learning_rate": {"scale": 0.9**i}, "weight_decay": i / 1000} for i in range(1000)}
    rate = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}
    program = unisched.compile({"total": 1000, "schedules": {"learning_rate": rate, "weight_decay": 0.1},
                                "groups": entries})  # fmt: skip
    with counting() as calls:
        notes = program.lint()
    assert calls[0] < MOST_CALLS
    assert "value.zero_start" in {note.code for note in notes}


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("curve", [
    {"kind": "exponential", "start": 1, "rate": 0.5}, {"kind": "exponential", "start": 1e-5, "rate": 1.00000000001},
    {"kind": "power_decay", "start": 1, "timescale": 3}, {"kind": "cosine", "start": 1, "end": 0},
    {"kind": "noise", "std": 0.01, "seed": 1}, {"kind": "plateau", "monitor": "loss"},
    {"kind": "repeat", "period": 1, "curve": 0.1}, {"kind": "stair", "every": 3, "curve": {
        "kind": "linear", "start": 0, "end": 1}},
], ids=lambda value: str(value["kind"]))  # fmt: skip
def test_runs_of_any_length_are_looked_at(curve: dict[str, Any], total: int) -> None:
    program = unisched.compile({"total": total, "schedules": {"momentum": 0.9, "kl": curve}})
    assert all(isinstance(note, Note) for note in program.lint())


def test_a_formula_without_a_value_somewhere_is_looked_at_elsewhere() -> None:
    expression = "0.1 * sqrt(30 - step) if step < 20 else 0.1 / (40 - step)"
    program = unisched.compile({"schedules": {"learning_rate": {"kind": "formula", "expression": expression}}})
    assert [note.code for note in program.lint()] == []


def test_tables_and_noise_have_the_bounds_of_their_nodes() -> None:
    table = Track(starts=(0,), curves=(Table(values=(0.3, 0.1, 0.9), phase=Phase(span=1, wrap="free")),))
    assert extent(table) == (0.1, 0.9)
    noise = Track(starts=(0,), curves=(Noise(std=0.1, seed=1, phase=Phase(span=1, wrap="free"), limit=0.2),))
    assert extent(noise) == (0.8, 1.2)


def test_a_program_that_was_written_down_is_looked_at_as_before() -> None:
    document = {"total": 100, "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "start": 0.05}}}
    program = unisched.compile(document)
    assert unisched.Program.from_json(program.to_json()).lint() == program.lint() != ()


def test_a_function_that_has_no_value_somewhere_is_looked_at_elsewhere() -> None:
    def fails(step: int) -> float:
        if step > 500:
            raise RuntimeError("no further")
        return 0.001 * step

    program = unisched.compile({"total": 100, "schedules": {"learning_rate": fails}})
    assert [note.code for note in program.lint()] == ["value.zero_start", "total.goes_on"]


def test_a_selection_is_looked_at_alone() -> None:
    rates = {"learning_rate": {"kind": "linear", "start": 0, "end": 0.1}, "momentum": 0.9}
    program = unisched.compile({"total": 100, "schedules": rates})
    assert [note.code for note in program.lint()] == ["value.zero_start"]
    assert program.select("momentum").lint() == ()
