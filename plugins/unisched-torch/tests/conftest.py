from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import Optimizer

Make = Callable[..., Optimizer]


@pytest.fixture
def make() -> Make:
    """Give a maker of real optimizers: one param group for each name, or one without a name."""

    def made(kind: type[Optimizer] = torch.optim.SGD, names: tuple[str, ...] = (), **settings: Any) -> Optimizer:
        groups: list[dict[str, Any]] = [{"params": [torch.nn.Parameter(torch.ones(2))], "name": name} for name in names]
        return kind(groups or [{"params": [torch.nn.Parameter(torch.ones(2))]}], **{"lr": 0.1, **settings})

    return made


@pytest.fixture
def update() -> Callable[[Optimizer], None]:
    """Give one real training update."""

    def updated(optimizer: Optimizer) -> None:
        optimizer.zero_grad()
        loss = torch.stack([weight.square().sum() for group in optimizer.param_groups for weight in group["params"]])
        loss.sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return updated
