"""accelerate on two ranks, two batches gathered for each update, cut and resumed within an epoch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from processes import asked, report
from small_training import CUT, SPEC, TOTAL, Net, Used, batch, optimizer_of, weights
from torch.utils.data import DataLoader, TensorDataset
from unisched_torch import UnischedLR

import unisched

FOLDER = Path(asked()["folder"])
GATHERED = 2


class Run:
    """One model with its optimizer and loader as accelerate hands them back, and a schedule on that optimizer."""

    def __init__(self, driver: str) -> None:
        self.accelerator = accelerator = Accelerator(cpu=True, gradient_accumulation_steps=GATHERED)
        pairs = [batch(index) for index in range(TOTAL * GATHERED * accelerator.num_processes)]
        data = TensorDataset(*(torch.cat(parts) for parts in zip(*pairs, strict=True)))
        net = Net()
        self.model, self.optimizer, self.loader = accelerator.prepare(
            net, optimizer_of(net), DataLoader(data, batch_size=4)
        )
        self.scheduler: UnischedLR = unisched.build(SPEC, "torch", optimizer=self.optimizer, total=TOTAL, driver=driver)
        self.stepped: Any = self.scheduler
        self.used = Used(self.optimizer.optimizer)

    def train(self, start: int, stop: int, *, under_sync: bool = False) -> None:
        accelerator = self.accelerator
        skipped = accelerator.skip_first_batches(self.loader, start * GATHERED) if start else self.loader
        for count, (inputs, targets) in enumerate(skipped, start * GATHERED + 1):
            with accelerator.accumulate(self.model):
                accelerator.backward((self.model(inputs) - targets).square().mean())
                self.optimizer.step()
                if accelerator.sync_gradients or not under_sync:
                    self.stepped.step()
                self.optimizer.zero_grad()
            if count == stop * GATHERED:
                return

    def result(self) -> dict[str, Any]:
        return {"rows": self.used.rows, "weights": weights(self.model), "steps": self.scheduler.last_epoch}


def registered(driver: str) -> dict[str, Any]:
    """The recipe: the schedule is registered for checkpoints, and not prepared."""
    saved = str(FOLDER / f"registered-{driver}")
    whole = Run(driver)
    whole.accelerator.register_for_checkpointing(whole.scheduler)
    whole.train(0, CUT, under_sync=driver == "step")
    whole.accelerator.save_state(saved)
    whole.train(CUT, TOTAL, under_sync=driver == "step")
    again = Run(driver)
    again.accelerator.register_for_checkpointing(again.scheduler)
    again.accelerator.load_state(saved)
    again.train(CUT, TOTAL, under_sync=driver == "step")
    return {"whole": whole.result(), "again": again.result()}


def prepared(driver: str) -> dict[str, Any]:
    """The trap: accelerate steps a schedule that it has prepared once for each process."""
    run = Run(driver)
    run.stepped = run.accelerator.prepare(run.scheduler)
    of_accelerate = [entry for entry in warnings.filters if entry[0] == "ignore" and "lr_scheduler" in str(entry[3])]
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", "The optimizer made")
        warnings.filters[:0] = of_accelerate  # it keeps torch's own warnings about pace from its users, and not ours
        run.train(0, TOTAL // 2)
    assert of_accelerate
    return run.result() | {"warned": [str(warning.message) for warning in caught]}


report({
    f"{part.__name__} {driver}": part(driver) for part in (registered, prepared) for driver in ("step", "optimizer")
})  # fmt: skip
Accelerator().end_training()
