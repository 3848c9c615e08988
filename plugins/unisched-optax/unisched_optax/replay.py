"""optax's own training loop: one compiled scan of real updates, and what its transformations used.

Each target drives a transformation of its own over one parameter, and these are joined by `optax.partition`,
as param groups are. What was used is read off the updates where the hyperparameter can be, else from the
state that `inject` keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]

from unisched.plugin import Metric, Program, Replay, State, Target
from unisched_optax.inject import inject
from unisched_optax.observe import observe
from unisched_optax.schedules import ARGUMENTS, Schedules, StatefulSchedules

__all__ = ["replay_schedules", "replay_stateful"]

_Observing: TypeAlias = Callable[[Any, Any], Any]


class _Probe(NamedTuple):
    """A transformation, the gradient it is fed, and what it used, from its update and its state."""

    transformation: optax.GradientTransformation
    gradient: float
    used: Callable[[Any, Any], jax.Array]


def replay_schedules(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    """Make the updates `state.step` to `stop` - 1 with optax; give what they used and the state they reached."""
    schedules = Schedules.of(program, state)
    probes = {target: _plain(_followed(schedules, target), target) for target in program.targets}
    return _replayed(schedules, probes, None, stop, lambda opt_state, _: opt_state)


def replay_stateful(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    """The same with stateful schedules: `metrics[k]` is observed before update k."""
    schedules = StatefulSchedules.of(program, state)
    probes = {target: _injected(_followed(schedules, target), target) for target in program.targets}
    seen = [metrics.get(step) for step in range(state.step, stop)]
    if all(metric is None for metric in seen):
        return _replayed(schedules, probes, None, stop, lambda opt_state, _: opt_state)

    def observing(opt_state: Any, shown: Any) -> Any:
        for name, (bits, is_seen) in shown.items():
            with jax.enable_x64(True):
                metric = jax.lax.bitcast_convert_type(bits, np.float64)
            after = observe(opt_state, schedules, {name: metric})
            opt_state = jax.tree.map(lambda new, old: jnp.where(is_seen, new, old), after, opt_state)  # noqa: B023
        return opt_state

    return _replayed(schedules, probes, _in_columns(program, seen), stop, observing)


def _replayed(
    schedules: Schedules | StatefulSchedules,
    probes: Mapping[Target, _Probe],
    shown: Any,
    stop: int,
    observing: _Observing,
) -> Replay:
    labelled = {str(index): probe for index, probe in enumerate(probes.values())}
    optimizer = optax.partition({label: p.transformation for label, p in labelled.items()}, {p: p for p in labelled})
    gradients = {label: jnp.float32(p.gradient) for label, p in labelled.items()}
    params = dict.fromkeys(labelled, jnp.float32(1.0))

    def update(opt_state: Any, shown: Any) -> tuple[Any, dict[str, jax.Array]]:
        updates, opt_state = optimizer.update(gradients, observing(opt_state, shown), params)
        inner = {label: opt_state.inner_states[label].inner_state for label in labelled}
        return opt_state, {label: p.used(updates[label], inner[label]) for label, p in labelled.items()}

    length = max(stop - schedules.start.step, 0)
    train = jax.jit(lambda opt_state, shown: jax.lax.scan(update, opt_state, shown, length=length))
    opt_state, used = train(optimizer.init(params), shown)
    values = {target: used[str(index)].tolist() for index, target in enumerate(probes)}
    return Replay(values, schedules.state(opt_state))


def _in_columns(program: Program, seen: Sequence[Metric | None]) -> dict[str, tuple[Any, Any]]:
    """Give, by name, the bits of each update's metric, and whether it has one."""
    found = {}
    for name in program.monitors:
        values = [metric.get(name) if isinstance(metric, Mapping) else metric for metric in seen]
        numbers = np.array([0.0 if value is None else value for value in values], np.float64)
        found[name] = (jnp.asarray(numbers.view(np.uint32).reshape(-1, 2)), jnp.array([v is not None for v in values]))
    return found


def _followed(schedules: Schedules | StatefulSchedules, target: Target) -> Any:
    member = schedules if target.group is None else schedules.group(target.group)
    return member[_argument(target)]


def _argument(target: Target) -> str:
    return ARGUMENTS.get(target.hyperparameter, target.hyperparameter)


def _plain(schedule: Any, target: Target) -> _Probe:
    match _argument(target):
        case "learning_rate":
            return _Probe(optax.sgd(schedule), 1.0, lambda update, _: -update)
        case "weight_decay":
            return _Probe(optax.add_decayed_weights(schedule), 0.0, lambda update, _: update)
        case "momentum" | "b1" | "b2" | "eps":
            return _injected(schedule, target)
        case _:
            return _Probe(optax.scale_by_schedule(schedule), 1.0, lambda update, _: update)


def _injected(schedule: Any, target: Target) -> _Probe:
    name = _argument(target)
    scheduled = {name: schedule}

    def kept(_: Any, inner: Any) -> jax.Array:
        found: jax.Array = inner.hyperparams[name]
        return found

    match name:
        case "learning_rate":
            return _Probe(inject(optax.sgd, scheduled), 1.0, lambda update, _: -update)
        case "weight_decay":
            return _Probe(inject(optax.add_decayed_weights, scheduled), 0.0, lambda update, _: update)
        case "momentum":
            return _Probe(inject(optax.sgd, scheduled, learning_rate=1.0), 1.0, kept)
        case "b1" | "b2" | "eps":
            return _Probe(inject(optax.scale_by_adam, scheduled), 1.0, kept)
        case _:
            return _Probe(inject(lambda **named: optax.scale(named[name]), scheduled), 1.0, lambda update, _: update)
