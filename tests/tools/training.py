"""A small training with two param groups, and what each of its updates has to use. Knows no tool."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim import AdamW

import unisched

__all__ = ["SPEC", "TOTAL", "due", "loss", "optimizer_of"]

TOTAL: Final = 12

SPEC: Final[dict[str, Any]] = {
    "schedules": {
        "learning_rate": {"kind": "warmup_cosine", "peak": 0.03, "warmup": 4},
        "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
    },
    "groups": {"head": {"learning_rate": {"scale": 0.1}}},
}


def optimizer_of(net: nn.Sequential) -> AdamW:
    return AdamW([{"params": net[0].parameters(), "name": "body"}, {"params": net[1].parameters(), "name": "head"}])


def loss(net: nn.Module) -> Tensor:
    return net(torch.ones(2, 3)).square().mean()


def due(name: str, group: str) -> list[float]:
    """Give the value that each update has to use."""
    program = unisched.compile(SPEC, total=TOTAL)
    return [program(step, name, group) for step in range(TOTAL)]
