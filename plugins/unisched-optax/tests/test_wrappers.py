"""What optax puts around an optimizer, and every number of every optimizer that it has: each update's own values."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from unisched_optax import inject

import unisched
from unisched.errors import BindingError

NUMBERS = {
    "learning_rate": {"kind": "linear", "start": 0.5, "end": 0.05},
    "weight_decay": {"kind": "linear", "start": 0.1, "end": 0.4},
    "beta1": {"kind": "linear", "start": 0.9, "end": 0.5},
}
FORMS = ["schedules", "stateful"]
DTYPES = [jnp.float32, jnp.bfloat16]
PARAMS = {"w": jnp.ones((3, 4)), "b": jnp.ones(4)}


def built(form: str, schedules: Any = None, total: int = 50) -> Any:
    return unisched.build({"schedules": schedules or NUMBERS, "total": total}, "optax", form=form)


def seen(opt_state: Any) -> list[dict[str, Any]]:
    """What stands in every injection within a state."""

    def is_injected(node: Any) -> bool:
        return hasattr(node, "hyperparams")

    return [node.hyperparams for node in jax.tree.leaves(opt_state, is_leaf=is_injected) if is_injected(node)]


def from_the_third_update_on(step: Any, **_: Any) -> Any:
    return step >= 2


# The transformation, and which of six updates is the last that the inner optimizer made.
WRAPPERS: dict[str, tuple[Callable[[Any, Any], Any], int]] = {
    "chain": (lambda tx, s: optax.chain(optax.clip_by_global_norm(1.0), tx), 5),
    "masked": (lambda tx, s: optax.masked(tx, {"w": True, "b": False}), 5),
    "partition": (lambda tx, s: optax.partition({"a": tx, "z": inject(optax.adamw, s.group("z"))},
                                                {"w": "a", "b": "z"}), 5),
    "partition, one frozen": (lambda tx, s: optax.partition({"a": tx, "z": optax.set_to_zero()},
                                                            {"w": "a", "b": "z"}), 5),
    "flatten": (lambda tx, s: optax.flatten(tx), 5),
    "MultiSteps": (lambda tx, s: optax.MultiSteps(tx, 3).gradient_transformation(), 1),
    "apply_if_finite": (lambda tx, s: optax.apply_if_finite(tx, 9), 4),
    "conditionally_transform": (lambda tx, s: optax.conditionally_transform(tx, from_the_third_update_on), 3),
    "schedule_free": (lambda tx, s: optax.contrib.schedule_free(tx, 0.1), 5),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("wrap", "last"), WRAPPERS.values(), ids=WRAPPERS)
def test_whatever_is_put_around_it_each_update_uses_its_own_values(wrap: Any, last: int, form: str) -> None:
    schedules = built(form)
    optimizer = wrap(inject(optax.adamw, schedules), schedules)
    params, opt_state, update = PARAMS, optimizer.init(PARAMS), jax.jit(optimizer.update)
    for step in range(6):
        bad = jnp.nan if step == 3 and last == 4 else 1.0
        updates, opt_state = update(jax.tree.map(lambda p: p * bad, PARAMS), opt_state, params)  # noqa: B023
        params = optax.apply_updates(params, updates)
    found = seen(opt_state)
    assert found
    for values in found:
        for argument, name in (("learning_rate",) * 2, ("weight_decay",) * 2, ("b1", "beta1")):
            assert values[argument] == np.float32(schedules.program(last, name))
    assert schedules.state(opt_state).step == last + 1


def numbers_of(factory: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(factory).parameters.values()
    return [p.name for p in parameters if isinstance(p.default, float) or p.name in ("learning_rate", "momentum")]


FACTORIES = {
    name: getattr(place, name)
    for place, names in (
        (optax, "adamw lion adafactor lamb sgd rmsprop nadamw adan"),
        (optax.contrib, "muon ademamix"),
    )
    for name in names.split()
}  # fmt: skip
CANONICAL = {"b1": "beta1", "b2": "beta2", "b3": "beta3", "eps": "epsilon"}
RANGES = {"learning_rate": (0.05, 0.01), "eps": (1e-4, 1e-2), "momentum": (0.9, 0.1), "weight_decay": (0.0, 0.3)}
STEPS = 3


def moving(factory: Callable[..., Any]) -> dict[str, Any]:
    """A curve for each number that the optimizer takes."""
    curves = {}
    for argument in numbers_of(factory):
        given = inspect.signature(factory).parameters[argument].default
        start, end = RANGES[argument] if argument in RANGES else (given, given / 2)
        curves[CANONICAL.get(argument, argument)] = {"kind": "linear", "start": start, "end": end}
    return curves


def check_near(ours: Any, theirs: Any, dtype: Any) -> None:
    tolerance = 8 * float(jnp.finfo(dtype).eps)
    for our, their in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(
            np.asarray(our, np.float64), np.asarray(their, np.float64), rtol=tolerance, atol=tolerance
        )


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("name", FACTORIES)
def test_all_numbers_of_an_optimizer_at_once_are_those_of_one_built_anew_for_each_update(name: str, dtype: Any) -> None:
    factory = FACTORIES[name]
    schedules = built("stateful", moving(factory), STEPS)
    params = {"w": jnp.linspace(-1, 1, 12).reshape(3, 4).astype(dtype), "b": jnp.ones(4, dtype)}
    ours = inject(factory, schedules)
    opt_state, trained = ours.init(params), params
    by_hand, kept = params, None
    for step in range(STEPS):
        gradients = jax.tree.map(lambda p: jnp.sin(p * (step + 1)) + p, params)  # noqa: B023
        updates, opt_state = ours.update(gradients, opt_state, trained)
        trained = optax.apply_updates(trained, updates)
        values = {
            argument: float(np.float32(schedules.program(step, CANONICAL.get(argument, argument))))
            for argument in schedules
        }
        assert {key: float(value) for key, value in opt_state.hyperparams.items()} == values
        native = factory(**values)
        kept = native.init(params) if kept is None else kept
        changes, kept = native.update(gradients, kept, by_hand)
        by_hand = optax.apply_updates(by_hand, changes)
    assert [leaf.dtype for leaf in jax.tree.leaves((trained, opt_state.inner_state))] == [
        leaf.dtype for leaf in jax.tree.leaves((by_hand, kept))
    ]
    check_near(trained, by_hand, dtype)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "made",
    [
        lambda s: optax.adamw(0.1, b1=s["b1"]),
        lambda s: optax.sgd(0.1, momentum=s["b1"]),
        lambda s: optax.adam(0.1, eps=s["b1"]),
    ],
    ids=["b1", "momentum", "eps"],
)
def test_where_optax_takes_numbers_only_a_schedule_names_the_way(made: Any, form: str) -> None:
    def train() -> None:
        optimizer = made(built(form))
        optimizer.update(PARAMS, optimizer.init(PARAMS), PARAMS)

    with pytest.raises(BindingError, match=r"beta1.* stands where optax reckons with a number.*inject") as caught:
        train()
    assert caught.value.code == "binding.number"


def test_the_values_of_a_whole_state_are_found_by_the_name_hyperparams() -> None:
    optimizer = optax.chain(optax.clip(1.0), inject(optax.adamw, built("stateful")))
    found = optax.tree_utils.tree_get(optimizer.init(PARAMS), "hyperparams")
    assert found["learning_rate"] == 0.5
