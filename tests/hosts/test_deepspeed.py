"""DeepSpeed on two ranks: whole and partitioned optimizers, its own checkpoints, a rank that is killed."""

from __future__ import annotations

from typing import Any

import pytest
from processes import launched
from small_training import CUT, TOTAL, WATCHING, due

# DeepSpeed calls what torch has newer names for.
OF_DEEPSPEED = tuple(
    f":`torch.{name}` is deprecated"
    for name in ("jit.script", "jit.interface", "jit.script_method", "distributed.all_gather_into_tensor",
                 "distributed.reduce_scatter_tensor")
)  # fmt: skip
RUNS = ("0 factory step", "0 object step", "0 factory optimizer", "1 factory step", "1 object step", "2 factory step",
        "3 factory step", "3 object step")  # fmt: skip


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


def test_a_port_observes_what_the_engine_hands_it_after_each_update(ranks: list[Any]) -> None:
    expected = due(spec=WATCHING, metrics={step + 1: float(step % 3) for step in range(TOTAL)})
    assert len({row[0] for row in expected[4:]}) > 3
    assert [rank["ported"]["fed"] for rank in ranks] == [expected, expected]


def test_a_port_that_is_handed_no_metric_does_not_take_the_size_of_the_batch_for_one(ranks: list[Any]) -> None:
    for rank in ranks:
        assert rank["ported"]["not fed"].startswith("StepError: loss is None, not one number")


def test_a_schedule_that_is_handed_over_goes_before_the_one_of_the_configuration(ranks: list[Any]) -> None:
    assert [rank["configured"] for rank in ranks] == [due(), due()]


@pytest.mark.parametrize("stage", ["1", "2", "3", "3, one group"])
def test_a_driven_schedule_is_refused_where_an_update_is_made_in_parts(ranks: list[Any], stage: str) -> None:
    for rank in ranks:
        assert rank["parts"][stage].startswith("UnsupportedError: the engine makes an update in parts")
