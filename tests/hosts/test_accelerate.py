"""accelerate on two ranks: what it should not prepare, what it does with a schedule that it has prepared."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from processes import launched
from small_training import CUT, TOTAL, WATCHING, Row, due

DRIVERS = ("step", "optimizer")


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return launched("with_accelerate", 2, folder=str(tmp_path_factory.mktemp("accelerate")))


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_update_of_two_gathered_batches_uses_its_own_value_on_each_rank(ranks: list[Any], driver: str) -> None:
    assert [rank[f"registered {driver}"]["whole"]["rows"] for rank in ranks] == [due(), due()]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_registered_schedule_goes_on_from_the_saved_state_bit_for_bit(ranks: list[Any], driver: str) -> None:
    for rank in ranks:
        whole, again = rank[f"registered {driver}"]["whole"], rank[f"registered {driver}"]["again"]
        assert again["rows"] == due()[CUT:]
        assert again["weights"] == whole["weights"] == ranks[0][f"registered {driver}"]["whole"]["weights"]


def test_a_prepared_schedule_is_stepped_once_for_each_process_and_says_so_once(ranks: list[Any]) -> None:
    for rank in ranks:
        assert rank["prepared step"]["steps"] == TOTAL
        assert rank["prepared step"]["rows"] == due()[::2]
        (message,) = rank["prepared step"]["warned"]
        assert "The optimizer made 2 updates while its schedule made 4 steps" in message
        assert 'build with driver="optimizer" and do not prepare the scheduler' in message


def test_a_prepared_schedule_that_the_optimizer_drives_keeps_pace(ranks: list[Any]) -> None:
    for rank in ranks:
        assert rank["prepared optimizer"]["rows"] == due()[: TOTAL // 2]
        assert rank["prepared optimizer"]["warned"] == []


def test_one_that_is_not_linked_to_the_optimizer_is_stepped_at_every_batch_and_says_so_once(ranks: list[Any]) -> None:
    for rank in ranks:
        assert rank["unlinked step"]["steps"] == TOTAL
        assert rank["unlinked step"]["rows"] == due()[1::2]  # the first batch of an update has moved it already
        (message,) = rank["unlinked step"]["warned"]
        assert "The optimizer made 1 updates while its schedule made 3 steps" in message


@pytest.mark.parametrize("way", ["unlinked step, under sync", "unlinked optimizer"])
def test_one_that_is_not_linked_keeps_pace_under_sync_or_where_the_optimizer_drives(ranks: list[Any], way: str) -> None:
    for rank in ranks:
        assert rank[way]["rows"] == due()[: TOTAL // 2]
        assert rank[way]["warned"] == []


def watched(means: list[float], times: int) -> list[Row]:
    """What is due where the mean after each update is observed so many times, by torch's own class."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, eps=0.0)
    rows = due(TOTAL // 2, WATCHING, metrics={})
    for update, mean in enumerate(means, 1):
        for _ in range(times if update >= 4 else 0):  # the plateau begins after the warm-up
            plateau.step(mean)
        for row in rows[update : update + 1]:
            row[0], row[3] = row[0] * plateau.get_last_lr()[0], row[3] * plateau.get_last_lr()[0]
    return rows


@pytest.mark.parametrize("way", ["fed itself", "fed prepared, unlinked"])
def test_a_mean_over_the_ranks_is_observed_once(ranks: list[Any], way: str) -> None:
    assert ranks[0][way]["means"] == ranks[1][way]["means"]
    for rank in ranks:
        assert rank[way]["rows"] == watched(rank[way]["means"], 1)
        assert rank[way]["warned"] == []


def test_a_port_that_was_prepared_observes_once_for_each_process_and_says_so_once(ranks: list[Any]) -> None:
    for rank in ranks:
        means = rank["fed prepared"]["means"]
        assert rank["fed prepared"]["rows"] == watched(means, 2) != watched(means, 1)
        (message,) = rank["fed prepared"]["warned"]
        assert message.startswith("loss was observed twice at step ")
        assert "do not prepare the port" in message
