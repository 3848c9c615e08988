"""Known traps of schedules in JAX: what others step into, shown, and that ours do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest
from unisched_optax import inject

import unisched
from unisched.errors import SpecError

PARAMS = jnp.ones(3)


def built(spec: Any, **keywords: Any) -> Any:
    return unisched.build(spec, "optax", **keywords)


def kept_by_orbax(opt_state: Any, fresh: Any, folder: Path) -> Any:
    with ocp.StandardCheckpointer() as keeper:
        keeper.save(folder / "state", opt_state)
        keeper.wait_until_finished()
        return keeper.restore(folder / "state", fresh)


def kept_by_msgpack(opt_state: Any, fresh: Any, folder: Path) -> Any:
    return flax.serialization.from_bytes(fresh, flax.serialization.to_bytes(opt_state))


@pytest.mark.parametrize("keep", [kept_by_orbax, kept_by_msgpack])
def test_a_checkpoint_of_a_constant_rate_is_restored_into_a_scheduled_optimizer(keep: Any, tmp_path: Path) -> None:
    warmed = built({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, total=100)
    constant = built({"kind": "constant", "value": 0.1})
    opt_state = optax.adam(constant).init(PARAMS)
    for _ in range(3):
        _, opt_state = optax.adam(constant).update(PARAMS, opt_state)
    restored = keep(opt_state, optax.adam(warmed).init(PARAMS), tmp_path)
    assert warmed.state(restored).step == 3
    number = optax.adam(0.1).init(PARAMS)
    assert jax.tree.structure(number) != jax.tree.structure(optax.adam(warmed).init(PARAMS))


def test_a_patience_of_0_drops_at_every_improvement_in_optax_and_is_refused_here() -> None:
    theirs = optax.contrib.reduce_on_plateau(factor=0.5, patience=0)
    state = theirs.init(PARAMS)
    for loss in (3.0, 2.0, 1.0):
        _, state = theirs.update(PARAMS, state, value=loss)
    assert float(state.scale) == 0.125
    stall = {"kind": "plateau", "monitor": "loss", "rule": "optax", "patience": 0}
    with pytest.raises(SpecError, match="drops at every improvement"):
        built(stall, form="stateful")


def test_negative_steps_of_joined_schedules_have_no_nan_in_values_or_gradients() -> None:
    root = built({"kind": "polynomial", "start": 1e-3, "end": 0.0, "power": 0.5, "duration": 10})
    joined = optax.join_schedules([root, root, root], [20, 40])
    with jax.debug_nans(True):
        values = [float(jax.jit(joined)(jnp.int32(count))) for count in range(60)]
        slope = jax.jit(jax.grad(lambda x, count: joined(count) * x))(1.0, jnp.int32(25))
    assert np.isfinite(values).all()
    assert float(slope) == values[25]


def test_steps_beyond_the_whole_numbers_of_float32_are_told_apart() -> None:
    total = 2**25
    rate = jax.jit(built({"kind": "linear", "start": 0.0, "end": float(total)}, total=total))
    assert np.float32(2**24 + 1) == np.float32(2**24)
    with jax.enable_x64(True):
        exact = jax.jit(built({"kind": "linear", "start": 0.0, "end": float(total)}, total=total))
        assert [float(exact(jnp.int32(2**24 + k))) for k in range(3)] == [2**24 + k for k in range(3)]
    step = {"kind": "piecewise", "points": [[0, 1.0], [2**24 + 1, 0.5]], "interpolation": "previous"}
    stairs = jax.jit(built(step))
    assert [float(stairs(jnp.int32(2**24 + k))) for k in range(3)] == [1.0, 0.5, 0.5]
    assert float(rate(jnp.int32(2**24 + 2))) == 2**24 + 2


def test_a_cosine_of_a_million_steps_is_right_to_its_last_step() -> None:
    total = 1_000_000
    rate = built({"kind": "cosine", "start": 1.0, "end": 0.0}, total=total)
    steps = np.r_[total - 100 : total].astype(np.int32)
    exact = np.array([rate.program(int(step), exact=True) for step in steps])
    ours = np.asarray(jax.jit(jax.vmap(rate))(steps), np.float64)
    np.testing.assert_allclose(ours, exact, rtol=2**-24)
    theirs = np.asarray(jax.jit(jax.vmap(optax.cosine_decay_schedule(1.0, total)))(steps), np.float64)
    assert (abs(theirs - exact) / exact).max() > 0.1


def test_hundreds_of_pieces_are_no_larger_a_program_than_a_few() -> None:
    def equations(pieces: int) -> int:
        stall = {"kind": "plateau", "monitor": "loss"}
        parts = [{"kind": "linear", "start": 0.1 * k, "end": 0.2, "duration": 5} for k in range(pieces)]
        spec = {"kind": "product", "curves": [{"kind": "sequence", "parts": parts}, stall]}
        optimizer = inject(optax.sgd, built(spec, form="stateful"))
        opt_state = optimizer.init(PARAMS)
        traced = jax.make_jaxpr(lambda held, loss: optimizer.update(PARAMS, held, value=loss))(opt_state, 1.0)
        return len(traced.eqns)

    assert equations(500) == equations(20)


def test_nothing_in_a_compiled_step_calls_python() -> None:
    stall = {"kind": "plateau", "monitor": "loss"}
    noise = {"kind": "noise", "std": 0.1, "seed": 42}
    formula = {"kind": "formula", "expression": "1 / (1 + step)"}
    optimizer = inject(optax.sgd, built({"kind": "product", "curves": [stall, noise, formula]}, form="stateful"))
    update = jax.jit(lambda held, loss: optimizer.update(PARAMS, held, value=loss))
    text = update.lower(optimizer.init(PARAMS), 1.0).as_text()
    assert "callback" not in text


def test_a_metric_that_is_not_a_number_is_a_bad_observation_and_never_the_best() -> None:
    stall = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1}
    schedules = built({"kind": "product", "curves": [1.0, stall]}, form="stateful")
    optimizer = inject(optax.sgd, schedules)
    opt_state, update = optimizer.init(PARAMS), jax.jit(optimizer.update)
    used = []
    for loss in (float("nan"), 1.0, float("nan"), float("nan"), 0.9):
        updates, opt_state = update(PARAMS, opt_state, value=loss)
        used.append(float(-updates[0]))
    assert used == [1.0, 1.0, 1.0, 0.5, 0.5]
    ((memory),) = schedules.state(opt_state).feedback.values()
    assert memory["best"] == np.float32(0.9)
