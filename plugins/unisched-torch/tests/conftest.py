from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import Optimizer

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]


@pytest.fixture
def make() -> Make:
    """Give a maker of real optimizers: one param group for each name, or one without a name."""

    def made(kind: type[Optimizer] = torch.optim.SGD, names: tuple[str, ...] = (), **settings: Any) -> Optimizer:
        groups: list[dict[str, Any]] = [{"params": [torch.nn.Parameter(torch.ones(2))], "name": name} for name in names]
        return kind(groups or [{"params": [torch.nn.Parameter(torch.ones(2))]}], **{"lr": 0.1, **settings})

    return made


@pytest.fixture
def through_file() -> Callable[[Any], Any]:
    """Give what comes back of a file, read with `weights_only=True`."""

    def kept(saved: Any) -> Any:
        file = io.BytesIO()
        torch.save(saved, file)
        file.seek(0)
        return torch.load(file, weights_only=True)

    return kept


@pytest.fixture
def update() -> Update:
    """Give one real training update."""

    def updated(optimizer: Optimizer) -> None:
        optimizer.zero_grad()
        loss = torch.stack([weight.square().sum() for group in optimizer.param_groups for weight in group["params"]])
        loss.sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return updated


@pytest.fixture
def train(update: Update) -> Callable[[Any, int], list[float]]:
    """Give a training loop: so many updates and steps of any scheduler, and the rate that each update used."""

    def trained(scheduler: Any, steps: int) -> list[float]:
        used = []
        for _ in range(steps):
            used.append(scheduler.optimizer.param_groups[0]["lr"])
            update(scheduler.optimizer)
            scheduler.step()
        return used

    return trained
