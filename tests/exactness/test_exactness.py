"""A sample of the million points that run.py compares: the exact evaluator has every bit, the host function 8 ulp."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from exactness.curves import KINDS
from exactness.measure import Figures, exactly, host, measured
from exactness.oracle import real
from exactness.rounding import is_tie, nearest

from unisched.ir import Curve, Phase, Ramp

SEED = 2**31
POINTS = 800
WORST = 8.0
BENT = ("cosine", "polynomial", "warped line", "exponential by a rate", "inverse power", "line in cycles")


@pytest.fixture(scope="module")
def sample() -> dict[str, Figures]:
    return measured(SEED, POINTS)


def test_the_exact_evaluator_has_every_bit_of_the_real_value(sample: dict[str, Figures]) -> None:
    assert sum(figures.points for figures in sample.values()) >= 20_000
    assert {kind: figures.differing for kind, figures in sample.items() if figures.differing} == {}


def test_the_host_function_is_within_8_ulp_wherever_that_is_promised(sample: dict[str, Figures]) -> None:
    promised = {kind: figures.farthest for kind, figures in sample.items() if KINDS[kind].promised}
    assert {kind: ulp for kind, ulp in promised.items() if ulp > WORST} == {}
    assert max(promised.values()) > 1.0


def test_the_sample_has_ties_overflows_and_what_is_not_promised(sample: dict[str, Figures]) -> None:
    assert sum(figures.ties for figures in sample.values()) > 20
    assert sum(figures.overflows for figures in sample.values()) > 0
    assert max(figures.farthest for figures in sample.values()) > WORST


def off_by_one_ulp(curve: Curve) -> Callable[[int], float]:
    return lambda step: math.nextafter(exactly(curve)(step), 0.0)


def cancelling(curve: Curve) -> Callable[[int], float]:
    assert isinstance(curve, Ramp)

    def evaluate(step: int) -> float:
        u = curve.phase.position(step) / curve.phase.span
        return curve.end + (curve.start - curve.end) * 0.5 * (1.0 + math.cos(math.pi * u))

    return evaluate


@pytest.mark.parametrize("kind", BENT)
def test_an_exact_evaluator_that_is_one_ulp_off_is_caught(kind: str) -> None:
    figures = measured(SEED, 40, [kind], exact=off_by_one_ulp)[kind]
    assert len(figures.differing) > 20


@pytest.mark.parametrize("kind", BENT)
def test_the_host_function_is_not_taken_for_the_exact_evaluator(kind: str) -> None:
    assert measured(SEED, 400, [kind], exact=host)[kind].differing


def test_a_host_function_that_subtracts_from_one_is_caught() -> None:
    assert measured(SEED, 100, ["cosine"], fast=cancelling)["cosine"].farthest > 1000


def test_the_oracle_rounds_as_python_divides() -> None:
    random = Random(SEED)
    for _ in range(2000):
        value = Fraction(
            random.getrandbits(random.randint(1, 2300)) + 1, random.getrandbits(random.randint(1, 2300)) + 1
        )
        try:
            due = value.numerator / value.denominator
        except OverflowError:
            due = math.inf
        assert nearest(value) == due
        assert nearest(-value) == -due


def test_the_oracle_knows_ties() -> None:
    assert is_tie(Fraction(2**53 + 1))
    assert is_tie(Fraction(3, 2) * Fraction(math.ulp(0.0)))
    assert not is_tie(Fraction(2**53 + 2))
    assert (nearest(Fraction(2**53 + 1)), nearest(Fraction(2**53 + 3))) == (2.0**53, 2.0**53 + 4)
    assert real(Ramp(start=1.0 + 2.0**-52, end=0.0, phase=Phase(span=3), shape="cosine"), 1).nearest == 0.75 + 2.0**-52


def test_the_runner_writes_what_it_saw(tmp_path: Path) -> None:
    report = tmp_path / "figures" / "report.json"
    command = [sys.executable, str(Path(__file__).parent / "run.py"), "--points", "260", "--json", str(report)]
    # With PYTHONSAFEPATH, as the sessions set it, a script's own folder is not searched.
    found = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=found)
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(report.read_text(encoding="utf-8"))
    assert set(data["kinds"]) == set(KINDS)
    assert data["points"] >= 260
    assert all(figures["exact_differing"] == 0 for figures in data["kinds"].values())
