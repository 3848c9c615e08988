"""accelerate on two ranks: what it should not prepare, what it does with a schedule that it has prepared."""

from __future__ import annotations

from typing import Any

import pytest
from processes import launched
from small_training import CUT, TOTAL, due

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
