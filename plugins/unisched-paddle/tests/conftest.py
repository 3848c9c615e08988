"""What the tests share: a weight that shows the rate of an update, and real updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # Paddle says so when it is imported where no C compiler is cached, of which these tests need none.
    config.addinivalue_line("filterwarnings", "ignore:No ccache found:UserWarning")


@pytest.fixture
def weight() -> Callable[..., Any]:
    """Give a maker of weights of 0."""
    import paddle

    def made(dtype: str = "float64") -> Any:
        return paddle.create_parameter([1], dtype, default_initializer=paddle.nn.initializer.Constant(0.0))

    return made


@pytest.fixture
def update() -> Callable[..., list[float]]:
    """Give one update of weights of 0 with gradients of -1; under plain SGD it gives their rates."""

    def updated(optimizer: Any, *weights: Any) -> list[float]:
        for each in weights:
            each.set_value(each.numpy() * 0)
            (-each).sum().backward()
        optimizer.step()
        optimizer.clear_grad()
        return [float(each.numpy()[0]) for each in weights]

    return updated
