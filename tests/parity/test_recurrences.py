"""The two decays of the gradual-warm-up document, 15 000 updates on every backend, against plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import unisched

STEPS: Final = 15_000
WARMUP: Final = 500

GRADUAL: Final = [
    {"kind": "linear", "start": 0, "end": 0.1, "duration": WARMUP},
    {"kind": "recurrence", "next": "value ** 1.0001"},
]
CONSTANT: Final = [
    {"kind": "constant", "value": 0.01, "duration": WARMUP},
    {"kind": "recurrence", "start": 0.1, "next": "sin(value)"},
]


def decayed(warmup: Callable[[int], float], following: Callable[[float], float]) -> list[float]:
    """The rate of each update: the warm-up, then 0.1 and what follows from it, one value from another."""
    values = [warmup(step) for step in range(WARMUP)]
    rate = 0.1
    for _ in range(WARMUP, STEPS):
        values.append(rate)
        rate = following(rate)
    return values


SCHEDULES: Final[dict[str, tuple[list[dict[str, Any]], list[float]]]] = {
    "gradual": (GRADUAL, decayed(lambda step: 0.1 * (step / WARMUP), lambda rate: rate**1.0001)),
    "constant": (CONSTANT, decayed(lambda _: 0.01, math.sin)),
}


@pytest.fixture(params=SCHEDULES)
def schedule(request: pytest.FixtureRequest) -> tuple[dict[str, Any], list[float]]:
    parts, expected = SCHEDULES[request.param]
    return {"total": STEPS, "schedules": {"learning_rate": {"kind": "sequence", "parts": parts}}}, expected


def bits(values: Any) -> list[int]:
    return np.asarray(values, np.float32).view(np.int32).tolist()


def test_numpy_gives_the_iteration_itself(schedule: tuple[dict[str, Any], list[float]]) -> None:
    document, expected = schedule
    rate = unisched.build(document, "numpy")
    assert [rate(step) for step in range(WARMUP, STEPS)] == expected[WARMUP:]
    assert all(abs(rate(step) - expected[step]) <= math.ulp(expected[step]) for step in range(WARMUP))


def test_an_optimizer_of_torch_uses_it(schedule: tuple[dict[str, Any], list[float]]) -> None:
    document, expected = schedule
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = unisched.build(document, "torch", optimizer=optimizer)
    used = []
    for _ in range(STEPS):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert used[WARMUP:] == expected[WARMUP:]


@pytest.mark.parametrize("backend", ["optax", "keras"])
def test_compiled_schedules_give_its_float32(schedule: tuple[dict[str, Any], list[float]], backend: str) -> None:
    document, expected = schedule
    rate = unisched.build(document, backend)
    compiled = jax.jit(jax.vmap(lambda step: jnp.asarray(rate(step), jnp.float32)))
    assert bits(compiled(jnp.arange(STEPS))) == bits(expected)
    assert bits([float(rate(step)) for step in range(0, STEPS, 997)]) == bits(expected[::997])


def test_one_update_late_would_be_seen(schedule: tuple[dict[str, Any], list[float]]) -> None:
    document, expected = schedule
    rate = unisched.build(document, "numpy")
    assert [rate(step + 1) for step in range(WARMUP, STEPS - 1)] != expected[WARMUP:-1]
