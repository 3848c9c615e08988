"""DeepSpeed on two ranks: whole and partitioned optimizers, its own checkpoints, a rank that is killed."""

from __future__ import annotations

from typing import Any

import pytest
from processes import launched
from small_training import CUT, due

# DeepSpeed calls what torch has newer names for.
OF_DEEPSPEED = tuple(
    f":`torch.{name}` is deprecated"
    for name in ("jit.script", "jit.interface", "jit.script_method", "distributed.all_gather_into_tensor",
                 "distributed.reduce_scatter_tensor")
)  # fmt: skip
RUNS = ("0 factory step", "0 object step", "0 factory optimizer", "1 factory step", "1 object step")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("deepspeed"))


@pytest.fixture(scope="module")
def ranks(folder: str) -> list[Any]:
    return launched("with_deepspeed", 2, ignoring=OF_DEEPSPEED, killed=True, folder=folder, launch="first")


@pytest.mark.parametrize("run", RUNS)
def test_every_update_of_two_gathered_batches_uses_its_own_value(ranks: list[Any], run: str) -> None:
    assert [rank["runs"][run]["whole"]["rows"] for rank in ranks] == [due(), due()]


@pytest.mark.parametrize("run", RUNS)
def test_a_checkpoint_of_the_engine_goes_on_bit_for_bit(ranks: list[Any], run: str) -> None:
    for rank in ranks:
        whole, again = rank["runs"][run]["whole"], rank["runs"][run]["again"]
        assert again["rows"] == due()[CUT:]
        assert again["weights"] == whole["weights"] == ranks[0]["runs"][run]["whole"]["weights"]


def test_a_run_with_a_killed_rank_goes_on_bit_for_bit(ranks: list[Any], folder: str) -> None:
    again = launched("with_deepspeed", 2, ignoring=OF_DEEPSPEED, folder=folder, launch="second")
    for before, after in zip(ranks, again, strict=True):
        assert before["killed"] == due()[: CUT + 1]
        assert (after["begin"], after["rows"]) == (CUT + 1, due()[CUT + 1 :])
        assert after["weights"] == before["runs"]["1 factory step"]["whole"]["weights"]


def test_a_metric_for_the_schedule_itself_is_no_step_to_somewhere_else(ranks: list[Any]) -> None:
    for rank in ranks:
        assert rank["metric"]["said"].startswith("StepError")
        assert rank["metric"]["step"] == 2


def test_a_driven_schedule_is_refused_where_the_groups_are_updated_one_at_a_time(ranks: list[Any]) -> None:
    for rank in ranks:
        assert rank["parts"].startswith("UnsupportedError: the engine updates the param groups one at a time")
