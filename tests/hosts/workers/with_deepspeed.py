"""DeepSpeed on gloo: its engine steps the schedule and saves it, with a whole optimizer and a partitioned one."""

from __future__ import annotations

import os
import signal
from itertools import chain
from typing import Any

import deepspeed
import torch.distributed as dist
from processes import asked, report
from small_training import CUT, SPEC, TOTAL, Net, Row, Used, batch, optimizer_of, weights

import unisched

SETTINGS = asked()
FOLDER: str = SETTINGS["folder"]
# Its own all-reduce takes a minute to compile; that of gloo is there.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
deepspeed.init_distributed(dist_backend="gloo", verbose=False)
RANK, RANKS = dist.get_rank(), dist.get_world_size()


class Run:
    """An engine over the small model; the schedule is handed over as an object, or as a factory."""

    def __init__(self, stage: int, given: str, driver: str = "step") -> None:
        net, self.groups = Net(), 1 + stage
        optimizer = optimizer_of(net)
        own = {"optimizer": optimizer} if given == "object" else {}
        configuration = {
            "train_batch_size": 2 * RANKS, "train_micro_batch_size_per_gpu": 1, "gradient_accumulation_steps": 2,
            "zero_optimization": {"stage": stage},
        }  # fmt: skip
        schedule = unisched.build(SPEC, "torch", total=TOTAL, driver=driver, **own)
        self.engine, *_, self.scheduler = deepspeed.initialize(
            model=net, optimizer=optimizer, lr_scheduler=schedule, config=configuration, dist_init_required=False
        )
        self._used = Used(optimizer)

    @property
    def rows(self) -> list[Row]:
        """What each update used; a partitioned optimizer updates one group at a time."""
        parts = self._used.rows
        return [list(chain(*parts[start : start + self.groups])) for start in range(0, len(parts), self.groups)]

    def update(self, step: int) -> None:
        inputs, targets = batch(step)
        for micro in range(2):
            row = slice(2 * RANK + micro, 2 * RANK + micro + 1)
            self.engine.backward((self.engine(inputs[row]) - targets[row]).square().mean())
            self.engine.step()

    def train(self, start: int, stop: int) -> None:
        for step in range(start, stop):
            self.update(step)

    def result(self) -> dict[str, Any]:
        return {"rows": self.rows, "weights": weights(self.engine.module)}


def whole_and_again(stage: int, given: str, driver: str) -> dict[str, Any]:
    place = f"{FOLDER}/{stage}-{given}-{driver}"
    whole = Run(stage, given, driver)
    whole.train(0, CUT)
    whole.engine.save_checkpoint(place)
    whole.train(CUT, TOTAL)
    again = Run(stage, given, driver)
    again.engine.load_checkpoint(place)
    again.train(CUT, TOTAL)
    return {"whole": whole.result(), "again": again.result()}


def first() -> None:
    """Every whole run, and then one that saves after each update until one rank is killed in the middle of it."""
    runs = [(0, "factory", "step"), (0, "object", "step"), (0, "factory", "optimizer"),
            (1, "factory", "step"), (1, "object", "step")]  # fmt: skip
    results = {
        "runs": {" ".join(map(str, run)): whole_and_again(*run) for run in runs},
        "metric": metric_for_the_wrong_one(),
        "parts": driven_in_parts(),
    }
    killed = Run(1, "factory")
    for step in range(TOTAL):
        killed.update(step)
        killed.engine.save_checkpoint(f"{FOLDER}/killed")
        report(results | {"killed": killed.rows})
        if step == CUT and RANK == 1:
            os.kill(os.getpid(), signal.SIGKILL)


def second() -> None:
    """What a new launch makes of the last checkpoint."""
    run = Run(1, "factory")
    run.engine.load_checkpoint(f"{FOLDER}/killed")
    begin = run.engine.global_steps
    run.train(begin, TOTAL)
    report({"begin": begin} | run.result())


def said_by(run: Run, **step: Any) -> str:
    """Give what an update raises."""
    inputs, targets = batch(0)
    try:
        for micro in range(2):
            row = slice(2 * RANK + micro, 2 * RANK + micro + 1)
            run.engine.backward((run.engine(inputs[row]) - targets[row]).square().mean())
            run.engine.step(**step)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def metric_for_the_wrong_one() -> dict[str, Any]:
    """The trap: what `step` refuses with a TypeError, the engine hides, and jumps to the step `train_batch_size`."""
    run = Run(0, "factory")
    run.train(0, 2)
    return {"said": said_by(run, lr_kwargs={"metrics": 0.5}), "step": run.scheduler.last_epoch}


def driven_in_parts() -> str:
    """The trap: ZeRO updates the groups one at a time."""
    return said_by(Run(1, "factory", "optimizer"))


{"first": first, "second": second}[SETTINGS["launch"]]()
dist.destroy_process_group()
