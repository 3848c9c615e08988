"""Two ranks: one schedule without a message between them, whole optimizers and sharded ones."""

from __future__ import annotations

from typing import Any

import pytest
from processes import launched
from small_training import CUT, WATCHING, due

# torch.distributed.optim compiles functions of its own in a way that torch calls deprecated.
OF_TORCH = (":`torch.jit.script` is deprecated", ":`torch.jit.interface` is deprecated")
DRIVERS = ("step", "optimizer")


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return launched(
        "ddp", 2, ignoring=OF_TORCH, folder=str(tmp_path_factory.mktemp("ddp")), parts=["plain", "zero", "metrics"]
    )


def test_all_ranks_use_the_values_of_the_program(ranks: list[Any]) -> None:
    assert [rank["plain"]["rows"] for rank in ranks] == [due(), due()]


def test_all_ranks_end_with_the_same_weights(ranks: list[Any]) -> None:
    assert ranks[0]["plain"]["weights"] == ranks[1]["plain"]["weights"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_shard_of_an_optimizer_uses_the_values_of_the_program(ranks: list[Any], driver: str) -> None:
    assert [rank[f"{driver}, sharded"]["rows"] for rank in ranks] == [due(), due()]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_sharded_optimizer_goes_on_from_its_file_bit_for_bit(ranks: list[Any], driver: str) -> None:
    for rank in ranks:
        again, whole = rank[f"{driver}, sharded_again"], rank[f"{driver}, sharded"]
        assert again["rows"] == due()[CUT:]
        assert again["weights"] == whole["weights"]


def test_a_reduced_metric_moves_all_ranks_alike(ranks: list[Any]) -> None:
    first, second = (rank["reduced"] for rank in ranks)
    assert first["rows"] == second["rows"] == due(spec=WATCHING, metrics=dict(map(tuple, first["fed"])))
    assert first["rows"][-1][0] < 0.03
    assert first["weights"] == second["weights"]
    assert first["said"] == second["said"] == ""


def test_a_metric_of_each_rank_parts_them_and_the_check_says_so_on_all(ranks: list[Any]) -> None:
    first, second = (rank["local"] for rank in ranks)
    assert first["rows"] != second["rows"]
    assert first["weights"] != second["weights"]
    assert first["said"] == second["said"]
    assert "rank 1 differs from rank 0: feedback" in first["said"]
