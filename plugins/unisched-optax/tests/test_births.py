"""Param groups that appeared while the run went on, in another framework: their entries count from there in optax."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import optax  # type: ignore[import-untyped]
import pytest

import unisched
from unisched import State

UP = {"kind": "linear", "start": 0, "end": 1, "duration": 4}
SPEC = {
    "total": 10,
    "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "weight_decay": 0.5},
    "groups": {"block*": {"learning_rate": {"from": "birth", "curve": UP}}},
}


@pytest.fixture
def begun() -> State:
    """A state at step 2, with one group that appeared at step 3."""
    return replace(unisched.compile(SPEC).start().at(2), births={"block.0": 3})


@pytest.mark.parametrize(("group", "due"), [("block.0", [0, 0, 0.25, 0.5, 0.75]), ("block.1", [0.5, 0.75, 1, 1, 1])])
def test_the_schedule_of_a_group_counts_from_its_birth_traced_or_not(
    begun: State, group: str, due: list[float]
) -> None:
    schedules = unisched.build(SPEC, "optax", state=begun.to_json()).group(group)
    rate = schedules["learning_rate"]
    assert [float(rate(count)) for count in range(5)] == due
    assert jax.jit(jax.vmap(rate))(jnp.arange(5)).tolist() == due
    assert jax.jit(rate)(-2) == jax.jit(rate)(jnp.int32(-2))
    assert float(schedules["weight_decay"](3)) == 0.5


def test_a_partitioned_optimizer_trains_groups_on_their_own_clocks_and_hands_births_on(begun: State) -> None:
    schedules = unisched.build(SPEC, "optax", state=begun)
    labels = {"body": "body", "block.0": "block.0"}
    optimizer = optax.partition({name: optax.sgd(schedules.group(name)) for name in labels}, labels)
    params = dict.fromkeys(labels, jnp.float32(0))

    def update(carry: Any, _: None) -> tuple[Any, Any]:
        params, opt_state = carry
        updates, opt_state = optimizer.update(dict.fromkeys(labels, jnp.float32(-1)), opt_state, params)
        return (optax.apply_updates(params, updates), opt_state), updates

    (_, opt_state), used = jax.jit(lambda carry: jax.lax.scan(update, carry, length=5))(
        (params, optimizer.init(params))
    )
    assert used["block.0"].tolist() == [0, 0, 0.25, 0.5, 0.75]
    assert used["body"].tolist() == pytest.approx([0.8, 0.7, 0.6, 0.5, 0.4])
    state = schedules.state(opt_state)
    assert (state.step, state.births) == (7, {"block.0": 3})
    assert unisched.build(SPEC, form="scheduler", state=state).value(group="block.0") == 1.0


def test_schedules_of_other_births_are_others_and_copies_are_equal(begun: State) -> None:
    one, other = (
        unisched.build(SPEC, "optax", state=state) for state in (begun, replace(begun, births={"block.0": 4}))
    )
    assert pickle.loads(pickle.dumps(one)) == one != other
    rate = one.group("block.0")["learning_rate"]
    assert pickle.loads(pickle.dumps(rate)) == rate != other.group("block.0")["learning_rate"]
    assert hash(pickle.loads(pickle.dumps(rate))) == hash(rate)
