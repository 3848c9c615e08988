"""Checkpoints of optax states, by orbax and by Flax's msgpack: a constant rate may become any schedule (trap J1).

Going on after a kill is in test_flax_killed.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax.serialization
import jax
import jax.numpy as jnp
import optax
import orbax.checkpoint as ocp
import pytest
from unisched_optax import inject
from workers.documents import PLATEAU, RATE, SEVERAL, TOTAL

import unisched

STOP = 9
CONSTANT = {"kind": "constant", "value": 0.01}
OTHERS = ({"kind": "repeat", "curve": RATE, "period": 13}, {"kind": "clip", "curve": RATE, "minimum": 1e-3})
FACTORIES: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda s: optax.sgd(s, momentum=0.9),
    "adam": optax.adam,
    "injected adam": lambda s: inject(optax.adam, s),
}


def by_msgpack(like: Any, saved: Any, folder: Path) -> Any:
    return flax.serialization.from_bytes(like, flax.serialization.to_bytes(saved))


def by_orbax(like: Any, saved: Any, folder: Path) -> Any:
    with ocp.CheckpointManager(folder / "run") as manager:
        manager.save(STOP, args=ocp.args.StandardSave(saved))
        manager.wait_until_finished()
        return manager.restore(STOP, args=ocp.args.StandardRestore(like))


WAYS = {"msgpack": by_msgpack, "orbax": by_orbax}


def schedules(spec: Any, **keywords: Any) -> Any:
    return unisched.build(spec, "optax", total=TOTAL, **keywords)


def after(optimizer: Any, updates: int = STOP) -> Any:
    opt_state, update = optimizer.init(jnp.ones(3)), jax.jit(optimizer.update)
    for _ in range(updates):
        _, opt_state = update(jnp.ones(3), opt_state, jnp.ones(3))
    return opt_state


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FACTORIES)
def test_a_checkpoint_of_a_constant_rate_goes_on_with_any_schedule(name: str, way: str, tmp_path: Path) -> None:
    make, later = FACTORIES[name], schedules(RATE)
    optimizer = make(later)
    restored = WAYS[way](optimizer.init(jnp.ones(3)), after(make(schedules(CONSTANT))), tmp_path)
    assert later.state(restored).step == STOP
    updates, opt_state = optimizer.update(jnp.ones(3), restored)
    expected, _ = optimizer.update(jnp.ones(3), after(optimizer))
    assert updates.tolist() == expected.tolist()  # moments hold gradients only
    assert later.state(opt_state).step == STOP + 1


@pytest.mark.parametrize("way", WAYS)
def test_one_of_a_constant_rate_of_optax_itself_cannot(way: str, tmp_path: Path) -> None:
    optimizer = optax.adam(schedules(RATE))
    with pytest.raises(ValueError, match=r"match|differ|mismatch"):
        WAYS[way](optimizer.init(jnp.ones(3)), after(optax.adam(0.1)), tmp_path)


@pytest.mark.parametrize("name", FACTORIES)
def test_every_schedule_of_one_optimizer_has_the_same_state_tree(name: str) -> None:
    trees = {
        jax.tree.structure(FACTORIES[name](schedules(spec)).init(jnp.ones(3))) for spec in (CONSTANT, RATE, *OTHERS)
    }
    assert len(trees) == 1


@pytest.mark.parametrize("spec", [RATE, SEVERAL, PLATEAU], ids=["rate", "several", "plateau"])
def test_the_portable_state_stands_beside_the_arrays_as_json(spec: Any, tmp_path: Path) -> None:
    stateful = unisched.build(spec, "optax", form="stateful", total=TOTAL)
    opt_state = after(inject(optax.adamw, stateful))
    state = stateful.state(opt_state)
    with ocp.CheckpointManager(tmp_path / "run") as manager:
        manager.save(STOP, args=ocp.args.Composite(
            train=ocp.args.StandardSave(opt_state), schedule=ocp.args.JsonSave(json.loads(state.to_json()))
        ))  # fmt: skip
        manager.wait_until_finished()
        found = manager.restore(STOP, args=ocp.args.Composite(schedule=ocp.args.JsonRestore()))["schedule"]
    assert unisched.State.from_json(found) == state
    assert unisched.build(spec, "numpy", form="scheduler", total=TOTAL, state=found).state() == state
