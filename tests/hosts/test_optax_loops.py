"""Trainings with optax: each update uses the host's value, rounded once to float32, in every kind of loop.

What an update used is read from the weight that it alone has moved. Traps of optax, and where each is met:

    J1   a constant rate makes another state tree      test_orbax.py
    J2   inject_hyperparams calls what is no schedule  a_mask_stays_a_mask, below
    J3   init and update make a schedule stateful      test_schedules.py of the plugin: a leaf and no stateful schedule
    J4   patience 0 of its plateau drops on gains         tests/test_feedback.py: refused with optax's rule
    J5   schedules built anew are traced anew          test_transformations.py of the plugin: traced once
    J6   joined schedules are asked for negative steps test_native_optax.py of the plugin: can be joined
    J7   long documents make large graphs              test_transformations.py of the plugin: does not grow
    J8   float32 counts are exact to 2**24             a_count_beyond_float32, below
    J9   a cosine that ends loses all digits           the_end_of_a_long_cosine, below
    J10  a metric of one device only                   test_optax_sharded.py
    J11  meshes with explicit axes                     test_optax_sharded.py
    J12  pure_callback                                 not used: nothing leaves the compiled step
"""

from __future__ import annotations

import math
from typing import Any

import flax.serialization
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import optax
import pytest
from optax_training import LOOPS, eager, jitted, rates, rows, scanned, used_in
from unisched_optax import inject
from workers.documents import GROUPED, RATE, SEVERAL, TOTAL, bits, host_bits

import unisched

UPDATES = 25


def schedules(spec: Any = RATE, **keywords: Any) -> Any:
    return unisched.build(spec, "optax", total=TOTAL, **keywords)


@pytest.mark.parametrize("x64", [False, True], ids=["x64 off", "x64 on"])
@pytest.mark.parametrize("loop", LOOPS)
def test_every_update_uses_its_own_value(loop: str, x64: bool) -> None:
    with jax.enable_x64(x64):
        found, opt_state = used_in(LOOPS[loop], optax.sgd(schedules()), UPDATES)
        assert found == host_bits(RATE, range(UPDATES))
        assert schedules().state(opt_state).step == UPDATES


def test_copies_of_a_training_under_vmap_use_the_same_values() -> None:
    optimizer, weights = optax.sgd(schedules()), jnp.zeros((3, UPDATES))
    trained, _ = jax.vmap(lambda w: scanned(optimizer, w, optimizer.init(w), rows(UPDATES)))(weights)
    assert [rates(copy) for copy in trained] == [host_bits(RATE, range(UPDATES))] * 3


def test_half_precision_weights_stay_so_and_use_the_float32_value_rounded_to_theirs() -> None:
    weights = jnp.zeros(UPDATES, jnp.bfloat16)
    optimizer = optax.sgd(schedules())
    trained, _ = scanned(optimizer, weights, optimizer.init(weights), rows(UPDATES, jnp.bfloat16))
    host = np.array([float.fromhex(text) for text in host_bits(RATE, range(UPDATES))], np.float32)
    assert trained.dtype == jnp.bfloat16
    assert np.array_equal(np.asarray(trained), host.astype(ml_dtypes.bfloat16))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_injected_hyperparameters_are_read_out_as_used_and_leave_no_nan(dtype: Any) -> None:
    optimizer = inject(optax.adamw, schedules(SEVERAL), eps=1e-6)
    weights = jnp.ones(6, dtype)
    opt_state = optimizer.init(weights)
    update = jax.jit(optimizer.update)
    for step in range(12):
        updates, opt_state = update(jnp.ones(6, dtype), opt_state, weights)
        weights = optax.apply_updates(weights, updates)
        used = {name: float(value).hex() for name, value in opt_state.hyperparams.items()}
        names = {"learning_rate": "learning_rate", "weight_decay": "weight_decay", "beta1": "b1", "beta2": "b2"}
        assert used == {name: host_bits(SEVERAL, [step], target)[0] for target, name in names.items()}
        assert weights.dtype == dtype
        assert bool(jnp.isfinite(weights.astype(jnp.float32)).all())


def test_a_scheduled_weight_decay_is_what_takes_from_a_weight() -> None:
    spec = {"schedules": {"learning_rate": 1.0, "weight_decay": SEVERAL["schedules"]["weight_decay"]}}
    optimizer = optax.adamw(**schedules(spec))
    opt_state, update = optimizer.init(jnp.ones(1)), jax.jit(optimizer.update)
    found = []
    for _ in range(20):
        updates, opt_state = update(jnp.zeros(1), opt_state, jnp.ones(1))
        found.append(float(-updates[0]).hex())
    assert found == host_bits(spec, range(20), "weight_decay")


def test_a_scheduled_beta1_is_what_keeps_the_gradients() -> None:
    spec = {"schedules": {"learning_rate": 1.0, "beta1": SEVERAL["schedules"]["beta1"]}}
    optimizer = inject(optax.adam, schedules(spec))
    opt_state, update = optimizer.init(jnp.zeros(1)), jax.jit(optimizer.update)
    found = []
    for _ in range(20):
        fresh = optax.tree.set(opt_state, mu=jnp.zeros(1))
        _, opt_state = update(jnp.ones(1), fresh, jnp.zeros(1))
        found.append(1 - float(optax.tree.get(opt_state, "mu")[0]))
    assert bits(found) == host_bits(spec, range(20), "beta1")


