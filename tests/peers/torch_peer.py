"""torch's own schedulers: built from the arguments of a document, and stepped in their own loop.

Nothing of unisched is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import torch
from closed_forms.torch_forms import FORMULAS
from torch.optim import lr_scheduler, swa_utils

__all__ = ["BETA1", "MOMENTUM", "Driven", "build", "drive", "optimizer", "stepped"]

MOMENTUM: Final = 0.5
BETA1: Final = 0.7
_OURS: Final = ("kind", "interval", "momentum", "start", "monitor")
"""The fields that torch's constructors do not have."""


class Driven(NamedTuple):
    """What the optimizer's group held at each update."""

    learning_rate: list[float]
    momentum: list[float]
    beta1: list[float]


def optimizer(base: float, *, adam: bool = False) -> torch.optim.Optimizer:
    parameter = torch.nn.Parameter(torch.zeros(1))
    if adam:
        return torch.optim.AdamW([parameter], lr=base, betas=(BETA1, 0.99))
    return torch.optim.SGD([parameter], lr=base, momentum=MOMENTUM)


def build(document: Mapping[str, Any], of: torch.optim.Optimizer) -> Any:
    """The scheduler that the document names, with its arguments."""
    arguments = {name: value for name, value in document.items() if name not in _OURS}
    name = document["kind"].removeprefix("torch.")
    if "lr_lambda" in arguments:
        arguments["lr_lambda"] = FORMULAS.get(arguments["lr_lambda"], arguments["lr_lambda"])
    if "schedulers" in arguments:
        arguments["schedulers"] = [build(child, of) for child in arguments["schedulers"]]
    if name == "SequentialLR":
        arguments.setdefault("milestones", [])
    if name == "ChainedScheduler":
        return lr_scheduler.ChainedScheduler(**arguments)
    return getattr(swa_utils if name == "SWALR" else lr_scheduler, name)(of, **arguments)


def stepped(scheduler: Any, of: torch.optim.Optimizer, steps: int, every: int = 1) -> Iterator[Mapping[str, float]]:
    """What the param group holds at each of so many updates; the scheduler is stepped after each of `every`."""
    for step in range(steps):
        group = of.param_groups[0]
        yield {"learning_rate": float(group["lr"]), "momentum": group.get("momentum", math.nan),
               "beta1": group.get("betas", (math.nan,))[0]}  # fmt: skip
        of.step()
        if (step + 1) % every == 0 and step + 1 < steps:
            scheduler.step()


def drive(document: Mapping[str, Any], steps: int, base: float, every: int = 1) -> Driven:
    """The scheduler of the document in a loop of its own, on SGD, or on AdamW where momentum means beta1."""
    of = optimizer(base, adam=document.get("momentum") == "beta1")
    rows = list(stepped(build(document, of), of, steps, every))
    return Driven(*([row[name] for row in rows] for name in Driven._fields))
