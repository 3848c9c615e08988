"""A warm-up and a plateau under Lightning's Trainer, and which of its checkpoints know of the last metric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning
import pytest
import unisched_torch
from lightning.pytorch.utilities.exceptions import MisconfigurationException
from lightning_runs import OF_LIGHTNING, Batches, trainer, two_runs
from small_training import TOTAL, WATCHING, Net, Row, Used, due, optimizer_of, weights
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

import unisched

pytestmark = OF_LIGHTNING

LOSSES = [1.0, 1.1, 1.1, 1.2, 1.2, 0.9]
PER_EPOCH = TOTAL // len(LOSSES)
CUT = 3 * PER_EPOCH
FED = {PER_EPOCH * (epoch + 1): loss for epoch, loss in enumerate(LOSSES)}
AT_THE_END: dict[str, Any] = {"every_n_epochs": 1, "save_on_train_epoch_end": True}
SAVED: dict[str, tuple[int, dict[str, Any]]] = {
    "within an epoch": (CUT - 2, {"every_n_train_steps": CUT - 2}),
    "after the validation": (CUT, {"every_n_epochs": 1, "save_on_train_epoch_end": False}),
    "at the end of an epoch": (CUT, AT_THE_END),
}


class Ported(lightning.LightningModule):
    """The small model, with one validation an epoch that logs the loss of the table; Lightning feeds it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = Net()
        self.used: list[Row] = []

    def training_step(self, pair: tuple[Tensor, Tensor]) -> Tensor:
        inputs, targets = pair
        return (self.net(inputs) - targets).square().mean()

    def validation_step(self, pair: tuple[Tensor, Tensor]) -> None:
        self.log("val_loss", LOSSES[self.current_epoch])

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        scheduler = unisched.build(WATCHING, "torch", optimizer=optimizer, total=TOTAL)
        return unisched_torch.lightning(scheduler, monitor="val_loss")


class Observed(Ported):
    """The same, but the module itself feeds it: at the end of the validation, before anything is saved."""

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        scheduler = unisched.build(WATCHING, "torch", optimizer=optimizer, total=TOTAL)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_validation_epoch_end(self) -> None:
        if not self.trainer.sanity_checking:
            self.lr_schedulers().observe(self.trainer.callback_metrics["val_loss"])


class Seldom(Ported):
    """The same, validated every second epoch only, which the port has to know."""

    def configure_optimizers(self) -> Any:
        optimizers, entries = super().configure_optimizers()
        entries[1]["frequency"] = 2
        return optimizers, entries


class Unfed(Ported):
    """The trap: Lightning reads a `monitor` for plateaus only."""

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        scheduler = unisched.build(WATCHING, "torch", optimizer=optimizer, total=TOTAL)
        entry = {"scheduler": scheduler, "interval": "step", "monitor": "val_loss"}
        return {"optimizer": optimizer, "lr_scheduler": entry}


class Crowded(Ported):
    """The trap: a plateau of torch's own beside a schedule that writes the same rate."""

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        rate = {"kind": "constant", "value": 0.5}
        scheduler = unisched.build(rate, "torch", optimizer=optimizer)
        plateau = ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        return [optimizer], [
            {"scheduler": scheduler, "interval": "step"},
            {"scheduler": plateau, "monitor": "val_loss"},
        ]


class Native(Ported):
    """The same with torch's own plateau."""

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        plateau = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": plateau, "monitor": "val_loss"}}


def both(kind: type[Ported], folder: Path, cut: int, **saving: Any) -> list[Ported]:
    """Give the module of a whole run, and that of a run from its checkpoint after `cut` updates."""
    modules = []
    for callback, path in two_runs(folder, cut, **saving):
        modules.append(kind())
        trainer(folder, len(LOSSES), callbacks=[callback], enable_checkpointing=True).fit(
            modules[-1], Batches(PER_EPOCH), Batches(1), ckpt_path=path, weights_only=True
        )
    return modules


@pytest.mark.parametrize("kind", [Ported, Observed])
def test_a_warm_up_and_a_plateau_go_through_lightning(kind: type[Ported], tmp_path: Path) -> None:
    module = kind()
    trainer(tmp_path, len(LOSSES)).fit(module, Batches(PER_EPOCH), Batches(1))
    assert module.used == due(spec=WATCHING, metrics=FED)
    assert len({row[0] for row in module.used[4:]}) == 3


def test_a_validation_every_second_epoch_is_a_frequency_of_the_port(tmp_path: Path) -> None:
    module = Seldom()
    trainer(tmp_path, len(LOSSES), check_val_every_n_epoch=2).fit(module, Batches(PER_EPOCH), Batches(1))
    fed = {step: loss for step, loss in FED.items() if step // PER_EPOCH % 2 == 0}
    assert module.used == due(spec=WATCHING, metrics=fed)
    assert module.used != due(spec=WATCHING, metrics=FED)


@pytest.mark.parametrize("kind", [Ported, Native])
def test_without_it_lightning_itself_asks_for_a_metric_that_is_not_there_yet(
    kind: type[Ported], tmp_path: Path
) -> None:
    running = trainer(tmp_path, len(LOSSES), check_val_every_n_epoch=2)
    with pytest.raises(MisconfigurationException, match="conditioned on metric val_loss which is not available"):
        running.fit(kind(), Batches(PER_EPOCH), Batches(1))


def test_a_monitor_beside_the_schedule_itself_feeds_nothing_and_the_schedule_says_so(tmp_path: Path) -> None:
    module = Unfed()
    with pytest.warns(UserWarning, match=r"watches 'loss', and has observed none of it by step 14 of 24"):
        trainer(tmp_path, len(LOSSES)).fit(module, Batches(PER_EPOCH), Batches(1))
    assert module.used == due(spec=WATCHING, metrics={})


def test_a_plateau_of_torch_beside_a_schedule_lasts_for_one_update(tmp_path: Path) -> None:
    module = Crowded()
    trainer(tmp_path, len(LOSSES)).fit(module, Batches(PER_EPOCH), Batches(1))
    after_a_drop = {PER_EPOCH * (epoch + 1) for epoch in range(5) if LOSSES[epoch] != min(LOSSES[: epoch + 1])}
    assert {step for step, row in enumerate(module.used) if row[0] != 0.5} == after_a_drop
    assert len(after_a_drop) == 4


@pytest.mark.parametrize(("cut", "saving"), SAVED.values(), ids=list(SAVED))
def test_a_module_that_observes_goes_on_bit_for_bit(cut: int, saving: dict[str, Any], tmp_path: Path) -> None:
    whole, again = both(Observed, tmp_path, cut, **saving)
    assert again.used == due(spec=WATCHING, metrics=FED)[cut:]
    assert weights(again.net) == weights(whole.net)


def test_lightning_itself_forgets_the_metric_of_the_epoch_that_it_takes_up(tmp_path: Path) -> None:
    # It saves before it feeds its plateaus, and does not feed them at the end of an epoch that it has taken up.
    forgetting = {step: loss for step, loss in FED.items() if step != CUT}
    _, again = both(Ported, tmp_path / "ours", CUT, **AT_THE_END)
    assert again.used == due(spec=WATCHING, metrics=forgetting)[CUT:]
    whole, again = both(Native, tmp_path / "native", CUT, **AT_THE_END)
    assert [row[0] for row in whole.used[CUT:]] == 8 * [0.0005] + 4 * [0.00025]
    assert [row[0] for row in again.used] == 4 * [0.001] + 8 * [0.0005]
