"""Lightning's Trainer on two ranks, each with batches and losses of its own: reduced for the log, or each rank's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning
import unisched_torch
from lightning_runs import Batches, trainer
from processes import asked, report
from small_training import TOTAL, WATCHING, Net, Row, Used, batch, optimizer_of, weights
from torch import Tensor

import unisched

FOLDER = Path(asked()["folder"])
EPOCHS = 6
PER_EPOCH = TOTAL // EPOCHS
# What each rank's validation gives: their mean stops falling, and so does the loss of the second rank alone.
LOSSES = ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


class Module(lightning.LightningModule):
    def __init__(self, *, is_reduced: bool) -> None:
        super().__init__()
        self.net, self._is_reduced = Net(), is_reduced
        self.used: list[Row] = []

    def training_step(self, pair: tuple[Tensor, Tensor], index: int) -> Tensor:
        inputs, targets = batch(2 * self.global_step + self.global_rank)
        return (self.net(inputs) - targets).square().mean()

    def validation_step(self, pair: tuple[Tensor, Tensor]) -> None:
        self.log("val_loss", LOSSES[self.global_rank][self.current_epoch], sync_dist=self._is_reduced)

    def configure_optimizers(self) -> Any:
        optimizer = optimizer_of(self.net)
        self.used = Used(optimizer).rows
        self.scheduler = unisched.build(WATCHING, "torch", optimizer=optimizer, total=TOTAL)
        return unisched_torch.lightning(self.scheduler, monitor="val_loss")


def trained(*, is_reduced: bool) -> dict[str, Any]:
    module = Module(is_reduced=is_reduced)
    running = trainer(FOLDER, EPOCHS, strategy="ddp", devices=2, use_distributed_sampler=False)
    running.fit(module, Batches(PER_EPOCH), Batches(1))
    said = ""
    try:
        unisched_torch.assert_ranks_agree(module.scheduler)
    except unisched.errors.StateError as error:
        said = str(error)
    return {"rows": module.used, "weights": weights(module.net), "said": said}


report({"reduced": trained(is_reduced=True), "local": trained(is_reduced=False)})
