"""Ray Train on two workers: a worker that is killed, and the run that Ray starts again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from killing import noted
from processes import launched
from small_training import CUT, due

# Ray sets its own old options, and says so.
OF_RAY = ("::DeprecationWarning:ray.data.context",)
# As in the runs of torch's own distributed optimizers.
OF_TORCH = (":`torch.jit.script` is deprecated", ":`torch.jit.interface` is deprecated")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ray")


@pytest.fixture(scope="module")
def last(folder: Path) -> dict[str, Any]:
    """What the restarted run reported last."""
    found: dict[str, Any] = launched("with_ray", 1, ignoring=OF_RAY, folder=str(folder))[0]
    return found


def test_ray_starts_again_from_the_reported_checkpoint(last: dict[str, Any]) -> None:
    assert last["begin"] == CUT


@pytest.mark.usefixtures("last")
@pytest.mark.parametrize("rank", [0, 1])
def test_every_update_before_and_after_the_kill_uses_its_own_value(folder: Path, rank: int) -> None:
    assert noted(folder / f"used-{rank}.jsonl") == due()


@pytest.mark.usefixtures("last")
def test_the_weights_are_those_of_a_run_without_ray_and_without_a_kill(folder: Path) -> None:
    plain = launched("ddp", 2, ignoring=OF_TORCH, folder=str(folder), parts=["plain"])
    ended = [json.loads((folder / f"weights-{rank}.json").read_text()) for rank in (0, 1)]
    assert ended == [rank["plain"]["weights"] for rank in plain]
