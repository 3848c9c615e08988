"""Beside optax's own schedules: where they go wrong, and where ours stand in for them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import unisched

ROOT = {"kind": "polynomial", "start": 1e-3, "end": 0.0, "power": 0.5, "duration": 10}


def trained(schedule: Any, updates: int) -> jax.Array:
    """The parameter after jitted SGD updates on a gradient of 1."""
    optimizer = optax.sgd(schedule)

    @jax.jit
    def step(params: jax.Array, opt_state: Any) -> tuple[jax.Array, Any]:
        change, opt_state = optimizer.update(jnp.float32(1.0), opt_state)
        return optax.apply_updates(params, change), opt_state

    params, opt_state = jnp.float32(1.0), optimizer.init(jnp.float32(1.0))
    for _ in range(updates):
        params, opt_state = step(params, opt_state)
    return params


def test_a_root_decay_to_zero_ruins_the_parameters_with_optax_and_not_with_ours() -> None:
    native = optax.polynomial_schedule(init_value=1e-3, end_value=0.0, power=0.5, transition_steps=10)
    ours = unisched.build(ROOT, "optax")
    assert jnp.isnan(trained(native, 14))
    assert trained(ours, 14) == trained(ours, 10) < 1.0
    assert float(jax.jit(ours)(10)) == float(jax.jit(ours)(2**31 - 1)) == 0.0


@pytest.mark.parametrize(
    ("native", "spec"),
    [
        (optax.constant_schedule(0.1), {"kind": "constant", "value": 0.1}),
        (optax.linear_schedule(0.1, 0.01, 60), {"kind": "linear", "start": 0.1, "end": 0.01, "duration": 60}),
        (optax.cosine_decay_schedule(0.1, 60, 0.1), {"kind": "cosine", "start": 0.1, "end": 0.01, "duration": 60}),
        (optax.polynomial_schedule(0.1, 0.01, 2, 60),
         {"kind": "polynomial", "start": 0.1, "end": 0.01, "power": 2, "duration": 60}),
        (optax.exponential_decay(0.1, 7, 0.9, staircase=True),
         {"kind": "exponential", "start": 0.1, "rate": 0.9, "every": 7, "staircase": True}),
        (optax.warmup_cosine_decay_schedule(0.0, 0.1, 10, 60, 0.01),
         {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10, "end": 0.01, "duration": 60}),
        (optax.piecewise_constant_schedule(0.1, {20: 0.1, 40: 0.5}),
         {"kind": "piecewise", "points": [[0, 0.1], [20, 0.01], [40, 0.005]], "interpolation": "previous"}),
    ],
    ids=["constant", "linear", "cosine", "polynomial", "staircase", "warm-up and cosine", "milestones"],
)  # fmt: skip
def test_ours_agrees_with_optax_within_what_float32_loses_there(native: Any, spec: dict[str, Any]) -> None:
    counts = np.arange(80, dtype=np.int32)
    theirs = np.broadcast_to(jax.vmap(native)(counts), counts.shape) if spec["kind"] != "constant" else np.float32(0.1)
    np.testing.assert_allclose(unisched.build(spec, "optax")(counts), theirs, rtol=0, atol=0.1 * 2.0**-21)


def test_ours_can_be_joined_with_optax_schedules() -> None:
    decay = unisched.build({"kind": "cosine", "start": 0.1, "end": 0.0, "duration": 50}, "optax")
    joined = jax.jit(optax.join_schedules([optax.linear_schedule(0.0, 0.1, 10), decay], [10]))
    assert float(joined(5)) == pytest.approx(0.05)
    assert [float(joined(10 + k)) for k in (0, 25, 50)] == [float(decay(k)) for k in (0, 25, 50)]
