"""The page of performance is the one that its results make, with every row that is measured, met or not."""

from __future__ import annotations

import copy
import json
from typing import Any, Final

import pytest
from benchmarks.page import PLOTS, render
from benchmarks.plots import digest, drawn
from benchmarks.rows import GROWTHS, ROWS
from docpages.blocks import ROOT

DOCS: Final = ROOT / "docs"
RESULTS: Final[dict[str, Any]] = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))


def test_the_page_is_made_of_the_results() -> None:
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == render(RESULTS)


def test_the_results_are_those_of_the_rows_that_are_measured() -> None:
    assert sorted((row["subject"], row["name"]) for row in RESULTS["rows"]) == sorted(
        (row.subject, row.name) for row in ROWS
    )
    assert len(RESULTS["growths"]) == len(GROWTHS)


@pytest.mark.parametrize("name", PLOTS)
def test_a_picture_shows_these_results(name: str) -> None:
    assert digest(RESULTS) in (DOCS / "performance" / f"{name}.svg").read_text(encoding="utf-8")


def test_equal_results_give_equal_pictures_and_other_results_others() -> None:
    other = copy.deepcopy(RESULTS)
    other["growths"][0]["curves"]["unisched"][0][1] *= 2
    once, again, changed = drawn(RESULTS), drawn(RESULTS), drawn(other)
    assert once == again
    assert once["segments"] != changed["segments"]


def test_another_figure_gives_another_page() -> None:
    other = copy.deepcopy(RESULTS)
    other["rows"][0]["figures"][0]["ratio"] = [99.0, 99.0, 99.0]
    assert render(other) != render(RESULTS)
