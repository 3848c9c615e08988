"""Several devices: a metric that was reduced over them is one state, one that was not is told from it.

In a process of its own, for the number of devices is settled when JAX starts.
"""

from __future__ import annotations

import os
import subprocess
import sys

BEGIN = """
import jax, jax.numpy as jnp, numpy as np, optax, unisched
from functools import partial
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec as P
from unisched_optax import inject, observe
from unisched.errors import StateError

assert len(jax.devices()) == 2
stall = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
schedules = unisched.build({"kind": "product", "curves": [0.5, stall]}, "optax", form="stateful")
optimizer = inject(optax.sgd, schedules)
params = jnp.ones(4)
mesh = Mesh(np.array(jax.devices()), ("data",), axis_types=(AxisType.Auto,))
batches = jax.device_put(jnp.array([1.0, 3.0, 1.0, 3.0, 2.0, 1.0]).reshape(3, 2), NamedSharding(mesh, P(None, "data")))

def step(opt_state, batch, reduce, feed):
    loss = batch[0, 0]
    metric = jax.lax.pmean(loss, "data") if reduce else loss
    if feed == "value":
        updates, opt_state = optimizer.update(params, opt_state, params, value=metric)
    else:
        updates, opt_state = optimizer.update(params, observe(opt_state, schedules, metric), params)
    return opt_state, updates

def sharded(reduce, feed="value", **keywords):
    over = partial(jax.shard_map, mesh=mesh, in_specs=(P(), P(None, "data")), out_specs=P(), **keywords)
    return jax.jit(over(lambda opt_state, batch: step(opt_state, batch, reduce, feed)))

def trained(run):
    opt_state = optimizer.init(params)
    for k in range(3):
        opt_state, updates = run(opt_state, batches[k:k + 1])
    return opt_state

reference = schedules.start
for loss in (2.0, 2.0, 1.5):
    reference = reference.observe(schedules.program, loss).at(reference.step + 1)
"""


def ran(code: str) -> None:
    flags = "--xla_force_host_platform_device_count=2"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags}
    command = [sys.executable, "-W", "error", "-c", BEGIN + code]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_metric_reduced_over_devices_gives_one_state_under_shard_map() -> None:
    ran("""
for feed in ("value", "observe"):
    for keywords in ({}, {"check_vma": False}):
        assert schedules.state(trained(sharded(True, feed, **keywords))) == reference, (feed, keywords)
""")


def test_a_metric_of_one_device_is_refused_by_the_check_of_shard_map() -> None:
    ran("""
for feed in ("value", "observe"):
    try:
        trained(sharded(False, feed))
    except (TypeError, ValueError) as error:
        assert "vary" in str(error) or "replicated" in str(error), error
    else:
        raise AssertionError("a rank-local metric went through")
""")


def test_without_the_check_the_devices_drift_apart_and_their_states_show_it() -> None:
    ran("""
over = partial(jax.shard_map, mesh=mesh, in_specs=(P("data"), P(None, "data")), out_specs=P("data"), check_vma=False)

def local(opt_states, batch):
    opt_state, _ = step(jax.tree.map(lambda leaf: leaf[0], opt_states), batch, False, "value")
    return jax.tree.map(lambda leaf: leaf[None], opt_state)

run = jax.jit(over(local))
opt_states = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), optimizer.init(params))
for k in range(3):
    opt_states = run(opt_states, batches[k:k + 1])
try:
    schedules.state(opt_states)
except StateError as error:
    assert error.code == "state.memories_disagree", error
else:
    raise AssertionError("two devices remember different metrics")
""")


def test_a_state_spread_over_devices_observes_and_is_read() -> None:
    ran("""
everywhere = NamedSharding(mesh, P())
opt_state = jax.device_put(optimizer.init(params), everywhere)
update = jax.jit(optimizer.update)
for loss in (2.0, 2.0, 1.5):
    opt_state = observe(opt_state, schedules, loss)
    assert all(leaf.sharding.is_equivalent_to(everywhere, leaf.ndim) for leaf in jax.tree.leaves(opt_state))
    _, opt_state = update(params, opt_state, params)
assert schedules.state(opt_state) == reference
""")


def test_schedules_run_in_a_mesh_of_explicit_axes() -> None:
    ran("""
explicit = jax.make_mesh((2,), ("data",), axis_types=(AxisType.Explicit,))
rate = unisched.build({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, "optax", total=100)
whole = jax.device_put(jnp.int32(5), NamedSharding(explicit, P()))
with jax.set_mesh(explicit):
    assert float(jax.jit(rate)(whole)) == np.float32(0.05)
    opt_state = jax.device_put(optimizer.init(params), NamedSharding(explicit, P()))
    opt_state = jax.jit(lambda held: observe(held, schedules, 1.0))(opt_state)
assert schedules.state(opt_state) == schedules.start.observe(schedules.program, 1.0)
""")
