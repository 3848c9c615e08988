"""Formulas and recurrences run inside the compiled step, with the host's bits; Python functions are refused."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unisched
from unisched.errors import UnsupportedError

TOTAL = 1_000_003
PLAIN = [
    "1 - (step / 1000003) ** 2",
    "1 - (1 - progress) ** 3 * (1 + 3 * progress)",
    "0.1 / sqrt(step + 1) + 0.1 * (step % 7)",
    "0.3 + floor(step / 49) * 0.3 - step * 0.3 / 49",
    "(step * 0.1 - step // 10) * 3.0 * 7.0 / 3 / 7",
    "0.1 + 0.2 - 0.3 + step * 0.1 - step * 0.1",
    "round(step / 2) - ceil(step / 3.5) + abs(50 - step) // 0.1",
    "1 / (step - 5) if step > 5 else 0.5 if step < 3 or step == 4 else max(1, step * 2.5)",
]
FORMULAS = [
    *PLAIN,
    "0.1 * 0.95 ** floor(step / 1000)",
    "1e-3 * exp(-step / 77) * (1 + sin(step / 10)) / 2",
    "0.5 * (1 + cos(pi * progress))",
    "tanh(step / 1e4) - tanh(step / 1e9)",
    "log(step + 1) / 7 + (step + 1) ** -0.5 + 10 ** -epoch",
    "log(step) if step > 0 else 0",
    "min(tokens / 1e9, 1 - progress) * 3e-4",
]
STEPS = np.unique(np.r_[np.arange(300), np.linspace(300, TOTAL - 1, 300)]).astype(np.int32)


def built(text: str) -> Any:
    spec = {"kind": "formula", "expression": text}
    return unisched.build(spec, "optax", total=TOTAL, steps_per_epoch=TOTAL // 5, tokens_per_step=2**22)


def host(schedules: Any) -> np.ndarray:
    return np.array([schedules.program(int(step)) for step in STEPS])


def in_float32(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < 2.0**-126, 0.0, values).astype(np.float32)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_compiled_formula_gives_the_float32_bits_of_the_host(text: str) -> None:
    schedules = built(text)
    expected = in_float32(host(schedules)).view(np.int32)
    for run in (jax.jit(jax.vmap(schedules)), jax.jit(schedules),
                lambda steps: jax.lax.scan(lambda carry, step: (carry, schedules(step)), 0, steps)[1]):  # fmt: skip
        np.testing.assert_array_equal(np.asarray(run(jnp.asarray(STEPS))).view(np.int32), expected)


@pytest.mark.parametrize("text", PLAIN)
def test_in_float64_a_compiled_formula_of_plain_arithmetic_gives_every_bit_of_the_host(text: str) -> None:
    with jax.enable_x64(True):
        schedules = built(text)
        values = np.asarray(jax.jit(schedules)(jnp.asarray(STEPS)))
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, host(schedules))


def test_no_branch_of_a_compiled_formula_is_nan() -> None:
    schedules = built("log(step) / (step - 4) if step > 5 else sqrt(3 - step) if step < 4 else 1")
    with jax.debug_nans(True):
        for run in (schedules, jax.jit(schedules)):
            values = np.asarray(run(jnp.asarray(STEPS)))
    np.testing.assert_array_equal(values, host(schedules).astype(np.float32))


@pytest.mark.parametrize("text", ["value ** 1.0001", "sin(value)"])
def test_a_compiled_recurrence_gives_the_float32_bits_of_the_host_for_15_000_steps(text: str) -> None:
    warmup = {"kind": "linear", "start": 0, "end": 0.1, "duration": 500}
    spec = {"kind": "sequence", "parts": [warmup, {"kind": "recurrence", "next": text}]}
    schedules = unisched.build(spec, "optax", total=15_000)
    steps = np.arange(15_100, dtype=np.int32)
    expected = np.array([schedules.program(int(step)) for step in steps]).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(jax.jit(schedules)(steps)).view(np.int32), expected.view(np.int32))


def test_a_python_function_is_refused_with_its_place() -> None:
    with pytest.raises(UnsupportedError, match=r"schedules\.learning_rate") as caught:
        unisched.build(lambda step: 0.1 / (step + 1), backend="optax")
    assert caught.value.code == "backend.callable"
