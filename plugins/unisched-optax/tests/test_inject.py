"""`inject`: any arguments of any optimizer follow schedules, the others are left alone, and every dtype stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from unisched_optax import inject, observe

import unisched
from unisched.errors import BindingError

RATE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}
ALL = {
    "learning_rate": RATE,
    "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
    "beta1": {"kind": "linear", "start": 0.85, "end": 0.95},
    "beta2": 0.999,
    "epsilon": 1e-4,
}
PARAMS = {"w": jnp.ones(3), "b": jnp.ones(1)}


def built(form: str = "schedules", **schedules: Any) -> Any:
    return unisched.build({"schedules": schedules}, "optax", total=100, form=form)


def halved(value: float) -> dict[str, Any]:
    stall = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1}
    return {"kind": "product", "curves": [value, stall]}


def updated(optimizer: Any, updates: int = 1, params: Any = PARAMS, **extra: Any) -> tuple[Any, Any]:
    opt_state, update = optimizer.init(params), jax.jit(optimizer.update)
    for _ in range(updates):
        changes, opt_state = update(params, opt_state, params, **extra)
    return changes, opt_state


@pytest.mark.parametrize("form", ["schedules", "stateful"])
def test_every_argument_follows_its_schedule_and_is_read_in_the_state(form: str) -> None:
    schedules = built(form, **ALL)
    _, opt_state = updated(inject(optax.adamw, schedules, mu_dtype=jnp.float32), 13)
    assert set(opt_state.hyperparams) == {"learning_rate", "weight_decay", "b1", "b2", "eps"}
    for argument, name in (("b1", "beta1"), ("b2", "beta2"), ("eps", "epsilon"), ("weight_decay",) * 2):
        assert opt_state.hyperparams[argument] == np.float32(schedules.program(12, name))
        assert opt_state.hyperparams[argument].dtype == jnp.float32


@pytest.mark.parametrize("form", ["schedules", "stateful"])
def test_the_updates_are_those_of_optax_with_the_same_numbers(form: str) -> None:
    constants = {"learning_rate": 0.1, "weight_decay": 0.01, "beta1": 0.875, "beta2": 0.9375}
    ours, _ = updated(inject(optax.adamw, built(form, **constants)), 5)
    theirs, _ = updated(optax.adamw(0.1, weight_decay=0.01, b1=0.875, b2=0.9375), 5)
    for name in PARAMS:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6)


def test_callables_that_are_no_schedules_are_called_as_what_they_are() -> None:
    seen: list[Any] = []

    def mask(tree: Any) -> Any:
        seen.append(tree)
        return {"w": True, "b": False}

    schedules = built(learning_rate=0.5, weight_decay=0.5)
    changes, _ = updated(inject(optax.adamw, schedules, mask=mask, b1=0.0, b2=0.0))
    assert all(isinstance(tree, dict) for tree in seen)
    assert seen
    assert (float(changes["w"][0]), float(changes["b"][0])) == pytest.approx((-0.75, -0.5), abs=1e-6)
    seen.clear()
    updated(optax.inject_hyperparams(optax.adamw)(**schedules, mask=mask))
    assert any(isinstance(count, jax.Array) for count in seen), "optax alone takes the mask for a schedule"


def test_factories_of_any_shape_are_taken() -> None:
    schedules = built(learning_rate=0.5, momentum=0.5)

    def chained(learning_rate: Any, *, momentum: Any, clip: float = 1.0) -> Any:
        return optax.chain(optax.clip(clip), optax.trace(momentum), optax.scale(-learning_rate))

    def open_ended(**named: Any) -> Any:
        return optax.sgd(**named)

    for factory in (chained, open_ended, optax.sgd):
        changes, opt_state = updated(inject(factory, schedules), 2)
        assert float(changes["w"][0]) == -0.75
        assert set(opt_state.hyperparams) == {"learning_rate", "momentum"}


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda: inject(optax.adamw, built(learning_rate=0.1, momentum=0.9)), "binding.unknown",
         r"adamw takes no 'momentum'. It takes learning_rate, b1, b2, eps.*mask"),
        (lambda: inject(optax.sgd, built(learning_rate=0.1), momentun=0.9), "binding.unknown",
         r"takes no 'momentun'.*Did you mean 'momentum'\?"),
        (lambda: inject(optax.sgd, built(learning_rate=0.1), learning_rate=0.2), "binding.twice",
         "'learning_rate' of sgd is both scheduled and fixed"),
        (lambda: inject(optax.sgd, built(momentum=0.1)), "binding.missing", "sgd needs 'learning_rate'"),
        (lambda: inject(optax.sgd, 0.1), "binding.type", r"0\.1 are no schedules"),
        (lambda: inject(optax.sgd(0.1), built(learning_rate=0.1)), "binding.type", "makes no optimizer"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused_before_anything_is_traced(make: Any, code: str, words: str) -> None:
    with pytest.raises(BindingError, match=words) as caught:
        make()
    assert caught.value.code == code


def test_all_that_does_not_fit_is_said_at_once() -> None:
    with pytest.raises(BindingError) as caught:
        inject(optax.adamw, built(momentum=0.9, nesterov=1, weight_decay=0.1), weight_decay=0.1)
    assert [problem.code for problem in caught.value.problems] == [
        "binding.unknown", "binding.twice", "binding.missing"
    ]  # fmt: skip


def test_a_number_written_over_a_scheduled_one_has_no_effect() -> None:
    optimizer = inject(optax.sgd, built(learning_rate=RATE))
    _, opt_state = updated(optimizer, 5)
    opt_state.hyperparams["learning_rate"] = jnp.float32(7.0)
    _, opt_state = optimizer.update(PARAMS, opt_state)
    assert opt_state.hyperparams["learning_rate"] == jnp.float32(0.05)


def test_any_schedule_takes_the_place_of_any_other_in_an_optimizer_state() -> None:
    for form in ("schedules", "stateful"):
        one, other = (inject(optax.adamw, built(form, learning_rate=rate, weight_decay=0.1)) for rate in (0.1, RATE))
        assert jax.tree.structure(one.init(PARAMS)) == jax.tree.structure(other.init(PARAMS))


FACTORIES: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda form: inject(optax.sgd, built(form, learning_rate=RATE, momentum=0.9)),
    "adamw": lambda form: inject(optax.adamw, built(form, **ALL)),
    "lion": lambda form: inject(optax.lion, built(form, learning_rate=RATE, beta1=0.9, beta2=0.99)),
    "rmsprop": lambda form: inject(optax.rmsprop, built(form, learning_rate=RATE, decay=0.9, momentum=0.9)),
    "lamb": lambda form: inject(optax.lamb, built(form, learning_rate=RATE, beta1=0.9, weight_decay=0.1)),
    "decayed weights": lambda form: inject(optax.add_decayed_weights, built(form, weight_decay=0.1)),
}


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float32])
@pytest.mark.parametrize("form", ["schedules", "stateful"])
@pytest.mark.parametrize("name", FACTORIES)
def test_parameters_updates_and_states_keep_their_dtypes_in_a_scan(name: str, form: str, dtype: Any, x64: bool) -> None:
    with jax.enable_x64(x64):
        optimizer = FACTORIES[name](form)
        params = jnp.ones(3, dtype)

        def step(carry: Any, loss: Any) -> Any:
            params, opt_state = carry
            updates, opt_state = optimizer.update(params * 0.5, opt_state, params, value=loss)
            return (optax.apply_updates(params, updates), opt_state), updates

        (trained, _), updates = jax.lax.scan(step, (params, optimizer.init(params)), jnp.ones(5, jnp.float32))
    assert updates.dtype == trained.dtype == dtype
    assert bool(jnp.isfinite(trained).all())
    assert not bool((trained == params).all())


def test_bfloat16_parameters_stay_numbers_where_optax_alone_makes_them_nan() -> None:
    schedules = built(learning_rate=0.1, beta2=0.999)
    params = jnp.ones(3, jnp.bfloat16)
    alone, _ = updated(optax.inject_hyperparams(optax.adamw)(**schedules), params=params)
    assert bool(jnp.isnan(alone).all())
    ours, opt_state = updated(inject(optax.adamw, schedules), params=params)
    assert bool(jnp.isfinite(ours).all())
    assert opt_state.hyperparams["b2"] == np.float32(0.999)
    native, _ = updated(optax.adamw(0.1, b2=0.999), params=params)
    np.testing.assert_array_equal(np.asarray(ours, np.float32), np.asarray(native, np.float32))


def test_optimizer_states_have_the_dtypes_that_plain_numbers_give() -> None:
    params = jnp.ones(3, jnp.bfloat16)
    _, ours = updated(inject(optax.adamw, built(learning_rate=0.1, beta1=0.9, beta2=0.999)), params=params)
    _, plain = updated(optax.adamw(0.1), params=params)
    dtypes = [[leaf.dtype for leaf in jax.tree.leaves(state)] for state in (ours.inner_state[0], plain[0])]
    assert dtypes[0] == dtypes[1]


def test_a_follower_follows_what_metrics_do_to_the_rate() -> None:
    follow = {"kind": "product", "curves": [0.1, {"kind": "follow", "schedule": "learning_rate"}]}
    spec = {"learning_rate": halved(0.5), "weight_decay": follow}
    schedules = built("stateful", **spec)
    _, opt_state = updated(inject(optax.adamw, schedules), 3, value=1.0)
    assert opt_state.hyperparams["learning_rate"] == 0.25
    assert opt_state.hyperparams["weight_decay"] == np.float32(0.025)
    pure = built(learning_rate=RATE, weight_decay=follow)
    changes, _ = updated(optax.adamw(**pure, b1=0.0, b2=0.0), 6)
    rate, decay = pure.program(5), pure.program(5, "weight_decay")
    assert decay == pytest.approx(0.1 * rate)
    assert float(changes["w"][0]) == pytest.approx(-rate * (1 + decay), rel=1e-6)


def test_groups_are_injected_side_by_side() -> None:
    spec = {"schedules": {"learning_rate": halved(0.5)}, "groups": {"head": {"learning_rate": {"scale": 0.1}}}}
    schedules = unisched.build(spec, "optax", form="stateful")
    labels = {"w": "head", "b": "body"}
    each = {label: inject(optax.sgd, schedules.group(label)) for label in labels.values()}
    optimizer = optax.partition(each, labels)
    opt_state = optimizer.init(PARAMS)
    for loss, rate in ((1.0, 0.5), (1.0, 0.5), (1.0, 0.25)):
        updates, opt_state = optimizer.update(PARAMS, observe(opt_state, schedules, loss), PARAMS)
        assert (float(updates["b"][0]), float(updates["w"][0])) == pytest.approx((-rate, -rate / 10))
    assert schedules.state(opt_state).step == 3
