"""Trainings that log what every update used, in the key conventions of three loggers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import torch
import wandb
from torch.utils.tensorboard import SummaryWriter
from training import SPEC, TOTAL, loss, optimizer_of
from unisched_torch import UnischedLR

import unisched


def net_and_scheduler() -> tuple[torch.nn.Sequential, UnischedLR]:
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 1))
    return net, unisched.build(SPEC, "torch", optimizer=optimizer_of(net), total=TOTAL)


def update(net: torch.nn.Sequential, scheduler: UnischedLR) -> None:
    scheduler.optimizer.zero_grad()
    loss(net).backward()
    scheduler.optimizer.step()
    scheduler.step()


def to_tensorboard(folder: Path) -> None:
    net, scheduler = net_and_scheduler()
    with SummaryWriter(str(folder)) as writer:
        writer.add_text("schedule", f"```json\n{scheduler.program.spec.to_json()}\n```")
        for step in range(TOTAL):
            for target, value in scheduler.program.at(step).items():
                writer.add_scalar("/".join(filter(None, ("planned", *target))), value, step)
        for step in range(TOTAL):
            update(net, scheduler)
            for name, value in scheduler.last_used().items():
                writer.add_scalar(name, value, step)


def as_lightning_names(scheduler: UnischedLR) -> dict[str, float]:
    optimizer, used = scheduler.optimizer, scheduler.last_used()
    names = [group.get("name", f"pg{place}") for place, group in enumerate(optimizer.param_groups, 1)]
    return {f"lr-{type(optimizer).__name__}/{name}": used[f"lr-{name}"] for name in names}


def to_wandb(folder: Path) -> None:
    net, scheduler = net_and_scheduler()
    config = {"schedule": scheduler.program.spec.model_dump()}
    with wandb.init(mode="offline", project="schedules", dir=folder, config=config) as run:
        for step in range(TOTAL):
            update(net, scheduler)
            used = {f"train/{name}": value for name, value in scheduler.last_used().items()}
            planned = {"/".join(filter(None, ("planned", *t))): v for t, v in scheduler.program.at(step).items()}
            run.log(used | planned, step=step)


def to_mlflow(folder: Path) -> str:
    net, scheduler = net_and_scheduler()
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = mlflow.create_experiment("schedules", artifact_location=(folder / "artifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment) as run:
        mlflow.log_dict(scheduler.program.spec.model_dump(), "schedule.json")
        mlflow.log_param("schedule.fingerprint", scheduler.program.fingerprint)
        for step in range(TOTAL):
            update(net, scheduler)
            mlflow.log_metrics(as_lightning_names(scheduler), step=step)
    found: Any = run.info.run_id
    return str(found)
