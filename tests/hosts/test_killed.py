"""Killed with SIGKILL at the worst moments and started again: every value is that of the run that was not cut."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from killing import moments, noted, survive
from small_training import SPEC, TOTAL, WATCHING, due
from workers.killed_torch import train

HERE = Path(__file__).parent
KILLS = moments(TOTAL, 4, seed=20)

RATE = {"kind": "warmup_cosine", "peak": 0.03, "warmup": 4}
RUNS: dict[str, tuple[Any, str]] = {
    "one curve": (RATE, "step"),
    "several hyperparameters and groups": (SPEC, "step"),
    "several, driven by the optimizer": (SPEC, "optimizer"),
    "a plateau": (WATCHING, "step"),
    "a plateau, driven by the optimizer": (WATCHING, "optimizer"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    train(folder, RUNS)
    return folder


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cut")
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-Werror", str(HERE / "workers" / "killed_torch.py"), json.dumps(RUNS)]
    survive(command, folder, KILLS, environment)
    return folder


def test_the_kills_are_at_the_first_update_at_the_last_and_at_others_between() -> None:
    steps = [int(kill.split()[-1]) for kill in KILLS]
    assert len(KILLS) == 6
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, TOTAL - 1)


def test_the_whole_run_uses_the_values_of_the_program(whole: Path) -> None:
    rows = noted(whole / "used.jsonl")
    assert [row["several hyperparameters and groups"] for row in rows] == due()


def test_the_plateau_lowers_the_rate_after_some_kills_and_before_others(whole: Path) -> None:
    rates = [row["a plateau"][0] for row in noted(whole / "used.jsonl")]
    drops = [step for step in range(5, TOTAL) if rates[step] < rates[step - 1]]
    kills = [int(kill.split()[-1]) for kill in KILLS]
    assert kills[0] < drops[0] < kills[-2]


@pytest.mark.parametrize("name", RUNS)
def test_the_run_that_was_killed_six_times_uses_the_same_values(whole: Path, cut: Path, name: str) -> None:
    used = [[row[name] for row in noted(folder / "used.jsonl")] for folder in (whole, cut)]
    assert len(used[0]) == TOTAL
    assert used[1] == used[0]


@pytest.mark.parametrize("name", RUNS)
def test_the_run_that_was_killed_six_times_ends_with_the_same_weights(whole: Path, cut: Path, name: str) -> None:
    ended = [json.loads((folder / "weights.json").read_text())[name] for folder in (whole, cut)]
    assert ended[1] == ended[0]
