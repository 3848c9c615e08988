"""What the logs of hosts say of the learning rate, and of which update: the names and the steps in their files."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from lightning_runs import OF_LIGHTNING, Batches, trainer
from small_training import SPEC, TOTAL, due
from tensorboardX.proto.event_pb2 import Event
from test_lightning import Module
from test_trainer import Grouped, Model, Rows, arguments
from unisched_torch import ScheduledTrainer

BODY, HEAD = 0, 3
"""Where the learning rates of the two groups stand in a row of `due`."""

pytestmark = OF_LIGHTNING


def test_a_row_of_lightnings_monitor_is_the_rate_of_the_update_of_that_number(tmp_path: Path) -> None:
    logger = CSVLogger(tmp_path, flush_logs_every_n_steps=1)
    monitor = LearningRateMonitor(logging_interval="step")
    trainer(tmp_path, 3, callbacks=[monitor], logger=logger, log_every_n_steps=1).fit(Module(), Batches(TOTAL // 3))
    header, *lines = (Path(logger.log_dir) / "metrics.csv").read_text().splitlines()
    rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    assert {int(row["step"]): float(row["lr-AdamW/head"]) for row in rows} == {
        step: row[HEAD] for step, row in enumerate(due())
    }


class Logged(ScheduledTrainer, Grouped):
    """A Trainer that follows a document, and logs all that an update used."""

    def log(self, logs: dict[str, float], *others: Any) -> None:
        super().log(logs | self.lr_scheduler.last_used(), *others)


def test_the_trainer_hands_the_rate_of_the_update_before_and_all_that_it_used_to_tensorboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path))
    settings = replace(arguments(tmp_path, 1, logging_strategy="steps", logging_steps=1), report_to=["tensorboard"])
    Logged(Model(), settings, schedule=SPEC, train_dataset=Rows(TOTAL // 3)).train()
    found = scalars(next(tmp_path.rglob("events.out.tfevents.*")))
    for name, place in (("train/learning_rate", BODY), ("train/lr-body", BODY), ("train/lr-head", HEAD)):
        assert found[name] == {step: pytest.approx(row[place], rel=1e-7) for step, row in enumerate(due(), 1)}


def scalars(file: Path) -> dict[str, dict[int, float]]:
    """Give the scalars of a file of TensorBoard, by name and step."""
    content, place = file.read_bytes(), 0
    found: dict[str, dict[int, float]] = {}
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        event = Event.FromString(content[place + 12 : place + 12 + length])
        place += length + 16
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found
