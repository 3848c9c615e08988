"""TensorBoard, W&B and MLflow get what every update used, under their own names, and the document; nothing leaves."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest
import wandb
from logging_runs import as_lightning_names, net_and_scheduler, to_mlflow, to_tensorboard, to_wandb, update
from mlflow.exceptions import MlflowException
from offline_runs import configuration, history
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training import SPEC, TOTAL, due

import unisched

SERIES = {
    (hyperparameter, group): due(hyperparameter, group)
    for hyperparameter in ("learning_rate", "weight_decay")
    for group in ("body", "head")
}
USED = {"lr": "learning_rate", "weight_decay": "weight_decay"}


def single(values: list[float]) -> list[float]:
    return [pytest.approx(value, rel=1e-7) for value in values]


def test_tensorboard_has_the_plan_and_what_was_used_step_by_step(tmp_path: Path) -> None:
    to_tensorboard(tmp_path)
    events = EventAccumulator(str(tmp_path)).Reload()
    scalars = {tag: events.Scalars(tag) for tag in events.Tags()["scalars"]}
    assert {"planned/learning_rate", "planned/learning_rate/head", "planned/weight_decay"} <= set(scalars)
    for (hyperparameter, group), values in SERIES.items():
        name = next(short for short, long in USED.items() if long == hyperparameter)
        found = scalars[f"{name}-{group}"]
        assert [event.step for event in found] == list(range(TOTAL))
        assert [event.value for event in found] == single(values)  # the file holds single precision
    assert [event.value for event in scalars["planned/learning_rate/head"]] == single(SERIES["learning_rate", "head"])


def test_the_names_of_lightning_are_one_line_away() -> None:
    net, scheduler = net_and_scheduler()
    for step in range(TOTAL):
        update(net, scheduler)
        expected = {f"lr-AdamW/{group}": SERIES["learning_rate", group][step] for group in ("body", "head")}
        assert as_lightning_names(scheduler) == expected


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


def left_by_wandb(folder: Path) -> Path:
    """Give the file of the run, whole: the process that writes it is still at it when the run has ended."""
    wandb.teardown()
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    return path


def test_wandb_has_every_value_to_the_last_bit_and_the_document_without_a_connection(tmp_path: Path) -> None:
    to_wandb(tmp_path)
    path = left_by_wandb(tmp_path)
    assert unisched.load(configuration(path)["schedule"]) == unisched.load(SPEC)
    rows = history(path)
    assert [row["_step"] for row in rows] == list(range(TOTAL))
    for (hyperparameter, group), values in SERIES.items():
        name = next(short for short, long in USED.items() if long == hyperparameter)
        assert [row[f"train/{name}-{group}"] for row in rows] == values
    assert [row["planned/learning_rate/head"] for row in rows] == SERIES["learning_rate", "head"]


def test_wandb_drops_what_comes_after_a_plan_that_was_logged_beforehand(tmp_path: Path) -> None:
    with wandb.init(mode="offline", project="schedules", dir=tmp_path) as run:
        for step in range(3):
            run.log({"planned": step}, step=step)
        for step in range(3):
            run.log({"used": step}, step=step)
    assert [row.get("used") for row in history(left_by_wandb(tmp_path))] == [None, None, 2]


# MLflow maps its tables in a way that its SQLAlchemy calls deprecated.
OF_MLFLOW = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@OF_MLFLOW
def test_mlflow_has_every_value_to_the_last_bit_and_the_document_without_a_connection(tmp_path: Path) -> None:
    run = to_mlflow(tmp_path)
    client = mlflow.MlflowClient()
    assert client.get_run(run).data.params["schedule.fingerprint"].startswith("sha256:")
    assert unisched.load(tmp_path / "artifacts" / run / "artifacts" / "schedule.json") == unisched.load(SPEC)
    for group in ("body", "head"):
        found = client.get_metric_history(run, f"lr-AdamW/{group}")
        assert [(metric.step, metric.value) for metric in found] == list(enumerate(SERIES["learning_rate", group]))


@OF_MLFLOW
def test_mlflow_takes_no_name_of_a_glob_and_cuts_a_long_parameter(tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    with mlflow.start_run() as run:
        mlflow.log_param("schedule", 7000 * "x")
        with pytest.raises(MlflowException, match="Names may only contain"):
            mlflow.log_metric("planned/learning_rate/head*", 0.1)
    assert mlflow.get_run(run.info.run_id).data.params["schedule"] == 6000 * "x"
