"""A state brings what torch's optimizer gave to frameworks that have no such value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import unisched

FACTOR = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}


@pytest.fixture
def state() -> Any:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = unisched.build(FACTOR, "torch", total=10, optimizer=optimizer)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    return scheduler.state()


@pytest.mark.parametrize("backend", ["keras", "optax", "numpy"])
def test_the_run_goes_on_at_its_own_values(backend: str, state: Any) -> None:
    whole = unisched.compile(FACTOR, total=10, base=0.1)
    rate = unisched.build(FACTOR, backend, total=10, state=state)
    kind: Any = float if backend == "numpy" else np.float32
    assert [kind(rate(step)) for step in range(8)] == [kind(whole(3 + step)) for step in range(8)]
