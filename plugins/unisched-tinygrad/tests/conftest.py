"""What the tests share: parameters of 0, and real updates that show the rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def weight() -> Callable[[], Any]:
    """Give a maker of parameters of two zeros."""
    from tinygrad import Tensor

    return lambda: Tensor([0.0, 0.0]).realize()


@pytest.fixture
def update() -> Callable[..., None]:
    """Give one update with gradients of -1."""
    from tinygrad import Context, Tensor

    def updated(optimizer: Any) -> None:
        for each in optimizer.params:
            each.grad = Tensor([-1.0, -1.0])
        with Context(TRAINING=1):
            optimizer.step()

    return updated
