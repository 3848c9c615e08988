"""Lightning's Trainer: per update, per epoch, with gathered batches, cut within an epoch, from a YAML file."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import pytest
import yaml
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.cli import LightningCLI
from lightning.pytorch.loggers import CSVLogger
from lightning_runs import OF_LIGHTNING, Batches, trainer, two_runs
from small_training import CUT, SPEC, TOTAL, Net, Row, Used, batch, due, optimizer_of, weights
from torch import Tensor
from torch.utils.data import DataLoader

import unisched

EPOCHS = 3
PER_EPOCH = TOTAL // EPOCHS

pytestmark = OF_LIGHTNING


class Module(lightning.LightningModule):
    """The small model, with what its optimizer really used."""

    def __init__(self, interval: str | None = "step", total: int | None = None, **build: Any) -> None:
        super().__init__()
        self.net = Net()
        self._interval, self._total, self._build = interval, total, build
        self.used: list[Row] = []

    def training_step(self, pair: tuple[Tensor, Tensor]) -> Tensor:
        inputs, targets = pair
        return (self.net(inputs) - targets).square().mean()

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        total = self._total or int(self.trainer.estimated_stepping_batches)
        scheduler = unisched.build(SPEC, "torch", optimizer=optimizer, total=total, **self._build)
        if self._interval is None:
            return [optimizer], [scheduler]
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": self._interval}}


def fitted(folder: Path, module: Module, count: int = PER_EPOCH, path: Any = None, **settings: Any) -> Module:
    trainer(folder, EPOCHS, **settings).fit(module, Batches(count), ckpt_path=path, weights_only=True)
    return module


def test_every_update_uses_its_own_value(tmp_path: Path) -> None:
    assert fitted(tmp_path, Module()).used == due()


def test_updates_that_gather_three_batches_use_a_value_each(tmp_path: Path) -> None:
    module = fitted(tmp_path, Module(), count=3 * PER_EPOCH, accumulate_grad_batches=3)
    assert module.used == due()


def test_the_default_interval_of_an_epoch_is_noticed(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="made 8 updates while its schedule made 1 steps"):
        module = fitted(tmp_path, Module(interval=None))
    assert module.used == [row for row in due()[:EPOCHS] for _ in range(PER_EPOCH)]


def test_the_default_interval_does_no_harm_where_the_optimizer_drives(tmp_path: Path) -> None:
    assert fitted(tmp_path, Module(interval=None, driver="optimizer")).used == due()


def saved_and_again(folder: Path, cut: int, make: Callable[[], Module], loader: Callable[[], Any]) -> list[Module]:
    """Give the module of a whole run, and that of a run from its checkpoint after `cut` updates."""
    modules = []
    for saving, path in two_runs(folder, cut, every_n_train_steps=cut):
        modules.append(make())
        trainer(folder, EPOCHS, callbacks=[saving], enable_checkpointing=True).fit(
            modules[-1], loader(), ckpt_path=path, weights_only=True
        )
    return modules


@pytest.mark.parametrize("driver", ["step", "optimizer"])
@pytest.mark.parametrize("cut", [PER_EPOCH, CUT], ids=["at the end of an epoch", "within an epoch"])
def test_a_checkpoint_goes_on_bit_for_bit(tmp_path: Path, driver: str, cut: int) -> None:
    # Asked for its number of steps in configure_optimizers, this Lightning would forget where the loader stood.
    whole, again = saved_and_again(
        tmp_path, cut, lambda: Module(driver=driver, total=TOTAL), lambda: Batches(PER_EPOCH)
    )
    assert again.used == due()[cut:]
    assert weights(again.net) == weights(whole.net)


@pytest.mark.filterwarnings("ignore:You're resuming from a checkpoint that ended before the epoch ended")  # as asked
def test_values_go_on_within_an_epoch_also_where_the_loader_begins_anew(tmp_path: Path) -> None:
    data = DataLoader([batch(index) for index in range(PER_EPOCH)], batch_size=None)
    _, again = saved_and_again(tmp_path, CUT, Module, lambda: data)
    assert again.used == due()[CUT:]


def test_the_monitor_logs_every_hyperparameter_of_every_group(tmp_path: Path) -> None:
    monitor = LearningRateMonitor(logging_interval="step", log_momentum=True, log_weight_decay=True)
    logger = CSVLogger(tmp_path, flush_logs_every_n_steps=1)
    fitted(tmp_path, Module(), callbacks=[monitor], logger=logger, log_every_n_steps=1)
    header, *lines = (Path(logger.log_dir) / "metrics.csv").read_text().splitlines()
    rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    columns = [
        f"lr-AdamW/{group}{ending}" for group in ("body", "head") for ending in ("", "-weight_decay", "-momentum")
    ]
    assert [[float(row[column]) for column in columns] for row in rows] == due()


class Bare(lightning.LightningModule):
    """A model that leaves its optimizer and its schedule to the YAML file of the command line."""

    def __init__(self) -> None:
        super().__init__()
        self.net = Net()

    def training_step(self, pair: tuple[Tensor, Tensor]) -> Tensor:
        inputs, targets = pair
        return (self.net(inputs) - targets).square().mean()

    def train_dataloader(self) -> Batches:
        return Batches(PER_EPOCH)

    def on_train_start(self) -> None:
        optimizer = self.optimizers()
        assert isinstance(optimizer, lightning.pytorch.core.optimizer.LightningOptimizer)
        self.used = Used(optimizer.optimizer)


RATE_ONLY = SPEC["schedules"]["learning_rate"]


@pytest.fixture
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # The arguments of pytest are none of LightningCLI's, and it calls jsonargparse in ways that have newer names.
    monkeypatch.setattr(sys, "argv", ["fit"])
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")


def from_yaml(folder: Path, driver: str) -> list[float]:
    (folder / "schedule.json").write_text(json.dumps(RATE_ONLY))
    text = (Path(__file__).parent / "lightning.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("driver: optimizer", f"driver: {driver}"))
    defaults = {
        "max_epochs": EPOCHS, "accelerator": "cpu", "devices": 1, "logger": False, "enable_checkpointing": False,
        "enable_progress_bar": False, "enable_model_summary": False, "default_root_dir": str(folder),
    }  # fmt: skip
    with contextlib.chdir(folder):
        cli = LightningCLI(Bare, trainer_defaults=defaults, save_config_callback=None, seed_everything_default=1,
                           args=["fit", "--config=config.yaml"])  # fmt: skip
    return [row[0] for row in cli.model.used.rows]


@pytest.mark.usefixtures("_alone")
def test_the_command_line_builds_the_schedule_from_a_yaml_file(tmp_path: Path) -> None:
    assert from_yaml(tmp_path, "optimizer") == [row[0] for row in due(spec=RATE_ONLY, names=["0"])]


@pytest.mark.usefixtures("_alone")
def test_the_command_line_steps_once_an_epoch_unless_the_optimizer_drives(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match='build with driver="optimizer"'):
        used = from_yaml(tmp_path, "step")
    assert used == [row[0] for row in due(EPOCHS, spec=RATE_ONLY, names=["0"]) for _ in range(PER_EPOCH)]


@pytest.mark.usefixtures("_alone")
def test_the_configuration_that_is_saved_holds_the_document_and_trains_again(tmp_path: Path) -> None:
    (tmp_path / "schedule.json").write_text(json.dumps(RATE_ONLY))
    (tmp_path / "first.yaml").write_text((Path(__file__).parent / "lightning.yaml").read_text())
    settings = {"max_epochs": EPOCHS, "logger": False, "enable_checkpointing": False, "enable_progress_bar": False,
                "enable_model_summary": False, "accelerator": "cpu", "devices": 1}  # fmt: skip
    for number, name in enumerate(("first.yaml", "0/config.yaml")):
        folder = tmp_path / str(number)
        with contextlib.chdir(tmp_path):
            cli = LightningCLI(
                Bare, trainer_defaults=settings, seed_everything_default=1,
                args=["fit", f"--config={name}", f"--trainer.default_root_dir={folder}"],
            )  # fmt: skip
        assert [row[0] for row in cli.model.used.rows] == [row[0] for row in due(spec=RATE_ONLY, names=["0"])]
        assert yaml.safe_load((folder / "config.yaml").read_text())["lr_scheduler"]["init_args"]["spec"] == RATE_ONLY
        (tmp_path / "schedule.json").unlink(missing_ok=True)
