"""The mixin for the Trainer, on a stand-in that asks for its scheduler as the Trainer does: what it makes, and when."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer
from unisched_torch import MetricPort, ScheduledTrainer, UnischedLR

import unisched
from unisched.errors import BindingError, SpecError, StateError

Update = Callable[[Optimizer], None]

LINE = {"kind": "linear", "start": 1, "end": 0}
STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
FED = {"metric_for_best_model": "loss", "eval_strategy": "epoch"}


class Loop:
    """Of the real Trainer: the arguments it knows, the names of what it keeps, and the call for a scheduler."""

    def __init__(self, **given: Any) -> None:
        plain = {"num_train_epochs": 3.0, "max_steps": -1, "metric_for_best_model": None, "eval_strategy": "no"}
        self.args = SimpleNamespace(**plain | given)
        self.optimizer = SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
        self.lr_scheduler: Any = None
        self._created_lr_scheduler = False

    def begin(self, updates: int, optimizer: Optimizer | None = None) -> Any:
        if self._created_lr_scheduler:
            self.lr_scheduler, self._created_lr_scheduler = None, False
        self.create_scheduler(updates, optimizer)  # type: ignore[attr-defined]
        return self.lr_scheduler


class Trained(ScheduledTrainer, Loop):
    pass


def test_the_total_is_the_number_of_updates_that_the_trainer_will_make() -> None:
    trainer = Trained(schedule=LINE)
    scheduler = trainer.begin(12)
    assert isinstance(scheduler, UnischedLR)
    assert (scheduler.program.total, scheduler.program.clock.steps_per_epoch) == (12, 4)
    assert scheduler.optimizer is trainer.optimizer


@pytest.mark.parametrize(
    ("schedule", "updates", "given", "clock"),
    [
        (LINE, 12, {}, (12, 4)),
        (LINE, 13, {}, (13, None)),
        (LINE, 12, {"max_steps": 12}, (12, None)),
        (LINE, 12, {"num_train_epochs": 1.5}, (12, 8)),
        ({"total": 7, "schedules": {"learning_rate": LINE}}, 0, {"num_train_epochs": 0.0}, (7, None)),
        ({"total": 7, "schedules": {"learning_rate": LINE}}, 12, {}, (7, 4)),
        ({"total": "2 epochs", "schedules": {"learning_rate": LINE}}, 12, {}, (8, 4)),
        ({"total": "2 epochs", "steps_per_epoch": 5, "schedules": {"learning_rate": LINE}}, 12, {}, (10, 5)),
        (unisched.compile(LINE, total=5), 12, {}, (5, None)),
    ],
)
def test_the_documents_own_clock_goes_before_what_the_trainer_knows(
    schedule: Any, updates: int, given: dict[str, Any], clock: tuple[int, int | None]
) -> None:
    program = Trained(schedule=schedule, **given).begin(updates).program
    assert (program.total, program.clock.steps_per_epoch) == clock


def test_a_checkpoint_of_a_run_of_another_length_is_taken_up_where_that_is_asked_for() -> None:
    saved = Trained(schedule=LINE).begin(12).state_dict()
    with pytest.raises(StateError, match="total was 12, is 24"):
        Trained(schedule=LINE).begin(24).load_state_dict(saved)
    Trained(schedule=LINE, strict=False).begin(24).load_state_dict(saved)


def test_a_second_training_has_a_schedule_of_its_own_and_one_training_only_one() -> None:
    trainer = Trained(schedule=LINE)
    first = trainer.begin(12)
    assert trainer.create_scheduler(12) is first
    assert trainer.begin(6).program.total == 6


def test_the_optimizer_that_the_trainer_passes_is_the_one_that_is_scheduled() -> None:
    other = SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    assert Trained(schedule=LINE).begin(12, other).optimizer is other


def test_a_schedule_that_watches_is_a_port_and_the_optimizer_drives(update: Update) -> None:
    port = Trained(schedule={"base": "optimizer", "curve": STALL}, **FED).begin(12)
    assert isinstance(port, MetricPort)
    used = []
    for _ in range(4):
        update(port.optimizer)
        used.append(port.scheduler.last_used()["lr"])  # type: ignore[attr-defined]
        port.step(1.0)
    assert used == [0.1, 0.1, 0.05, 0.025]
    assert port.scheduler.last_epoch == 4  # type: ignore[attr-defined]


def test_several_metrics_are_refused() -> None:
    two = {"kind": "product", "curves": [STALL, {**STALL, "monitor": "accuracy"}]}
    with pytest.raises(BindingError, match=r"no metric was named\. Watched is loss, accuracy"):
        Trained(schedule=two, **FED).begin(12)


@pytest.mark.parametrize("missing", FED)
def test_a_schedule_that_would_be_fed_no_metric_is_refused(missing: str) -> None:
    given = {name: value for name, value in FED.items() if name != missing}
    with pytest.raises(BindingError, match="the schedule watches loss, and the Trainer feeds it nothing") as caught:
        Trained(schedule=STALL, **given).begin(12)
    assert caught.value.code == "trainer.metric"


def test_a_document_that_is_wrong_is_found_when_training_begins() -> None:
    with pytest.raises(SpecError, match="there is no kind 'linera'"):
        Trained(schedule={"kind": "linera"}).begin(12)
