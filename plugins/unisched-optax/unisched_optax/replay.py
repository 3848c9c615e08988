"""optax's own training loop: one compiled scan of real updates, and what its transformations used.

Each target drives a transformation of its own over one parameter, and these are joined by `optax.partition`,
as param groups are. What was used is read off the updates where the hyperparameter can be, else from the
state of `optax.inject_hyperparams`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax  # type: ignore[import-untyped]

from unisched.plugin import Program, Replay, State, Target
from unisched_optax.schedule import Schedule
from unisched_optax.schedules import ARGUMENTS, Schedules

__all__ = ["replay"]


class _Observed(NamedTuple):
    """A transformation, the gradient it is fed, and what it used, from its update and its state."""

    transformation: optax.GradientTransformation
    gradient: float
    used: Callable[[Any, Any], jax.Array]


def replay(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    """Make the updates `state.step` to `stop` - 1 with optax; give what they used and the state they reached."""
    schedules = Schedules.of(program, state)
    observed = {str(index): _observed(schedules, target) for index, target in enumerate(program.targets)}
    optimizer = optax.partition({label: o.transformation for label, o in observed.items()}, {o: o for o in observed})
    gradients = {label: jnp.float32(o.gradient) for label, o in observed.items()}
    params = dict.fromkeys(observed, jnp.float32(1.0))

    def update(opt_state: Any, _: None) -> tuple[Any, dict[str, jax.Array]]:
        updates, opt_state = optimizer.update(gradients, opt_state, params)
        inner = {label: opt_state.inner_states[label].inner_state for label in observed}
        return opt_state, {label: o.used(updates[label], inner[label]) for label, o in observed.items()}

    train = jax.jit(lambda opt_state: jax.lax.scan(update, opt_state, length=max(stop - state.step, 0)))
    opt_state, used = train(optimizer.init(params))
    values = {target: used[str(index)].tolist() for index, target in enumerate(program.targets)}
    return Replay(values, schedules.state(opt_state))


def _observed(schedules: Schedules, target: Target) -> _Observed:
    member = schedules if target.group is None else schedules.group(target.group)
    name = ARGUMENTS.get(target.hyperparameter, target.hyperparameter)
    schedule = member[name]
    match name:
        case "learning_rate":
            return _Observed(optax.sgd(schedule), 1.0, lambda update, _: -update)
        case "weight_decay":
            return _Observed(optax.add_decayed_weights(schedule), 0.0, lambda update, _: update)
        case "momentum":
            return _injected(optax.sgd, name, learning_rate=1.0, momentum=schedule)
        case "b1" | "b2" | "eps":
            return _injected(optax.scale_by_adam, name, **{name: schedule})
        case _:
            return _Observed(optax.scale_by_schedule(schedule), 1.0, lambda update, _: update)


def _injected(factory: Callable[..., Any], name: str, **arguments: float | Schedule) -> _Observed:
    injected = optax.inject_hyperparams(factory, hyperparam_dtype=jnp.float32)(**arguments)
    return _Observed(injected, 1.0, lambda _, state: state.hyperparams[name])