def test_accumulated_gradients_are_one_update() -> None:
    optimizer = optax.MultiSteps(optax.sgd(schedules()), every_k_schedule=4).gradient_transformation()
    weights = jnp.zeros(6)
    trained, opt_state = jitted(optimizer, weights, optimizer.init(weights), jnp.repeat(rows(6), 4, axis=0))
    assert rates(trained) == host_bits(RATE, range(6))
    assert schedules().state(opt_state).step == 6


def test_a_checkpoint_between_two_batches_of_one_update_goes_on_with_the_same_values() -> None:
    optimizer = optax.MultiSteps(optax.sgd(schedules()), every_k_schedule=4).gradient_transformation()
    inputs, weights = jnp.repeat(rows(6), 4, axis=0), jnp.zeros(6)
    fresh = optimizer.init(weights)
    weights, opt_state = jitted(optimizer, weights, fresh, inputs[:10])
    assert schedules().state(opt_state).step == 2
    restored = flax.serialization.from_bytes(fresh, flax.serialization.to_bytes(opt_state))
    trained, opt_state = jitted(optimizer, weights, restored, inputs[10:])
    assert rates(trained) == host_bits(RATE, range(6))
    assert schedules().state(opt_state).step == 6


def test_updates_that_are_skipped_are_not_counted() -> None:
    optimizer, weights = optax.apply_if_finite(optax.sgd(schedules()), 3), jnp.zeros(9)
    inputs = rows(9).at[2, 2].set(jnp.inf).at[5, 5].set(jnp.nan)
    trained, opt_state = jitted(optimizer, weights, optimizer.init(weights), inputs)
    due = iter(host_bits(RATE, range(7)))
    assert rates(trained) == [bits([0.0])[0] if row in (2, 5) else next(due) for row in range(9)]
    assert schedules().state(opt_state).step == 7


def test_each_group_of_a_partition_follows_its_own_schedule() -> None:
    grouped = schedules(GROUPED)
    optimizer = optax.partition(
        {name: optax.sgd(grouped.group(name)) for name in ("body", "head")}, {"body": "body", "head": "head"}
    )
    weights = {"body": jnp.zeros(UPDATES), "head": jnp.zeros(UPDATES)}
    opt_state, update = optimizer.init(weights), jax.jit(optimizer.update)
    for row in rows(UPDATES):
        updates, opt_state = update({"body": -row, "head": -row}, opt_state)
        weights = optax.apply_updates(weights, updates)
    assert rates(weights["body"]) == host_bits(GROUPED, range(UPDATES))
    assert rates(weights["head"]) == host_bits(GROUPED, range(UPDATES), group="head")
    assert grouped.state(opt_state).step == UPDATES


def test_a_mask_stays_a_mask_beside_injected_schedules() -> None:
    def only_matrices(weights: Any) -> Any:
        return jax.tree.map(lambda weight: weight.ndim > 1, weights)

    spec = {"schedules": {"learning_rate": 1.0, "weight_decay": 0.75}}
    weights = {"matrix": jnp.ones((1, 1)), "bias": jnp.ones(1)}
    gradients = jax.tree.map(jnp.zeros_like, weights)
    ours = inject(optax.adamw, schedules(spec), mask=only_matrices)
    updates, _ = ours.update(gradients, ours.init(weights), weights)
    assert (float(updates["matrix"][0, 0]), float(updates["bias"][0])) == (-0.75, 0.0)
    theirs = optax.inject_hyperparams(optax.adamw)(**schedules(spec), mask=only_matrices)
    updates, _ = theirs.update(gradients, theirs.init(weights), weights)
    assert float(updates["matrix"][0, 0]) == 0.0  # the mask was given the count, and said no without a word


def test_a_count_beyond_float32_reads_the_right_one_of_neighbouring_steps() -> None:
    late = 2**24 + 1
    spec = {"kind": "piecewise", "points": [[0, 0.5], *[[late + k, 0.5 / (k + 2)] for k in range(6)]],
            "interpolation": "previous"}  # fmt: skip
    optimizer, weights = optax.sgd(unisched.build(spec, "optax")), jnp.zeros(6)
    opt_state = optax.tree.set(optimizer.init(weights), count=jnp.int32(late))
    trained, _ = jitted(optimizer, weights, opt_state, rows(6))
    assert rates(trained) == bits(0.5 / (k + 2) for k in range(6))


def test_the_end_of_a_long_cosine_keeps_its_digits() -> None:
    total, left = 1_000_000, 6
    cosine = unisched.build({"kind": "cosine", "start": 0.1, "end": 0}, "optax", total=total)
    optimizer, weights = optax.sgd(cosine), jnp.zeros(6)
    opt_state = optax.tree.set(optimizer.init(weights), count=jnp.int32(total - left))
    trained, _ = jitted(optimizer, weights, opt_state, rows(6))
    textbook = bits(0.1 * math.sin(math.pi / 2 * k / total) ** 2 for k in range(left, 0, -1))
    assert rates(trained) == textbook
    theirs = optax.cosine_decay_schedule(0.1, total)(total - 1)
    assert float(theirs) != float.fromhex(textbook[-1])


@pytest.mark.parametrize("stop", [3, 11])
def test_a_training_that_stops_goes_on_from_the_portable_state(stop: int) -> None:
    optimizer, weights = optax.sgd(schedules()), jnp.zeros(UPDATES)
    weights, opt_state = eager(optimizer, weights, optimizer.init(weights), rows(UPDATES)[:stop])
    later = schedules(state=schedules().state(opt_state).to_json())
    optimizer = optax.sgd(later)
    weights, opt_state = scanned(optimizer, weights, optimizer.init(weights), rows(UPDATES)[stop:])
    assert rates(weights) == host_bits(RATE, range(UPDATES))
    assert later.state(opt_state).step == UPDATES
