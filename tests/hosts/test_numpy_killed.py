"""A loop without a framework, under a plateau, killed with SIGKILL at many moments: every float64 is as it was due."""

from __future__ import annotations

import sys
from pathlib import Path

from killing import moments, noted, survive
from plateaus import drops_by_torch
from workers.documents import FACTOR, RATE, SEVERAL, TOTAL
from workers.metrics import METRICS

import unisched

HERE = Path(__file__).parent


def due() -> list[list[float]]:
    """Give what the updates of that loop use, and the weight after each."""
    rate = unisched.compile(RATE, total=TOTAL).function()
    decay = unisched.compile(SEVERAL, total=TOTAL).function("weight_decay")
    found, weight = [], 1.0
    for step, drops in enumerate(drops_by_torch(METRICS[:TOTAL])):
        used = rate(step) * FACTOR**drops
        weight -= used * (2 * weight + decay(step) * weight)
        found.append([used, decay(step), weight])
    return found


def test_a_loop_that_is_killed_again_and_again_uses_the_values_of_one_that_is_not(tmp_path: Path) -> None:
    survive(
        [sys.executable, "-m", "workers.killed_numpy"], tmp_path, moments(TOTAL, 6, seed=4), {"PYTHONPATH": str(HERE)}
    )
    assert noted(tmp_path / "used.jsonl") == due()
