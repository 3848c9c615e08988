"""Sharded models and DCP: saved on two ranks and loaded on one, and the other way round; groups added late as well."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from processes import launched
from small_training import CUT, TOTAL, Row, due

DRIVERS = ("step", "optimizer")
NAMES = ("plain", "late", "tensors")
LATE, GIVEN = 5, [0.001, 0.01, 0.9]  # before which update it is added, and what the optimizer gives it until then
# A pattern that fits no group yet is said at construction, as it should be.
WAITS = (":'head*' of the schedule's groups fit no param group yet",)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Any]]:
    """By number of ranks, what each rank saved and then loaded."""
    folder = str(tmp_path_factory.mktemp("dcp"))
    one = launched("sharded", 1, ignoring=WAITS, folder=folder, saves=True, loads=[1])
    two = launched("sharded", 2, ignoring=WAITS, folder=folder, saves=True, loads=[1, 2])
    again = launched("sharded", 1, ignoring=WAITS, folder=folder, saves=False, loads=[2])
    return {1: [one[0] | again[0]], 2: two}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("ranks", [1, 2])
def test_every_update_of_a_sharded_optimizer_uses_its_own_value(
    runs: dict[int, list[Any]], ranks: int, driver: str
) -> None:
    assert [rank[f"plain {driver}"]["rows"] for rank in runs[ranks]] == [due()] * ranks


def of(name: str) -> list[Row]:
    """What is due: a tensor holds the rate, the only number of a group that is one, as float32."""
    if name != "tensors":
        return due()
    return [torch.tensor([row[0], row[3]], dtype=torch.float32).tolist() for row in due()]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("ranks", [1, 2])
def test_rates_that_are_tensors_stay_those_tensors_and_hold_the_value(
    runs: dict[int, list[Any]], ranks: int, driver: str
) -> None:
    assert [rank[f"tensors {driver}"]["rows"] for rank in runs[ranks]] == [of("tensors")] * ranks
    whole = runs[ranks][0][f"plain {driver}"]["weights"]
    assert runs[ranks][0][f"tensors {driver}"]["weights"] == pytest.approx(whole, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("ranks", [1, 2])
def test_a_group_added_late_uses_its_own_value_from_the_next_step_on(
    runs: dict[int, list[Any]], ranks: int, driver: str
) -> None:
    both = due()
    expected = [[*row[:3], *GIVEN] if step == LATE else row[: 3 if step < LATE else 6] for step, row in enumerate(both)]
    assert [rank[f"late {driver}"]["rows"] for rank in runs[ranks]] == [expected] * ranks


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("old", "new"), [(1, 1), (2, 2), (2, 1), (1, 2)])
def test_a_checkpoint_goes_on_with_the_same_values_on_as_many_ranks_or_others(
    runs: dict[int, list[Any]], name: str, old: int, new: int, driver: str
) -> None:
    for rank in runs[new]:
        again = rank[f"{name} {driver} from {old}"]
        whole = runs[old][0][f"{name} {driver}"]
        assert again["rows"] == of(name)[CUT:TOTAL]
        if old == new:
            assert again["weights"] == whole["weights"]
        else:  # the mean over ranks is rounded otherwise
            assert again["weights"] == pytest.approx(whole["weights"], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_schedule_that_is_loaded_before_its_optimizer_goes_on_bit_for_bit(
    runs: dict[int, list[Any]], driver: str
) -> None:
    for rank in runs[2]:
        assert rank[f"filled last {driver}"]["rows"] == due()[CUT:]
        assert rank[f"filled last {driver}"]["weights"] == rank[f"plain {driver}"]["weights"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_state_asked_for_before_the_first_update_is_no_update(runs: dict[int, list[Any]], driver: str) -> None:
    for rank in runs[2]:
        assert rank[f"asked first {driver}"] == {"rows": due(), "step": TOTAL}
