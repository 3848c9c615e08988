"""Two real processes over gloo: ranks that observe one metric agree, and ranks that observe their own are found out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import SGD
from unisched_torch import UnischedLR, assert_ranks_agree

WORKER = Path(__file__).parent / "workers" / "ranks.py"
LIMIT = 180  # seconds: ends a run that hangs
Report = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    """Give what each rank found."""
    folder = tmp_path_factory.mktemp("ranks")
    files = [folder / f"{rank}.json" for rank in range(2)]
    running = [
        subprocess.Popen([sys.executable, "-Werror", str(WORKER), str(rank), str(folder / "meeting"), str(file)],
                         env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for rank, file in enumerate(files)
    ]  # fmt: skip
    try:
        outputs = [process.communicate(timeout=LIMIT)[0].decode() for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0], "\n".join(outputs)
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def test_ranks_that_observe_the_reduced_metric_agree(reports: list[Report]) -> None:
    assert [report["reduced"] for report in reports] == [{"rates": [0.1], "code": None}] * 2


def test_ranks_that_observe_their_own_metric_part_and_every_rank_hears_of_it(reports: list[Report]) -> None:
    parted = [report["local"] for report in reports]
    assert [found["rates"] for found in parted] == [[0.025], [0.1]]
    assert [found["code"] for found in parted] == ["state.ranks"] * 2
    assert parted[0]["said"] == parted[1]["said"]
    for piece in (
        "state: rank 1 differs from rank 0", 'feedback["schedules.learning_rate.curve"].drops is 0, and not 2',
        "best is 0.2, and not 0.4", "Reduce a metric over all ranks before it is observed",
    ):  # fmt: skip
        assert piece in parted[0]["said"]


def test_ranks_of_other_groups_are_not_asked(reports: list[Report]) -> None:
    assert [report["local, each rank by itself"]["code"] for report in reports] == [None, None]


def test_ranks_at_other_steps_or_with_other_documents_do_not_agree(reports: list[Report]) -> None:
    for report in reports:
        assert "rank 1 differs from rank 0: step is 2, and not 1. " in report["stepped"]["said"]
        assert "rank 1 differs from rank 0: clock.total is 11, and not 10. " in report["documents"]["said"]


def test_one_process_alone_agrees() -> None:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    assert_ranks_agree(UnischedLR(optimizer, {"kind": "plateau", "monitor": "loss"}))
