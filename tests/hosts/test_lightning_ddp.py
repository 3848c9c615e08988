"""Lightning's Trainer on two ranks: a metric that was logged with `sync_dist`, and the trap of one that was not."""

from __future__ import annotations

from typing import Any

import pytest
from processes import launched
from small_training import TOTAL, WATCHING, due

# As in the runs of one process: the parts of a tree, and advice about speed. The log of each rank's own loss is the
# trap, of which Lightning warns too.
OF_LIGHTNING = (
    ":`isinstance(treespec, LeafSpec)` is deprecated",
    ":The 'train_dataloader' does not have many workers",
    ":The 'val_dataloader' does not have many workers",
    ":It is recommended to use `self.log('val_loss', ..., sync_dist=True)`",
)
PER_EPOCH = TOTAL // 6
MEANS = {PER_EPOCH * (epoch + 1): 3.5 for epoch in range(6)}


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return launched("with_lightning", 2, ignoring=OF_LIGHTNING, folder=str(tmp_path_factory.mktemp("lightning")))


def test_a_metric_that_lightning_reduces_moves_all_ranks_alike(ranks: list[Any]) -> None:
    first, second = (rank["reduced"] for rank in ranks)
    assert first["rows"] == second["rows"] == due(spec=WATCHING, metrics=MEANS)
    assert first["rows"] != due(spec=WATCHING, metrics={})
    assert first["weights"] == second["weights"]
    assert first["said"] == second["said"] == ""


def test_a_metric_of_each_rank_parts_them_and_the_check_says_so_on_all(ranks: list[Any]) -> None:
    first, second = (rank["local"] for rank in ranks)
    assert first["rows"] == due(spec=WATCHING, metrics={})  # its own loss falls throughout
    assert first["rows"] != second["rows"]
    assert first["weights"] != second["weights"]
    assert first["said"] == second["said"]
    assert "rank 1 differs from rank 0: feedback" in first["said"]
