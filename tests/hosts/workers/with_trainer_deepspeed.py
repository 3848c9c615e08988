"""The Trainer of Transformers over DeepSpeed: its stages, an optimizer of the configuration, a checkpoint taken up."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from typing import Any

os.environ["DS_ACCELERATOR"] = "cpu"

import deepspeed
from processes import asked, report
from small_training import CUT, SPEC, Row
from test_trainer import PER_EPOCH, Model, Rows, arguments, hooked, mixed, paired, trained
from transformers import Trainer
from unisched_torch import ScheduledTrainer

FOLDER = Path(asked()["folder"])
# Its own all-reduce takes a minute to compile; that of gloo is there.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
OWN = {"optimizer": {"type": "AdamW", "params": {"lr": "auto", "torch_adam": True}}}


def over(stage: int, **more: Any) -> dict[str, Any]:
    """Give what the Trainer is told, to run over this stage of ZeRO."""
    sizes = ("train_micro_batch_size_per_gpu", "train_batch_size", "gradient_accumulation_steps")
    configuration = {"zero_optimization": {"stage": stage}, **dict.fromkeys(sizes, "auto"), **more}
    return {"use_cpu": False, "deepspeed": configuration}


def whole(parts: list[Row], stage: int) -> list[Row]:
    """Join the two parts of each update: stages 1 and 2 show one group at a time, stage 3 shows both each time."""
    if stage == 0:
        return parts
    assert stage < 3 or parts[::2] == parts[1::2]
    return parts[::2] if stage == 3 else [list(chain(*pair)) for pair in zip(parts[::2], parts[1::2], strict=True)]


def taken_up() -> list[Row]:
    mixed(FOLDER / "cut", 2, save_strategy="steps", save_steps=CUT, **over(1)).train()
    place = str(FOLDER / "cut" / f"checkpoint-{CUT}")
    return whole(trained(mixed(FOLDER / "again", 2, **over(1)), resume_from_checkpoint=place), 1)


class Alone(ScheduledTrainer, Trainer):
    """Takes a document, and nothing else."""


def configured() -> list[Row]:
    """DeepSpeed makes the optimizer, of one group, and steps the schedule by itself."""
    settings = arguments(FOLDER / "own", 2, **over(0, **OWN))
    return trained(
        Alone(Model(), settings, train_dataset=Rows(2 * PER_EPOCH), schedule={"schedules": SPEC["schedules"]})
    )


def handed_over() -> str:
    """The trap: the Trainer forgets its `optimizers=` here."""
    trainer = paired(FOLDER / "pair", 2, **over(0))
    trainer.train()
    return type(trainer.lr_scheduler).__name__


results: dict[str, Any] = {
    f"{make.__name__} {stage}": whole(trained(make(FOLDER / f"{make.__name__}-{stage}", 2, **over(stage))), stage)
    for make, stage in ((mixed, 0), (mixed, 1), (mixed, 2), (mixed, 3), (hooked, 1))
}
report(results | {"taken up": taken_up(), "configured": configured(), "handed over": handed_over()})
deepspeed.comm.destroy_process_group()
