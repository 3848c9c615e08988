"""Every value of the corpus: the exact evaluator gives its bits, the host function stays within 8 ulp of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import unisched
from unisched import Program, compile

CORPUS = Path(unisched.__file__).parent / "testing" / "corpus"
CASES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(CORPUS.glob("*.json"))}
FEWEST = 150
WORST = 8


class Expected(NamedTuple):
    program: Program
    hyperparameter: str
    group: str | None
    values: dict[int, float]


def expectations(case: dict[str, Any]) -> Iterator[Expected]:
    """Each target of a case, with the program for what the optimizer gave its group."""
    for target in case["targets"]:
        clock = dict(case["clock"])
        if "optimizer" in case:
            clock["base"] = case["optimizer"]["groups"][target["group"]]
        values = dict(zip(target["steps"], map(float.fromhex, target["values"]), strict=True))
        program = compile(case["spec"], **clock).born(case.get("births", {}))
        if "metrics" in case:
            program = program.observed(log_of(case))
        yield Expected(program, target["hyperparameter"], target["group"], values)


def log_of(case: dict[str, Any]) -> dict[int, dict[str, float]]:
    """What is observed before which update, by name."""
    log: dict[int, dict[str, float]] = {}
    for name, observed in case["metrics"].items():
        for step, value in zip(observed["steps"], observed["values"], strict=True):
            log.setdefault(step, {})[name] = float(value)
    return log


def far(value: float, reference: float) -> float:
    return abs(value - reference) / math.ulp(reference)


def test_the_corpus_is_all_there() -> None:
    assert len(CASES) >= FEWEST
    assert all(target["steps"] for case in CASES.values() for target in case["targets"])


@pytest.mark.parametrize("name", CASES)
def test_the_exact_evaluator_gives_the_bits_of_the_corpus(name: str) -> None:
    for program, hyperparameter, group, values in expectations(CASES[name]):
        found = {step: program(step, hyperparameter, group, exact=True) for step in values}
        assert {step: value.hex() for step, value in found.items()} == {k: v.hex() for k, v in values.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_host_function_stays_within_8_ulp(name: str) -> None:
    for program, hyperparameter, group, values in expectations(CASES[name]):
        function = program.function(hyperparameter, group)
        assert max(far(function(step), value) for step, value in values.items()) <= WORST


@pytest.mark.parametrize("name", CASES)
def test_arrays_stay_within_8_ulp(name: str) -> None:
    for program, hyperparameter, group, values in expectations(CASES[name]):
        found = program(np.array([*values], dtype=np.int64), hyperparameter, group)
        assert max(map(far, found.tolist(), values.values())) <= WORST


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "optimizer" in case])
def test_a_base_bound_late_gives_the_same_values_as_one_bound_early(name: str) -> None:
    case = CASES[name]
    unbound = compile(case["spec"], **case["clock"])
    unbound = unbound.observed(log_of(case)) if "metrics" in case else unbound
    for program, hyperparameter, group, values in expectations(case):
        base = case["optimizer"]["groups"][group][hyperparameter]
        late = unbound.function(hyperparameter, group, base=base)
        assert [late(step) for step in values] == [program(step, hyperparameter, group) for step in values]


@pytest.mark.parametrize("name", CASES)
def test_a_case_survives_its_own_json(name: str) -> None:
    for program, *_ in expectations(CASES[name]):
        assert Program.from_json(program.to_json()) == program
        assert compile(program.spec.to_json(), **CASES[name]["clock"]).clock == program.clock


def test_a_value_one_step_late_is_noticed() -> None:
    ((program, hyperparameter, group, values),) = expectations(CASES["warmup_cosine"])
    late = program.function(hyperparameter, group)
    assert max(far(late(max(step - 1, 0)), value) for step, value in values.items()) > WORST
