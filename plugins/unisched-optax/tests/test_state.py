"""The state of a run: read from the counts of optax's schedule states, handed on to any backend and back."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from unisched_optax import Schedules

import unisched
from unisched.errors import StateError

SPEC = {"schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10},
                      "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4}}}  # fmt: skip


def built(**keywords: Any) -> Schedules:
    return unisched.build(SPEC, "optax", total=100, **keywords)


def after(optimizer: optax.GradientTransformation, updates: int, params: Any = None) -> Any:
    """The optimizer's state after so many jitted updates."""
    params = jnp.ones(3) if params is None else params
    opt_state, update = optimizer.init(params), jax.jit(optimizer.update)
    for _ in range(updates):
        _, opt_state = update(params, opt_state, params)
    return opt_state


@pytest.mark.parametrize(
    "make",
    [
        optax.sgd,
        lambda s: optax.adamw(**s),
        lambda s: optax.inject_hyperparams(optax.adamw)(**s),
        lambda s: optax.chain(optax.add_decayed_weights(s["weight_decay"]), optax.scale_by_schedule(s)),
        lambda s: optax.masked(optax.sgd(s), True),
        lambda s: optax.partition({"a": optax.adamw(**s), "b": optax.set_to_zero()}, "a"),
        lambda s: optax.apply_if_finite(optax.sgd(s), 3),
    ],
    ids=["sgd", "adamw", "injected", "chain", "masked", "partition", "finite"],
)
def test_the_state_counts_the_updates_that_the_schedules_have_seen(make: Any) -> None:
    schedules = built()
    assert schedules.state(after(make(schedules), 7)) == schedules.program.start().at(7)


def test_accumulated_gradients_count_once_an_update() -> None:
    schedules = built()
    optimizer = optax.MultiSteps(optax.sgd(schedules), every_k_schedule=3)
    assert schedules.state(after(optimizer.gradient_transformation(), 7)).step == 2


def test_the_count_of_adam_itself_is_never_read() -> None:
    schedules = built()
    opt_state = after(optax.adamw(**schedules), 5)
    adam, *rest = opt_state
    assert schedules.state((adam._replace(count=jnp.int32(400)), *rest)).step == 5
    with pytest.raises(StateError, match="holds no schedule's count"):
        schedules.state(after(optax.adam(0.1), 5))


def test_counts_that_disagree_are_refused_with_their_paths() -> None:
    schedules = built()
    early, late = after(optax.sgd(schedules), 2), after(optax.adamw(**schedules), 5)
    with pytest.raises(StateError) as caught:
        schedules.state({"old": early, "new": late})
    assert caught.value.code == "state.counts_disagree"
    assert "opt_state['old'][1].count is at 2" in str(caught.value)
    assert "opt_state['new'][1].count is at 5" in str(caught.value)
    assert "opt_state['new'][2].count is at 5" in str(caught.value)


def test_copies_of_an_optimizer_that_agree_have_one_state_and_others_are_refused() -> None:
    schedules = built()
    optimizer = optax.sgd(schedules)
    opt_state = jax.vmap(optimizer.init)(jnp.ones((4, 2)))
    assert schedules.state(opt_state).step == 0
    apart = jax.tree.map(lambda count: count + jnp.arange(4), opt_state)
    with pytest.raises(StateError, match="is at 0 and 1 and 2 and 3"):
        schedules.state(apart)


def test_the_state_is_refused_inside_a_compiled_step() -> None:
    schedules = built()
    opt_state = after(optax.sgd(schedules), 1)
    with pytest.raises(StateError, match="outside jit"):
        jax.jit(lambda state: schedules.state(state).step)(opt_state)


def test_a_run_goes_on_from_the_portable_state_bit_for_bit() -> None:
    schedules = built()
    text = schedules.state(after(optax.sgd(schedules), 33)).to_json()
    later = built(state=text)
    opt_state = optax.sgd(later).init(jnp.ones(3))
    assert optax.tree.get(opt_state, "count") == 0
    assert [later(k) for k in range(80)] == [schedules(33 + k) for k in range(80)]
    assert later.state(opt_state).to_json() == text
    assert later.state(after(optax.sgd(later), 4)).step == 37


def test_the_state_travels_to_numpy_and_back() -> None:
    schedules = built()
    text = schedules.state(after(optax.adamw(**schedules), 12)).to_json()
    host = unisched.build(SPEC, "numpy", form="scheduler", total=100, state=text)
    assert host.value() == schedules.program(12)
    host.step()
    back = built(state=host.state())
    assert float(back(0)) == float(np.float32(schedules.program(13)))


def test_a_group_gives_the_state_of_the_whole_run() -> None:
    schedules = built()
    assert schedules.group("head").state(after(optax.sgd(schedules), 3)) == schedules.program.start().at(3)
