"""Feedback on every backend that carries it: one log of metrics, the same float32 bits, one memory handed around."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

import unisched
from unisched import Program, State, registry
from unisched.backend import Form
from unisched.testing import Case, load_corpus
from unisched.testing.checks import carried
from unisched.testing.legs import opening, replayed
from unisched.testing.tolerance import float32

BACKENDS = ("numpy", "torch", "keras", "optax")
CASES = [case for case in load_corpus() if case.metrics and not case.is_based]
STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 2, "cooldown": 1}
STRETCH = 13


def carrying(case: Case) -> dict[str, Form]:
    """Every form that carries the case, as "backend, form"."""
    return {
        f"{name}, {form}": found
        for name in BACKENDS
        for form, found in registry.backend(name).forms.items()
        if carried(found, case)
    }


def bits(values: Any) -> list[str]:
    return [float32(value).hex() for value in values]


def watching(name: str) -> tuple[str, Form]:
    """The first form of a backend that carries feedback."""
    return next((n, form) for n, form in registry.backend(name).forms.items() if form.capabilities.feedback)


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_has_a_form_that_carries_feedback(name: str) -> None:
    assert watching(name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_backends_hold_the_same_float32_bits_under_one_log(case: Case) -> None:
    able = carrying(case)
    assert len(able) >= 2
    for (one, left), (other, right) in combinations(able.items(), 2):
        first, second = opening(left, case.runs[0]), opening(right, case.runs[0])
        for target in first.values:
            pairs = zip(bits(first.values[target]), bits(second.values[target]), strict=False)
            assert all(a == b for a, b in pairs), f"{one} and {other} differ in {target} of case {case.name!r}"


HANDED: dict[str, Any] = {
    "a plateau after a warm-up": {
        "kind": "sequence",
        "parts": [
            {"kind": "linear", "start": 0, "end": 0.1, "duration": 9},
            {"kind": "product", "curves": [0.1, STALL]},
        ],
    },
    "Keras's rule under a cosine": {
        "kind": "product",
        "curves": [{"kind": "cosine", "start": 0.1, "end": 0.01, "duration": 80}, {**STALL, "rule": "keras"}],
    },
    "the greedy rule": {
        "base": 0.1,
        "curve": {"kind": "transformers.greedy", "monitor": "loss", "patience": 1, "factor": 0.5, "min_lr": 0.01},
    },
}


def log() -> Mapping[int, float]:
    levels = [0.5, 0.5, 0.25, 0.5, 0.5, 0.5, float("nan"), 0.25, 0.125, 0.125, 0.125]
    return {step: levels[index % len(levels)] for index, step in enumerate(range(0, 80, 2))}


def around(program: Program, metrics: Mapping[int, float]) -> list[str]:
    """The float32 bits of a run that goes from backend to backend, its state through JSON text."""
    text, used = program.start().to_json(), []
    for name in (*BACKENDS, "numpy"):
        state = State.from_json(text)
        stop = state.step + STRETCH
        fed = {step: metric for step, metric in metrics.items() if state.step <= step < stop}
        leg = replayed(watching(name)[1], program, state, stop, fed)
        used += [value for values in leg.values.values() for value in values]
        text = leg.state
    return bits(used)


@pytest.mark.parametrize("name", HANDED)
def test_one_memory_goes_around_all_backends(name: str) -> None:
    program = unisched.compile(HANDED[name])
    due = program.observed(log())
    found = around(program, log())
    assert found == bits(due(step) for step in range(len(found)))
    assert found != bits(program.observed({})(step) for step in range(len(found)))


@pytest.mark.parametrize("name", HANDED)
def test_parity_under_a_log_is_told_for_every_backend(name: str) -> None:
    report = unisched.parity(HANDED[name], BACKENDS, steps=range(40), metrics=log())
    measured = {row.backend for row in report.rows if not row.refusal}
    assert measured == {*BACKENDS}
    assert all(ulp <= 8 for ulp in report.worst.values()), str(report)
