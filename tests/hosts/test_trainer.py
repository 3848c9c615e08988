"""The Trainer of Transformers: the pair of optimizer and schedule, the hook for schedules, gathered batches, resume."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import launched
from small_training import CUT, SPEC, TOTAL, WATCHING, Net, Row, Used, batch, due, optimizer_of, weights
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import EvalPrediction, Trainer, TrainingArguments
from unisched_torch import ScheduledTrainer

import unisched

PER_EPOCH = TOTAL // 3


class Model(nn.Module):
    """The small model as the Trainer calls it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = Net()

    def forward(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        outputs = self.net(inputs)
        return {"loss": (outputs - targets).square().mean(), "logits": outputs}


class Rows(Dataset[dict[str, Tensor]]):
    """Four rows a batch, the same at each call."""

    def __init__(self, batches: int) -> None:
        pairs = [batch(index) for index in range(batches)]
        self._inputs, self._targets = (torch.cat(parts) for parts in zip(*pairs, strict=True))

    def __len__(self) -> int:
        return len(self._inputs)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {"inputs": self._inputs[index], "targets": self._targets[index]}


def arguments(folder: Path, gathered: int, **settings: Any) -> TrainingArguments:
    plain: dict[str, Any] = {
        "save_strategy": "no", "logging_strategy": "no", "per_device_train_batch_size": 4, "use_cpu": True,
    }  # fmt: skip
    return TrainingArguments(
        str(folder), num_train_epochs=3, gradient_accumulation_steps=gathered, report_to=[], disable_tqdm=True,
        dataloader_pin_memory=False, **plain | settings,
    )  # fmt: skip


class Grouped(Trainer):
    """A Trainer with the two param groups."""

    def create_optimizer(self, *args: Any, **kwargs: Any) -> torch.optim.Optimizer:
        if self.optimizer is None:
            self.optimizer = optimizer_of(self.model.net)
        return self.optimizer


class Hooked(Grouped):
    """Makes its schedule when it knows how many updates there will be."""

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        if self.lr_scheduler is None:
            of = optimizer or self.optimizer
            self.lr_scheduler = unisched.build(SPEC, "torch", optimizer=of, total=num_training_steps)
            self._created_lr_scheduler = True
        return self.lr_scheduler


def paired(folder: Path, gathered: int, driver: str = "step", **settings: Any) -> Trainer:
    model = Model()
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(model.net), total=TOTAL, driver=driver)
    return Trainer(model, arguments(folder, gathered, **settings), train_dataset=Rows(PER_EPOCH * gathered),
                   optimizers=(scheduler.optimizer, scheduler))  # fmt: skip


def driven(folder: Path, gathered: int, **settings: Any) -> Trainer:
    return paired(folder, gathered, "optimizer", **settings)


def hooked(folder: Path, gathered: int, **settings: Any) -> Trainer:
    return Hooked(Model(), arguments(folder, gathered, **settings), train_dataset=Rows(PER_EPOCH * gathered))


class Mixed(ScheduledTrainer, Grouped):
    """Takes a document, and does the same."""


def mixed(folder: Path, gathered: int, **settings: Any) -> Trainer:
    return Mixed(Model(), arguments(folder, gathered, **settings), train_dataset=Rows(PER_EPOCH * gathered),
                 schedule=SPEC)  # fmt: skip


MAKERS = [paired, driven, hooked, mixed]


def trained(trainer: Trainer, **settings: Any) -> list[Row]:
    recorded: list[Used] = []
    begin = trainer.callback_handler.on_train_begin

    def begun(*args: Any, **kwargs: Any) -> Any:
        inner = trainer.optimizer
        while hasattr(inner, "optimizer"):
            inner = inner.optimizer
        recorded.append(Used(inner))
        return begin(*args, **kwargs)

    trainer.callback_handler.on_train_begin = begun
    trainer.train(**settings)
    return recorded[0].rows


@pytest.mark.parametrize("gathered", [1, 2])
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_every_update_uses_its_own_value(make: Any, gathered: int, tmp_path: Path) -> None:
    assert trained(make(tmp_path, gathered)) == due()


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_checkpoint_within_an_epoch_goes_on_bit_for_bit(make: Any, tmp_path: Path) -> None:
    whole = make(tmp_path, 2, save_strategy="steps", save_steps=CUT)
    trained(whole)
    again = make(tmp_path / "again", 2)
    rows = trained(again, resume_from_checkpoint=str(tmp_path / f"checkpoint-{CUT}"))
    assert rows == due()[CUT:]
    assert weights(again.model) == weights(whole.model)


def test_the_log_shows_the_rate_of_the_body(tmp_path: Path) -> None:
    trainer = paired(tmp_path, 1, logging_strategy="steps", logging_steps=1)
    trainer.train()
    logged = [entry["learning_rate"] for entry in trainer.state.log_history if "learning_rate" in entry]
    assert logged == [row[0] for row in due(TOTAL)]


def test_two_ranks_use_the_values_of_one(tmp_path: Path) -> None:
    ranks = launched("with_trainer", 2, folder=str(tmp_path))
    assert [rank["rows"] for rank in ranks] == [due(), due()]
    assert ranks[0]["weights"] == ranks[1]["weights"]


@pytest.mark.parametrize("make", [hooked, mixed], ids=lambda make: make.__name__)
def test_a_second_training_begins_the_schedule_anew(make: Any, tmp_path: Path) -> None:
    trainer = make(tmp_path, 1)
    trainer.train()
    trainer.optimizer = None
    assert trained(trainer) == due()


EVERY = 4
LOSSES = [1.0, 1.1, 1.1, 1.2, 1.2, 0.9]


class Scripted:
    """Gives, at each evaluation, the loss that stands in the table."""

    trainer: Trainer

    def __call__(self, prediction: EvalPrediction) -> dict[str, float]:
        return {"scripted": LOSSES[self.trainer.state.global_step // EVERY - 1]}


def watching(make: Callable[..., Trainer], folder: Path, **settings: Any) -> Trainer:
    script = Scripted()
    watched = arguments(folder, 1, eval_strategy="steps", eval_steps=EVERY, metric_for_best_model="scripted",
                        label_names=["targets"], **settings)  # fmt: skip
    script.trainer = make(watched, train_dataset=Rows(PER_EPOCH), eval_dataset=Rows(1), compute_metrics=script)
    return script.trainer


def ported(arguments: TrainingArguments, **settings: Any) -> Trainer:
    model = Model()
    scheduler = unisched.build(WATCHING, "torch", optimizer=optimizer_of(model.net), total=TOTAL, driver="optimizer")
    return Trainer(model, arguments, optimizers=(scheduler.optimizer, scheduler.metric_port()), **settings)


def mixed_in(arguments: TrainingArguments, **settings: Any) -> Trainer:
    return Mixed(Model(), arguments, schedule=WATCHING, **settings)


@pytest.mark.parametrize("make", [ported, mixed_in], ids=lambda make: make.__name__)
def test_a_warm_up_and_a_plateau_go_through_the_trainer_and_its_checkpoints(make: Any, tmp_path: Path) -> None:
    expected = due(spec=WATCHING, metrics={EVERY * (index + 1): loss for index, loss in enumerate(LOSSES)})
    assert len({row[0] for row in expected[4:]}) == 3
    whole = watching(make, tmp_path, save_strategy="steps", save_steps=EVERY)
    assert trained(whole) == expected
    again = watching(make, tmp_path / "again")
    cut = 4 * EVERY
    assert trained(again, resume_from_checkpoint=str(tmp_path / f"checkpoint-{cut}")) == expected[cut:]
    assert weights(again.model) == weights(whole.model)
