"""The Trainer of Transformers as people set it up: by steps, in half precision, its best model, a longer run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from small_training import CUT, SPEC, TOTAL, WATCHING, Row, Used, due, optimizer_of
from test_trainer import (
    EVERY,
    LOSSES,
    PER_EPOCH,
    Mixed,
    Model,
    Rows,
    Scripted,
    arguments,
    mixed,
    paired,
    trained,
)
from torch import Tensor
from torch.optim import AdamW
from transformers import EvalPrediction, Trainer
from unisched_torch import ScheduledTrainer

import unisched
from unisched.errors import StateError


@pytest.mark.parametrize("steps", [CUT, 2 * TOTAL])
def test_the_total_of_a_document_is_max_steps_where_the_trainer_is_told_so(steps: int, tmp_path: Path) -> None:
    assert trained(mixed(tmp_path, 2, max_steps=steps)) == due(steps, total=steps)


def test_epochs_may_be_no_whole_number_and_batches_may_not_divide_one(tmp_path: Path) -> None:
    settings = arguments(tmp_path, 3)
    settings.num_train_epochs = 2.5
    trainer = Mixed(Model(), settings, train_dataset=Rows(7), schedule=SPEC)
    rows = trained(trainer)
    assert rows == due(len(rows), total=len(rows))
    assert len(rows) == trainer.state.global_step == 8


@pytest.mark.parametrize("make", [paired, mixed], ids=lambda make: make.__name__)
def test_half_precision_and_clipped_gradients(make: Any, tmp_path: Path) -> None:
    assert trained(make(tmp_path, 1, bf16=True, max_grad_norm=0.1)) == due()


class Overflowing(Model):
    """Its gradients are infinite in some batches."""

    def __init__(self, batches: tuple[int, ...]) -> None:
        super().__init__()
        self._batches, self._count = batches, -1

    def forward(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        self._count += 1
        outputs = super().forward(inputs, targets)
        return outputs | {"loss": outputs["loss"] * (torch.inf if self._count in self._batches else 1.0)}


@pytest.mark.filterwarnings("ignore:Found NaN or Inf")
@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_updates_that_a_scaler_skips_are_no_steps(driver: str, tmp_path: Path) -> None:
    model = Overflowing((5, 6, 11))
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(model.net), total=TOTAL, driver=driver)
    trainer = Trainer(model, arguments(tmp_path, 1, max_grad_norm=0.0), train_dataset=Rows(PER_EPOCH),
                      optimizers=(scheduler.optimizer, scheduler))  # fmt: skip
    trainer.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=4.0)  # that of fp16, which needs a GPU
    assert trained(trainer) == due(TOTAL - 3)
    assert scheduler.last_epoch == TOTAL - 3


class First(Scripted):
    """Gives a loss before the first update, too."""

    def __call__(self, prediction: EvalPrediction) -> dict[str, float]:
        return super().__call__(prediction) if self.trainer.state.global_step else {"scripted": 2.0}


@pytest.mark.parametrize("at_first", [False, True])
def test_the_best_model_is_loaded_at_the_end_and_moves_nothing(at_first: bool, tmp_path: Path) -> None:
    script = First()
    settings = arguments(
        tmp_path, 1, eval_strategy="steps", eval_steps=EVERY, save_strategy="steps", save_steps=EVERY,
        load_best_model_at_end=True, metric_for_best_model="scripted", greater_is_better=False,
        label_names=["targets"], eval_on_start=at_first,
    )  # fmt: skip
    script.trainer = Mixed(Model(), settings, schedule=WATCHING, train_dataset=Rows(PER_EPOCH), eval_dataset=Rows(1),
                           compute_metrics=script)  # fmt: skip
    fed = {EVERY * (index + 1): loss for index, loss in enumerate(LOSSES)}
    assert trained(script.trainer) == due(spec=WATCHING, metrics=fed)
    state = script.trainer.lr_scheduler.scheduler.state()
    assert (state.step, [memory["seen"] for memory in state.feedback.values()]) == (TOTAL, [len(LOSSES)])


BASED = {"base": "optimizer", "curve": {"kind": "warmup_cosine", "peak": 1, "warmup": 4}}


class Plain(ScheduledTrainer, Trainer):
    """With the optimizer that the Trainer makes by itself, of two param groups without names."""

    used: Used

    def create_optimizer(self, *args: Any, **kwargs: Any) -> torch.optim.Optimizer:
        made = self.optimizer is None
        optimizer = super().create_optimizer(*args, **kwargs)
        if made:
            self.used = Used(optimizer, keys=("lr",))
        return optimizer


def test_the_rate_of_the_arguments_is_the_base_of_a_factor(tmp_path: Path) -> None:
    settings = arguments(tmp_path, 1, learning_rate=0.02, weight_decay=0.1)
    trainer = Plain(Model(), settings, schedule=BASED, train_dataset=Rows(PER_EPOCH))
    trainer.train()
    program = unisched.compile(BASED, total=TOTAL, base=0.02)
    assert trainer.used.rows == [[program(step)] * 2 for step in range(TOTAL)]


def test_a_batch_that_does_not_fit_begins_anew_with_the_total_of_the_smaller_one(tmp_path: Path) -> None:
    trainer = mixed(tmp_path, 1, auto_find_batch_size=True)
    train, calls = trainer.training_step, []

    def training_step(*args: Any, **kwargs: Any) -> Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("CUDA out of memory.")
        return train(*args, **kwargs)

    trainer.training_step = training_step  # type: ignore[method-assign]
    recorded = Used(trainer.create_optimizer())
    trainer.train()
    total = trainer.state.global_step
    assert total > TOTAL
    assert recorded.rows == due(2) + due(total, total=total)


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step..` before `optimizer.step..`")
def test_a_schedule_of_an_optimizer_that_the_trainer_does_not_use_is_noticed(tmp_path: Path) -> None:
    model = Model()
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(model.net), total=TOTAL)
    trainer = Trainer(model, arguments(tmp_path, 1), train_dataset=Rows(PER_EPOCH), optimizers=(None, scheduler))
    with pytest.warns(UserWarning, match="The optimizer made 0 updates while its schedule made 2 steps"):
        trainer.train()


def tensors(folder: Path, **settings: Any) -> Trainer:
    model = Model()
    optimizer = AdamW([
        {"params": list(part.parameters()), "name": name, "lr": torch.tensor(0.1)}
        for name, part in (("body", model.net.body), ("head", model.net.head))
    ])  # fmt: skip
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer, total=TOTAL)
    every = arguments(folder, 1, logging_strategy="steps", logging_steps=1, **settings)
    return Trainer(model, every, train_dataset=Rows(PER_EPOCH), optimizers=(optimizer, scheduler))


def rates_logged(trainer: Trainer, **settings: Any) -> list[float]:
    trainer.train(**settings)
    assert all(type(group["lr"]) is Tensor for group in trainer.lr_scheduler.optimizer.param_groups)
    return [entry["learning_rate"] for entry in trainer.state.log_history if "learning_rate" in entry]


def test_rates_that_are_tensors_are_logged_saved_and_taken_up(tmp_path: Path) -> None:
    expected = [pytest.approx(row[0], rel=1e-7) for row in due()]
    assert rates_logged(tensors(tmp_path, save_strategy="steps", save_steps=CUT)) == expected
    again = tensors(tmp_path / "again")
    assert rates_logged(again, resume_from_checkpoint=str(tmp_path / f"checkpoint-{CUT}")) == expected


def longer(folder: Path, **settings: Any) -> Trainer:
    twice = arguments(folder / "longer", 1)
    twice.num_train_epochs = 6
    return Mixed(Model(), twice, schedule=SPEC, train_dataset=Rows(PER_EPOCH), **settings)


def test_a_checkpoint_of_a_shorter_run_is_refused_and_taken_up_where_that_is_asked_for(tmp_path: Path) -> None:
    mixed(tmp_path, 1, save_strategy="steps", save_steps=CUT).train()
    place = str(tmp_path / f"checkpoint-{CUT}")
    with pytest.raises(StateError, match=r"total was 24, is 48\..* strict=False"):
        longer(tmp_path).train(resume_from_checkpoint=place)
    rows: list[Row] = trained(longer(tmp_path, strict=False), resume_from_checkpoint=place)
    assert rows == due(2 * TOTAL, total=2 * TOTAL)[CUT:]
