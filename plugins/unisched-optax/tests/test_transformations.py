"""What JAX may do to a schedule: transform it, compile it once, look into it with its checks on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unisched

SPEC = {"kind": "sequence", "parts": [
    {"kind": "linear", "start": 0.0, "end": 1.0, "duration": 8},
    {"kind": "cosine", "end": 0.5, "duration": 16, "power": 1.5},
    {"kind": "exponential", "end": 0.1, "duration": 16},
    {"kind": "power_decay", "timescale": 5},
]}  # fmt: skip
COUNT = jnp.int32(11)

CALLS: dict[str, Callable[[Any], Any]] = {
    "jit": lambda f: jax.jit(f)(COUNT),
    "vmap": lambda f: jax.vmap(f)(jnp.full(3, COUNT))[1],
    "vmap of vmap": lambda f: jax.jit(jax.vmap(jax.vmap(f)))(jnp.full((2, 3), COUNT))[1, 2],
    "an array inside jit": lambda f: jax.jit(f)(jnp.full((2, 3), COUNT))[1, 2],
    "scan": lambda f: jax.lax.scan(lambda c, _: (c + 1, f(c)), COUNT, length=1)[1][0],
    "while_loop": lambda f: jax.lax.while_loop(lambda c: c[0] < 12, lambda c: (c[0] + 1, f(c[0])), (COUNT, f(0)))[1],
    "fori_loop": lambda f: jax.lax.fori_loop(11, 12, lambda c, _: f(c), f(0)),
    "cond": lambda f: jax.lax.cond(COUNT > 0, f, lambda _: f(0), COUNT),
    "switch": lambda f: jax.jit(lambda c: jax.lax.switch(c - 10, [lambda: f(0), lambda: f(c)]))(COUNT),
    "checkpoint": lambda f: jax.jit(jax.checkpoint(f))(COUNT),
    "gradient of what it scales": lambda f: jax.grad(lambda x: f(COUNT) * x)(2.0),
    "gradient inside jit": lambda f: jax.jit(lambda c: jax.grad(lambda x: f(c) * x)(2.0))(COUNT),
    "second derivative": lambda f: jax.jit(lambda c: jax.hessian(lambda x: f(c) * x**2 / 2)(1.0))(COUNT),
    "jvp": lambda f: jax.jit(lambda c: jax.jvp(lambda x: f(c) * x, (1.0,), (1.0,))[1])(COUNT),
    "gradient through checkpoint": lambda f: jax.grad(jax.checkpoint(lambda x: f(COUNT) * x))(2.0),
}


def schedule() -> Any:
    return unisched.build(SPEC, "optax")


@pytest.mark.parametrize("call", CALLS)
def test_a_transformed_schedule_gives_the_same_value(call: str) -> None:
    f = schedule()
    assert float(CALLS[call](f)) == float(f(11)) == float(np.float32(f.program(11)))


@pytest.mark.parametrize("call", CALLS)
def test_a_transformed_schedule_gives_the_same_value_with_x64_on(call: str) -> None:
    with jax.enable_x64(True):
        f = schedule()
        assert float(CALLS[call](f)) == pytest.approx(f.program(11), rel=1e-15)


@pytest.mark.parametrize(
    "check",
    [jax.checking_leaks, lambda: jax.debug_nans(True), lambda: jax.debug_infs(True), jax.disable_jit,
     lambda: jax.numpy_dtype_promotion("strict"), lambda: jax.numpy_rank_promotion("raise")],
    ids=["leaks", "NaN", "infinities", "no jit", "strict promotion", "rank promotion"],
)  # fmt: skip
@pytest.mark.parametrize("x64", [False, True])
def test_a_schedule_passes_the_checks_of_jax(check: Callable[[], AbstractContextManager[Any]], x64: bool) -> None:
    counts = jnp.asarray([-1, 0, 7, 8, 24, 40, 41, 1000, 2**31 - 1], jnp.int32)
    with jax.enable_x64(x64), check():
        f = schedule()
        compiled = jax.jit(f)
        assert [float(compiled(count)) for count in counts] == pytest.approx([float(f(c)) for c in counts], rel=1e-15)


def test_the_shape_of_a_value_is_known_without_computing_it() -> None:
    shape = jax.eval_shape(schedule(), jax.ShapeDtypeStruct((), jnp.int32))
    assert (shape.shape, shape.dtype, shape.weak_type) == ((), jnp.float32, True)


def test_a_compiled_schedule_is_traced_once_over_all_steps() -> None:
    f, traced = schedule(), []
    compiled = jax.jit(lambda count: (traced.append(count), f(count))[1])
    for count in range(60):
        compiled(jnp.int32(count))
    assert len(traced) == 1


def test_equal_schedules_as_static_arguments_are_traced_once() -> None:
    traced = []

    def scaled(f: Any, count: jax.Array) -> jax.Array:
        traced.append(f)
        return f(count)

    compiled = jax.jit(scaled, static_argnums=0)
    values = {float(compiled(schedule(), COUNT)) for _ in range(3)}
    values |= {float(compiled(schedule()["learning_rate"], COUNT)) for _ in range(3)}
    assert len(traced) == 2
    assert len(values) == 1


def test_a_concrete_count_is_evaluated_on_the_host_and_traces_nothing() -> None:
    f = schedule()
    assert not jax.make_jaxpr(lambda: f(11))().eqns


def test_a_compiled_schedule_does_not_grow_with_its_segments() -> None:
    def size(rows: int) -> int:
        parts = [{"kind": "linear", "start": float(i % 7), "end": float(i % 5 + 8), "duration": 3} for i in range(rows)]
        compiled = jax.jit(unisched.build({"kind": "sequence", "parts": parts}, "optax"))
        return len(compiled.lower(COUNT).as_text().splitlines())

    assert size(10) == size(300)


def test_nothing_in_double_precision_leaves_a_traced_schedule() -> None:
    scaled = jax.make_jaxpr(lambda x, count: (x * schedule()(count), schedule()(count)))(jnp.float32(1), COUNT)
    assert [aval.dtype for aval in scaled.out_avals] == [jnp.float32, jnp.float32]
    assert jnp.arange(3).dtype == jnp.int32
