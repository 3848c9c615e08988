"""FSDP2 and DCP: a sharded model, its optimizer and its schedule, saved on some ranks and loaded on others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from processes import asked, report
from small_training import CUT, SPEC, TOTAL, Net, Row, Used, batch, optimizer_of
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.checkpoint.stateful import Stateful
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.optim import AdamW, Optimizer
from unisched_torch import UnischedLR

import unisched

SETTINGS = asked()
FOLDER: str = SETTINGS["folder"]
LATE = 5
WAITING = SPEC | {"groups": {"head*": SPEC["groups"]["head"]}}

dist.init_process_group("gloo")
RANK, RANKS = dist.get_rank(), dist.get_world_size()


def sharded() -> Net:
    net, mesh = Net(), init_device_mesh("cpu", (RANKS,))
    for layer in (net.body, net.head, net):
        fully_shard(layer, mesh=mesh)
    return net


def with_both(net: Net) -> Optimizer:
    return optimizer_of(net)


def with_body(net: Net) -> Optimizer:
    return AdamW([{"params": list(net.body.parameters()), "name": "body"}])


def with_tensors(net: Net) -> Optimizer:
    """The rates alone as tensors, each of its own."""
    return AdamW([
        {"params": list(net.body.parameters()), "name": "body", "lr": torch.tensor(0.001)},
        {"params": list(net.head.parameters()), "name": "head", "lr": torch.tensor(0.001)},
    ])  # fmt: skip


def trained(net: Net, scheduler: UnischedLR, steps: range) -> list[Row]:
    given = scheduler.optimizer.param_groups[0]["lr"]
    used = Used(scheduler.optimizer, kind=type(given), **({"keys": ["lr"]} if isinstance(given, torch.Tensor) else {}))
    for step in steps:
        if step == LATE and len(scheduler.optimizer.param_groups) == 1:
            scheduler.optimizer.add_param_group({"params": list(net.head.parameters()), "name": "head"})
        inputs, targets = batch(step)
        scheduler.optimizer.zero_grad()
        (net(inputs[RANK::RANKS]) - targets[RANK::RANKS]).square().mean().backward()
        scheduler.optimizer.step()
        scheduler.step()
    assert type(given) is float or scheduler.optimizer.param_groups[0]["lr"] is given
    return list(used.rows)


def weights(net: Net) -> list[float]:
    return torch.cat([weight.full_tensor().flatten() for weight in net.parameters()]).tolist()


def save(net: Net, scheduler: UnischedLR, place: str) -> None:
    model, optimizer = get_state_dict(net, scheduler.optimizer)
    dcp.save({"model": model, "optimizer": optimizer, "scheduler": scheduler}, checkpoint_id=place)


def load(net: Net, scheduler: UnischedLR, place: str) -> None:
    model, optimizer = get_state_dict(net, scheduler.optimizer)
    dcp.load({"model": model, "optimizer": optimizer, "scheduler": scheduler}, checkpoint_id=place)
    set_state_dict(net, scheduler.optimizer, model_state_dict=model, optim_state_dict=optimizer)


def written(driver: str, make: Callable[[Net], Optimizer], spec: Any, name: str) -> dict[str, Any]:
    """A whole run, which saves itself after CUT updates."""
    net = sharded()
    scheduler = unisched.build(spec, "torch", optimizer=make(net), total=TOTAL, driver=driver)
    assert isinstance(scheduler, Stateful)
    first = trained(net, scheduler, range(CUT))
    save(net, scheduler, f"{FOLDER}/{name}-{driver}-of-{RANKS}")
    return {"rows": first + trained(net, scheduler, range(CUT, TOTAL)), "weights": weights(net)}


def read(driver: str, make: Callable[[Net], Optimizer], spec: Any, name: str, ranks: int) -> dict[str, Any]:
    """The rest of a run that so many ranks have saved."""
    net = sharded()
    scheduler = unisched.build(spec, "torch", optimizer=make(net), total=TOTAL, driver=driver)
    load(net, scheduler, f"{FOLDER}/{name}-{driver}-of-{ranks}")
    return {"rows": trained(net, scheduler, range(CUT, TOTAL)), "weights": weights(net)}


def filled_last(driver: str) -> dict[str, Any]:
    """The rest of a run whose schedule is loaded first; DCP then makes the optimizer's state by a step of its own."""
    net, place = sharded(), f"{FOLDER}/plain-{driver}-of-{RANKS}"
    scheduler = unisched.build(SPEC, "torch", optimizer=with_both(net), total=TOTAL, driver=driver)
    dcp.load({"scheduler": scheduler}, checkpoint_id=place)
    model, optimizer = get_state_dict(net, scheduler.optimizer)
    dcp.load({"model": model, "optimizer": optimizer}, checkpoint_id=place)
    set_state_dict(net, scheduler.optimizer, model_state_dict=model, optim_state_dict=optimizer)
    return {"rows": trained(net, scheduler, range(CUT, TOTAL)), "weights": weights(net)}


def asked_first(driver: str) -> dict[str, Any]:
    """A run whose state is asked for before its first update: the same step of DCP's own."""
    net = sharded()
    scheduler = unisched.build(SPEC, "torch", optimizer=with_both(net), total=TOTAL, driver=driver)
    save(net, scheduler, f"{FOLDER}/first-{driver}-of-{RANKS}")
    assert scheduler.last_used() == {}
    return {"rows": trained(net, scheduler, range(TOTAL)), "step": scheduler.last_epoch}


RUNS: list[tuple[str, Callable[[Net], Optimizer], Any]] = [
    ("plain", with_both, SPEC),
    ("late", with_body, WAITING),
    ("tensors", with_tensors, SPEC),
]
results = {}
for driver in ("step", "optimizer"):
    for name, make, spec in RUNS:
        if SETTINGS["saves"]:
            results[f"{name} {driver}"] = written(driver, make, spec, name)
        for ranks in SETTINGS["loads"]:
            again = with_both if make is with_body else make
            results[f"{name} {driver} from {ranks}"] = read(driver, again, spec, name, ranks)
    if SETTINGS["saves"]:
        results[f"filled last {driver}"] = filled_last(driver)
        results[f"asked first {driver}"] = asked_first(driver)
report(results)
dist.destroy_process_group()
