"""A command line that jsonargparse makes of a function's signature, with a schedule among the arguments."""

from __future__ import annotations

from typing import Any

import torch
from jsonargparse import auto_cli

import unisched


def train(schedule: dict[str, Any] | str, total: int = 100, lr: float = 1e-3) -> list[float]:
    """Train.

    Args:
        schedule: A document, or the path of one.
        total: How many updates to make.
        lr: What the optimizer is built with.
    """
    net = torch.nn.Linear(3, 1)
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr)
    scheduler = unisched.build(schedule, "torch", optimizer=optimizer, total=total)
    used = []
    for _ in range(total):
        net(torch.ones(2, 3)).square().mean().backward()
        optimizer.step()
        scheduler.step()
        used.append(scheduler.last_used()["lr"])
    return used


if __name__ == "__main__":
    auto_cli(train)
