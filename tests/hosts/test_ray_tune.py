"""Ray Tune: search spaces within a document, and peaks that are changed while a population trains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from processes import launched
from small_training import TOTAL

import unisched

# Ray sets its own old options, and says so.
OF_RAY = ("::DeprecationWarning:ray.data.context",)
SPEC = {"kind": "warmup_cosine", "peak": 0.03, "warmup": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tune")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = launched("with_ray_tune", 1, ignoring=OF_RAY, folder=str(folder))[0]
    return result


def test_every_trial_runs_the_document_that_was_drawn_and_the_best_is_one_of_them(found: dict[str, Any]) -> None:
    search = found["search"]
    assert len({json.dumps(drawn) for drawn, _, _ in search["trials"]}) == 2
    for drawn, ran, _ in search["trials"]:
        assert unisched.load(ran) == unisched.load(drawn)
    assert search["least"] == min(loss for _, _, loss in search["trials"])
    assert search["best"] in [ran for _, ran, _ in search["trials"]]


def rows(file: Path) -> list[tuple[int, float, float]]:
    notes = [json.loads(line) for line in file.read_text().splitlines()]
    return [(step, peak, used) for step, (peak, used) in notes]


@pytest.mark.usefixtures("found")
def test_a_member_whose_peak_is_changed_follows_the_new_curve_from_the_step_it_has_reached(folder: Path) -> None:
    members = [rows(file) for file in folder.glob("*.jsonl")]
    assert len(members) == 2
    changed = 0
    for member in members:
        assert [step for step, _, _ in member] == list(range(TOTAL))
        peaks = list(dict.fromkeys(peak for _, peak, _ in member))
        changed += len(peaks) > 1
        programs = {peak: unisched.compile(SPEC | {"peak": peak}, total=TOTAL) for peak in peaks}
        assert [used for _, _, used in member] == [programs[peak](step) for step, peak, _ in member]
    assert changed
