"""DeepSpeed on gloo: its engine steps the schedule and saves it, with a whole optimizer and with partitioned ones."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import chain
from typing import Any

import deepspeed
import torch.distributed as dist
from processes import asked, report
from small_training import CUT, SPEC, TOTAL, WATCHING, Net, Row, Used, batch, optimizer_of, weights
from torch.optim import AdamW, Optimizer

import unisched

SETTINGS = asked()
FOLDER: str = SETTINGS["folder"]
# Its own all-reduce takes a minute to compile; that of gloo is there.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
deepspeed.init_distributed(dist_backend="gloo", verbose=False)
RANK, RANKS = dist.get_rank(), dist.get_world_size()


# Stage 3 divides a group into parts of about so many numbers: the body into two.
SMALL = {"sub_group_size": 12}


def scheduled(optimizer: Optimizer | None = None, driver: str = "step", spec: Any = SPEC) -> Any:
    own = {} if optimizer is None else {"optimizer": optimizer}
    return unisched.build(spec, "torch", total=TOTAL, driver=driver, **own)


def ported(optimizer: Optimizer) -> Any:
    return scheduled(optimizer, "optimizer", WATCHING).metric_port()


class Run:
    """An engine over the small model; the schedule is handed over as an object, or as a factory."""

    def __init__(
        self,
        stage: int,
        given: str | Callable[[Optimizer], Any],
        driver: str = "step",
        optimizer_of: Callable[[Net], Optimizer] = optimizer_of,
        **configuration: Any,
    ) -> None:
        net, self.rows = Net(), list[Row]()
        optimizer = optimizer_of(net)
        schedule = given(optimizer) if callable(given) else scheduled(optimizer if given == "object" else None, driver)
        configuration |= {
            "train_batch_size": 2 * RANKS, "train_micro_batch_size_per_gpu": 1, "gradient_accumulation_steps": 2,
            "zero_optimization": {"stage": stage, **SMALL},
        }  # fmt: skip
        self.engine, *_, self.scheduler = deepspeed.initialize(
            model=net, optimizer=optimizer, lr_scheduler=schedule, config=configuration, dist_init_required=False
        )
        self._stage, self._used = stage, Used(optimizer)

    def update(self, step: int, **arguments: Any) -> None:
        inputs, targets = batch(step)
        for micro in range(2):
            row = slice(2 * RANK + micro, 2 * RANK + micro + 1)
            self.engine.backward((self.engine(inputs[row]) - targets[row]).square().mean())
            self.engine.step(**arguments)
        parts, self._used.rows = self._used.rows, []
        # Stages 1 and 2 show the optimizer one group at a time, stage 3 shows all groups for each part of one.
        assert len(parts) == {0: 1, 1: 2, 2: 2, 3: 3}[self._stage]
        assert self._stage < 3 or all(part == parts[0] for part in parts)
        self.rows.append(parts[0] if self._stage == 3 else list(chain(*parts)))

    def train(self, start: int, stop: int) -> None:
        for step in range(start, stop):
            self.update(step)

    def result(self) -> dict[str, Any]:
        with deepspeed.zero.GatheredParameters(list(self.engine.module.parameters()), enabled=self._stage == 3):
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
            (1, "factory", "step"), (1, "object", "step"), (2, "factory", "step"),
            (3, "factory", "step"), (3, "object", "step")]  # fmt: skip
    results = {
        "runs": {" ".join(map(str, run)): whole_and_again(*run) for run in runs},
        "metric": metric_for_the_wrong_one(),
        "parts": driven_in_parts(),
        "configured": configured_too(),
        "ported": {"fed": fed(), "not fed": said_by(Run(0, ported))},
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


def said_by(run: Run, **arguments: Any) -> str:
    """Give what the first two updates raise."""
    try:
        for step in range(2):
            run.update(step, **arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def metric_for_the_wrong_one() -> dict[str, Any]:
    """The trap: what `step` refuses with a TypeError, the engine hides, and jumps to the step `train_batch_size`."""
    run = Run(0, "factory")
    run.train(0, 2)
    return {"said": said_by(run, lr_kwargs={"metrics": 0.5}), "step": run.scheduler.last_epoch}


def fed() -> list[Row]:
    """A port takes the metric that the engine hands it after each update."""
    run = Run(0, ported)
    for step in range(TOTAL):
        run.update(step, lr_kwargs={"metrics": float(step % 3)})
    return run.rows


def one_group(net: Net) -> Optimizer:
    return AdamW([{"params": list(net.parameters()), "name": "body"}])


def driven_in_parts() -> dict[str, str]:
    """The trap: ZeRO updates the groups one at a time, and stage 3 even parts of them."""
    rate = {"schedules": {"learning_rate": SPEC["schedules"]["learning_rate"]}}
    alone = Run(3, lambda optimizer: scheduled(optimizer, "optimizer", rate), optimizer_of=one_group)
    found = {str(stage): said_by(Run(stage, "factory", "optimizer")) for stage in (1, 2, 3)}
    return found | {"3, one group": said_by(alone)}


def configured_too() -> list[Row]:
    """The configuration names a scheduler of DeepSpeed's own as well."""
    own = {"type": "WarmupLR", "params": {"warmup_min_lr": 5.0, "warmup_max_lr": 9.0, "warmup_num_steps": 3}}
    run = Run(0, "object", scheduler=own)
    run.train(0, TOTAL)
    return run.rows


{"first": first, "second": second}[SETTINGS["launch"]]()
dist.destroy_process_group()
