"""A training with optax on two devices of the host, its step under `shard_map`: prints what each device used as JSON.

The device holds every other column of the batch, and the gradient is the mean over devices.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any, Final

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, Mesh, PartitionSpec
from unisched_optax import inject, observe

import unisched
from workers.documents import PLATEAU, RATE, TOTAL

UPDATES: Final = 20
ROWS, ALL = PartitionSpec("data"), PartitionSpec()


def mesh(kind: AxisType) -> Mesh:
    return jax.make_mesh((2,), ("data",), axis_types=(kind,))


def gradient(weights: Any, batch: Any) -> Any:
    return jax.lax.pmean(-batch.sum(axis=0), "data")


def batches() -> Any:
    """Two rows for each update, one for each device: twice what moves weight j, and nothing."""
    one = 2 * jnp.eye(UPDATES)
    return jnp.stack([one, jnp.zeros_like(one)], axis=1)


def trained(kind: AxisType, place: Callable[[Any, Any], Any] = lambda tree, sharding: tree) -> list[str]:
    optimizer = optax.sgd(unisched.build(RATE, "optax", total=TOTAL))

    def step(weights: Any, opt_state: Any, batch: Any) -> tuple[Any, Any]:
        updates, opt_state = optimizer.update(gradient(weights, batch), opt_state, weights)
        return optax.apply_updates(weights, updates), opt_state

    over = mesh(kind)
    sharded = jax.jit(jax.shard_map(step, mesh=over, in_specs=(ALL, ALL, ROWS), out_specs=(ALL, ALL)))
    weights = jnp.zeros(UPDATES)
    weights, opt_state = place((weights, optimizer.init(weights)), jax.sharding.NamedSharding(over, ALL))
    for batch in batches():
        weights, opt_state = sharded(weights, opt_state, place(batch, jax.sharding.NamedSharding(over, ROWS)))
    return [float(weight).hex() for weight in np.asarray(weights)]


def metrics(*, reduced: bool, checked: bool = True) -> Any:
    """Each device has a metric of its own: 1 that stays, and 1 that falls."""
    schedules = unisched.build(PLATEAU, "optax", form="stateful", total=TOTAL)
    optimizer = inject(optax.sgd, schedules)

    def step(opt_state: Any, metric: Any) -> tuple[Any, Any]:
        own = metric[0]
        seen = jax.lax.pmean(own, "data") if reduced else own
        _, opt_state = optimizer.update(jnp.zeros(1), observe(opt_state, schedules, seen))
        return opt_state, opt_state.hyperparams["learning_rate"][None]

    over = mesh(AxisType.Auto)
    sharded = jax.jit(jax.shard_map(step, mesh=over, in_specs=(ALL, ROWS), out_specs=(ALL, ROWS), check_vma=checked))
    opt_state, used = optimizer.init(jnp.zeros(1)), []
    for k in range(UPDATES):
        opt_state, rates = sharded(opt_state, jnp.array([1.0, 1.0 / (k + 1)]))
        used.append([float(rate).hex() for rate in np.asarray(rates)])
    return {"used": used, "state": schedules.state(opt_state).to_json()}


def outcome(training: Callable[[], Any]) -> Any:
    try:
        return training()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print(json.dumps({
        "devices": len(jax.devices()),
        "auto": outcome(partial(trained, AxisType.Auto)),
        "explicit": outcome(partial(trained, AxisType.Explicit)),
        "explicit, placed": outcome(partial(trained, AxisType.Explicit, jax.device_put)),
        "metric, reduced": outcome(partial(metrics, reduced=True)),
        "metric of one device": outcome(partial(metrics, reduced=False)),
        "metric of one device, unchecked": outcome(partial(metrics, reduced=False, checked=False)),
    }))  # fmt: skip
