"""optax as a peer: its own schedules, jitted, in the counter loop of its own transformation; and its own errors.

It computes in float32: `reach` is what its roundings are relative to at a step, `misjudged` says where it is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax
from closed_forms.optax_forms import closed

__all__ = ["BOUND", "EPSILON", "FLUSHED", "REACH", "Arguments", "at", "misjudged", "reach", "stepped"]

EPSILON: Final = 2.0**-24
"""Half an ulp of float32: the relative error of one rounding."""

BOUND: Final = 3.0
"""How many roundings of its reach optax may be away, of any kind; the largest met is printed."""

FLUSHED: Final = 2.0**-126
"""XLA takes smaller numbers for 0."""

Arguments = dict[str, Any]


def schedule(document: Arguments | float) -> Any:
    """optax's own object for a document."""
    if not isinstance(document, Mapping):
        return optax.constant_schedule(document)
    arguments = {key: value for key, value in document.items() if key != "kind"}
    if arguments.get("boundaries_and_scales"):
        given = arguments["boundaries_and_scales"]
        arguments["boundaries_and_scales"] = {int(key): scale for key, scale in given.items()}
    if "schedules" in arguments:
        arguments["schedules"] = [schedule(inner) for inner in arguments["schedules"]]
    return getattr(optax, document["kind"].removeprefix("optax."))(**arguments)


def stepped(document: Arguments, steps: int) -> list[float]:
    """What optax multiplies the updates by, from count 0 on, the counter being optax's."""
    transform = optax.scale_by_schedule(schedule(document))

    def update(state: Any, _: None) -> tuple[Any, Any]:
        updates, state = transform.update(jnp.ones((), jnp.float32), state)
        return state, updates

    loop = jax.jit(lambda state: jax.lax.scan(update, state, None, length=steps)[1])
    return [float(value) for value in np.asarray(loop(transform.init(jnp.ones(()))))]


def at(document: Arguments, count: int) -> float:
    """What optax gives at one count, jitted."""
    return float(jax.jit(schedule(document))(jnp.asarray(count, jnp.int32)))


def reach(document: Arguments | float, step: int) -> float:
    """The magnitude that optax's roundings are relative to, at a step."""
    return REACH[document["kind"]](document, step) if isinstance(document, Mapping) else abs(document)


def spread(weight: float, exponent: float) -> float:
    """How far weight^exponent moves, in roundings, if the weight does by two."""
    low, high = max(weight - 2 * EPSILON, 0.0), weight + 2 * EPSILON
    return (high**exponent - low**exponent) / EPSILON if exponent else 0.0


def _left(step: int, length: int) -> float:
    return (1 + math.cos(math.pi * min(step, length) / length)) / 2


def _polynomial(a: Arguments, step: int) -> float:
    first, last, length = a["init_value"], a["end_value"], a["transition_steps"]
    left = 1 - min(max(step - a.get("transition_begin", 0), 0), length) / length if length else 1.0
    return max(abs(first), abs(last)) + abs(first - last) * spread(left, a.get("power", 1))


def _exponential(a: Arguments, step: int) -> float:
    """The rounded rate, and the rounded exponent, are multiplied by the exponent and by the rate's logarithm."""
    q = max(step - a.get("transition_begin", 0), 0) / a["transition_steps"]
    value = abs(a["init_value"]) * a["decay_rate"] ** q
    return max(value, abs(a.get("end_value") or 0)) * (2 + q + abs(q * math.log(a["decay_rate"])))


def _warmup_exponential(a: Arguments, step: int) -> float:
    if step < a["warmup_steps"]:
        return 4 * max(abs(a["init_value"]), abs(a["peak_value"]))
    return _exponential({**a, "init_value": a["peak_value"]}, step - a["warmup_steps"])


def _cosine(a: Arguments, step: int) -> float:
    share = 1 + abs(a.get("alpha", 0))
    return abs(a["init_value"]) * share * (1 + spread(_left(step, a["decay_steps"]), a.get("exponent", 1)))


def _cycle(a: Arguments, step: int) -> float:
    largest = max(abs(a["init_value"]), abs(a["peak_value"]), abs(a.get("end_value", 0)))
    if step < a["warmup_steps"]:
        return 4 * largest
    left = _left(step - a["warmup_steps"], a["decay_steps"] - a["warmup_steps"])
    return largest * (1 + 2 * spread(left, a.get("exponent", 1)))


def _cycles(a: Arguments, step: int) -> float:
    *before, last = a["cosine_kwargs"]
    for cycle in before:
        if step < cycle["decay_steps"]:
            return _cycle(cycle, step)
        step -= cycle["decay_steps"]
    return _cycle(last, step)


def _knots(a: Arguments, step: int) -> float:
    return 4 * max(abs(closed(a, int(knot))) for knot in ["0", *(a.get("boundaries_and_scales") or {})])


def _onecycle(a: Arguments, step: int) -> float:
    first = abs(a["peak_value"]) / a.get("div_factor", 25)
    return 4 * max(abs(a["peak_value"]), first, first / a.get("final_div_factor", 1e4))


def _joined(a: Arguments, step: int) -> float:
    starts = [0, *a["boundaries"]]
    index = max(i for i, start in enumerate(starts) if start <= step)
    return reach(a["schedules"][index], step - starts[index])


REACH: Final[dict[str, Callable[[Arguments, int], float]]] = {
    "optax.constant_schedule": lambda a, step: abs(a["value"]),
    "optax.linear_schedule": _polynomial,
    "optax.polynomial_schedule": _polynomial,
    "optax.exponential_decay": _exponential,
    "optax.cosine_decay_schedule": _cosine,
    "optax.cosine_onecycle_schedule": _onecycle,
    "optax.linear_onecycle_schedule": _onecycle,
    "optax.piecewise_constant_schedule": lambda a, step: (
        abs(closed(a, step)) * (1 + len(a.get("boundaries_and_scales") or {}))
    ),
    "optax.piecewise_interpolate_schedule": _knots,
    "optax.warmup_constant_schedule": lambda a, step: 4 * max(abs(a["init_value"]), abs(a["peak_value"])),
    "optax.warmup_cosine_decay_schedule": _cycle,
    "optax.warmup_exponential_decay_schedule": _warmup_exponential,
    "optax.sgdr_schedule": _cycles,
    "optax.join_schedules": _joined,
}


def misjudged(document: Arguments, step: int, value: float) -> str | None:
    """Why optax does not give the closed form here: the quirk, by its code."""
    if math.isnan(value):
        return "optax.nan_at_end" if _fractional_end(document, step) else None
    return "optax.late_stairs" if _late_stair(document, step, value) else None


def _fractional_end(a: Arguments | float, step: int) -> bool:
    if not isinstance(a, Mapping):
        return False
    if a["kind"] == "optax.join_schedules":
        starts = [0, *a["boundaries"]]
        return any(_fractional_end(inner, step - start) for start, inner in zip(starts, a["schedules"], strict=True))
    end = a.get("transition_begin", 0) + a.get("transition_steps", 0)
    return a["kind"] == "optax.polynomial_schedule" and not float(a["power"]).is_integer() and step >= end


def _late_stair(a: Arguments, step: int, value: float) -> bool:
    counted = step - a.get("warmup_steps", 0) - a.get("transition_begin", 0)
    if not a.get("staircase") or counted <= 0 or counted % a["transition_steps"]:
        return False
    return abs(value - closed(a, step - 1)) <= BOUND * EPSILON * reach(a, step - 1)
