"""accelerate on two ranks, two batches gathered for each update, cut and resumed within an epoch.

What is prepared though it should not be is a schedule or its port; with `linked` it is stepped with the optimizer.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from processes import asked, report
from small_training import CUT, SPEC, TOTAL, WATCHING, Net, Used, batch, optimizer_of, weights
from torch.utils.data import DataLoader, TensorDataset
from unisched_torch import UnischedLR

import unisched

FOLDER = Path(asked()["folder"])
GATHERED = 2


class Run:
    """One model with its optimizer and loader as accelerate hands them back, and a schedule on that optimizer."""

    def __init__(self, driver: str, spec: Any = SPEC, *, linked: bool = True) -> None:
        self.accelerator = accelerator = Accelerator(
            cpu=True, gradient_accumulation_steps=GATHERED, step_scheduler_with_optimizer=linked
        )
        pairs = [batch(index) for index in range(TOTAL * GATHERED * accelerator.num_processes)]
        data = TensorDataset(*(torch.cat(parts) for parts in zip(*pairs, strict=True)))
        net = Net()
        self.model, self.optimizer, self.loader = accelerator.prepare(
            net, optimizer_of(net), DataLoader(data, batch_size=4)
        )
        self.scheduler: UnischedLR = unisched.build(spec, "torch", optimizer=self.optimizer, total=TOTAL, driver=driver)
        self.stepped: Any = self.scheduler
        self.used = Used(self.optimizer.optimizer)

    def train(self, start: int, stop: int, *, under_sync: bool = False, metrics: Sequence[float] = ()) -> None:
        accelerator = self.accelerator
        skipped = accelerator.skip_first_batches(self.loader, start * GATHERED) if start else self.loader
        for count, (inputs, targets) in enumerate(skipped, start * GATHERED + 1):
            with accelerator.accumulate(self.model):
                accelerator.backward((self.model(inputs) - targets).square().mean())
                self.optimizer.step()
                if accelerator.sync_gradients or not under_sync:
                    self.stepped.step(*metrics[count // GATHERED - 1 :][:1])
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


def prepared(driver: str, *, linked: bool = True, under_sync: bool = False) -> dict[str, Any]:
    """The trap: accelerate steps a schedule that it has prepared once for each process, or at each batch."""
    run = Run(driver, linked=linked)
    run.stepped = run.accelerator.prepare(run.scheduler)
    of_accelerate = [entry for entry in warnings.filters if entry[0] == "ignore" and "lr_scheduler" in str(entry[3])]
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", "The optimizer made")
        warnings.filters[:0] = of_accelerate  # it keeps torch's own warnings about pace from its users, and not ours
        run.train(0, TOTAL // 2, under_sync=under_sync)
    assert of_accelerate
    return run.result() | {"warned": [str(warning.message) for warning in caught]}


def fed(way: str, *, linked: bool = True) -> dict[str, Any]:
    """A plateau that is fed the mean of the ranks after each update: itself, by its port, or by a prepared port."""
    run = Run("optimizer", WATCHING, linked=linked)
    port = run.scheduler.metric_port()
    run.stepped = run.accelerator.prepare(port) if way == "prepared" else port
    ranks = run.accelerator.num_processes
    own = [float(update % 2) * (1 + ranks * run.accelerator.process_index) for update in range(TOTAL // 2)]
    means = run.accelerator.reduce(torch.tensor(own), reduction="mean").tolist()
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", "loss was observed twice")
        run.train(0, TOTAL // 2, under_sync=True, metrics=means)
    return {"rows": run.used.rows, "means": means, "warned": [str(warning.message) for warning in caught]}


results = {
    f"{part.__name__} {driver}": part(driver) for part in (registered, prepared) for driver in ("step", "optimizer")
}
results |= {
    "unlinked step": prepared("step", linked=False),
    "unlinked step, under sync": prepared("step", linked=False, under_sync=True),
    "unlinked optimizer": prepared("optimizer", linked=False),
    "fed itself": fed("itself"),
    "fed prepared": fed("prepared"),
    "fed prepared, unlinked": fed("prepared", linked=False),
}
report(results)
Accelerator().end_training()
