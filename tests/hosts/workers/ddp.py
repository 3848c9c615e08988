"""Data parallelism: each rank has its own batches, all have one schedule; the optimizer whole, and sharded by ZeRO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from processes import asked, report
from small_training import CUT, SPEC, TOTAL, WATCHING, Net, Row, Used, optimizer_of, update, weights
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW, Optimizer
from unisched_torch import UnischedLR, assert_ranks_agree

import unisched
from unisched.errors import StateError

FOLDER = Path(asked()["folder"])
dist.init_process_group("gloo")
RANK, RANKS = dist.get_rank(), dist.get_world_size()


def trained(model: DistributedDataParallel, scheduler: UnischedLR, updating: Optimizer, steps: range) -> list[Row]:
    used = Used(updating)
    for step in steps:
        update(model, scheduler.optimizer, RANKS * step + RANK)
        scheduler.step()
    return list(used.rows)


def plain() -> dict[str, Any]:
    model = DistributedDataParallel(Net())
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(model.module), total=TOTAL)
    rows = trained(model, scheduler, scheduler.optimizer, range(TOTAL))
    return {"rows": rows, "weights": weights(model)}


def watching(*, is_reduced: bool) -> dict[str, Any]:
    """A plateau that is fed after each update: the mean over the ranks as it should be, or each rank's own."""
    model = DistributedDataParallel(Net())
    scheduler = unisched.build(WATCHING, "torch", optimizer=optimizer_of(model.module), total=TOTAL)
    used, fed, said = Used(scheduler.optimizer), {}, ""
    for step in range(TOTAL):
        update(model, scheduler.optimizer, RANKS * step + RANK)
        scheduler.step()
        loss = torch.tensor(float(step % (2 + RANK)))
        if is_reduced:
            dist.all_reduce(loss)
        fed[step + 1] = float(loss)
        scheduler.observe(loss)
    try:
        assert_ranks_agree(scheduler)
    except StateError as error:
        said = str(error)
    return {"rows": used.rows, "weights": weights(model), "fed": list(fed.items()), "said": said}


def zero_of(model: DistributedDataParallel) -> ZeroRedundancyOptimizer:
    groups = optimizer_of(model.module).param_groups
    named = [{"params": group["params"], "name": group["name"]} for group in groups]
    return ZeroRedundancyOptimizer(named, AdamW, lr=0.001)


def sharded(driver: str) -> dict[str, Any]:
    model = DistributedDataParallel(Net())
    zero = zero_of(model)
    scheduler = unisched.build(SPEC, "torch", optimizer=zero, total=TOTAL, driver=driver)
    first = trained(model, scheduler, zero.optim, range(CUT))
    zero.consolidate_state_dict(to=0)
    if RANK == 0:
        torch.save({"model": model.module.state_dict(), "zero": zero.state_dict(), "scheduler": scheduler.state_dict()},
                   FOLDER / f"{driver}.pt")  # fmt: skip
    dist.barrier()
    rest = trained(model, scheduler, zero.optim, range(CUT, TOTAL))
    return {"rows": [*first, *rest], "weights": weights(model)}


def sharded_again(driver: str) -> dict[str, Any]:
    saved = torch.load(FOLDER / f"{driver}.pt", weights_only=True)
    model = DistributedDataParallel(Net())
    model.module.load_state_dict(saved["model"])
    zero = zero_of(model)
    scheduler = unisched.build(SPEC, "torch", optimizer=zero, total=TOTAL, driver=driver)
    scheduler.load_state_dict(saved["scheduler"])
    zero.load_state_dict(saved["zero"])
    return {"rows": trained(model, scheduler, zero.optim, range(CUT, TOTAL)), "weights": weights(model)}


def everything(parts: list[str]) -> dict[str, Any]:
    found = {"plain": plain()}
    if "metrics" in parts:
        found |= {"reduced": watching(is_reduced=True), "local": watching(is_reduced=False)}
    for part in (sharded, sharded_again):
        found |= {f"{driver}, {part.__name__}": part(driver) for driver in ("step", "optimizer") if "zero" in parts}
    return found


report(everything(asked()["parts"]))
dist.destroy_process_group()
