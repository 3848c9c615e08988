"""Parameters and carries keep their dtype, whatever schedules run beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest

import unisched

SPEC = {"unisched": 1, "total": 100, "schedules": {
    "learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10},
    "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
}}  # fmt: skip
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda s: optax.sgd(s, momentum=0.9),
    "adam": optax.adam,
    "adamw": lambda s: optax.adamw(**s),
    "decayed weights": lambda s: optax.chain(optax.add_decayed_weights(s["weight_decay"]), optax.sgd(s)),
    "injected sgd": lambda s: optax.inject_hyperparams(optax.sgd)(learning_rate=s),
    "bare scaling": optax.scale_by_schedule,
}


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("call", [lambda f: f(3), lambda f: jax.jit(f)(3), lambda f: f(jnp.arange(3)), jax.jit],
                         ids=["eager", "jit", "array", "jit of an array"])  # fmt: skip
def test_a_value_is_weakly_typed(call: Callable[[Any], Any], x64: bool) -> None:
    with jax.enable_x64(x64):
        value = call(unisched.build(SPEC, "optax"))
        value = value(jnp.arange(3)) if callable(value) else value
        assert value.weak_type
        assert value.dtype == (jnp.float64 if x64 else jnp.float32)


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_scan_over_the_training_step_keeps_the_dtypes_of_its_carry(name: str, dtype: Any, x64: bool) -> None:
    with jax.enable_x64(x64):
        optimizer = OPTIMIZERS[name](unisched.build(SPEC, "optax"))
        params = {"w": jnp.ones(3, dtype)}

        def step(carry: Any, _: None) -> tuple[Any, Any]:
            params, opt_state = carry
            updates, opt_state = optimizer.update(jax.tree.map(jnp.ones_like, params), opt_state, params)
            return (optax.apply_updates(params, updates), opt_state), updates

        (trained, _), updates = jax.lax.scan(step, (params, optimizer.init(params)), length=5)
    assert updates["w"].dtype == trained["w"].dtype == dtype
    assert bool(jnp.isfinite(trained["w"]).all())
    assert not bool((trained["w"] == params["w"]).all())


def test_an_eager_update_keeps_bfloat16_parameters() -> None:
    optimizer = optax.adamw(**unisched.build(SPEC, "optax"))
    params = jnp.ones(3, jnp.bfloat16)
    updates, _ = optimizer.update(params, optimizer.init(params), params)
    assert updates.dtype == jnp.bfloat16
