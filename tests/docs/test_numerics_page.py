"""The page of numerics is made from the results that stand beside it, and these keep the promise that it tells of."""

from __future__ import annotations

import json
import re
from typing import Final

import pytest
from docpages.blocks import ROOT
from numerics.page import render
from numerics.plot import digest
from numerics.summary import broken, result_of

DOCS: Final = ROOT / "docs"
RESULTS: Final = json.loads((DOCS / "numerics.json").read_text(encoding="utf-8"))
OURS: Final = {name: mode for name, mode in RESULTS["modes"].items() if mode["is_ours"]}
SINGLES: Final = [name for name, mode in OURS.items() if mode["precision"] == "float32"]
LEAST_SPECS: Final = 10_000
SAMPLED: Final = {
    "keras torch, compiled": 50,  # inductor compiles each document for seconds
    "optax, jit and while_loop": 2000,
}
"""The ways that look at less, and the least of it."""


def test_the_page_is_what_the_results_give() -> None:
    assert (DOCS / "numerics.md").read_text(encoding="utf-8") == render(RESULTS)


def test_the_picture_is_of_these_results() -> None:
    assert digest(RESULTS) in (DOCS / "numerics.svg").read_text(encoding="utf-8")


def test_nothing_of_ours_is_broken() -> None:
    assert broken(RESULTS) == []


@pytest.mark.parametrize("name", SINGLES)
def test_no_bit_differs_in_float32(name: str) -> None:
    seen = result_of(OURS[name])
    assert seen.values > 0
    assert (seen.differing, seen.nan, seen.negative, seen.late, seen.early, seen.not_zero) == (0, 0, 0, 0, 0, 0)


def test_every_backend_was_looked_at_in_each_of_its_ways() -> None:
    words = {word for name in SINGLES for word in re.split(r"[ ,]+", name)}
    assert words >= {"numpy", "torch", "optax", "keras", "jax", "tensorflow", "eager", "jit", "scan", "vmap",
                     "while_loop", "graph", "XLA", "compiled"}  # fmt: skip


@pytest.mark.parametrize("name", SINGLES)
def test_each_of_them_was_given_all_random_documents(name: str) -> None:
    seen = result_of(OURS[name], part="random")
    assert seen.cases + seen.refused >= SAMPLED.get(name, LEAST_SPECS)
    assert seen.refused <= seen.cases / 1000
