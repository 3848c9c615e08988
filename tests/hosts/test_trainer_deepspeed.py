"""The Trainer of Transformers over DeepSpeed: a document through the mixin, or through the hook for schedules."""

from __future__ import annotations

from typing import Any

import pytest
from processes import launched
from small_training import CUT, due
from test_deepspeed import OF_DEEPSPEED


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = str(tmp_path_factory.mktemp("trainer"))
    results: dict[str, Any] = launched("with_trainer_deepspeed", 1, ignoring=OF_DEEPSPEED, folder=folder)[0]
    return results


@pytest.mark.parametrize("run", ["mixed 0", "mixed 1", "mixed 2", "mixed 3", "hooked 1"])
def test_every_update_of_two_gathered_batches_uses_its_own_value(found: dict[str, Any], run: str) -> None:
    assert found[run] == due()


def test_a_checkpoint_within_an_epoch_goes_on(found: dict[str, Any]) -> None:
    assert found["taken up"] == due()[CUT:]


def test_an_optimizer_of_the_configuration_follows_too(found: dict[str, Any]) -> None:
    assert found["configured"] == [row[:3] for row in due()]


def test_a_schedule_that_is_handed_over_with_its_optimizer_is_forgotten_by_the_trainer(found: dict[str, Any]) -> None:
    assert found["handed over"] == "LambdaLR"
