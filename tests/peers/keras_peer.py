"""Keras as a peer: its schedules under the counter of its own optimizer, and compiled; and its own errors.

It computes in float32: `reach` is what its roundings are relative to at a step, `misjudged` says where it is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import keras
import numpy as np
from closed_forms.keras_forms import closed, length, restart

__all__ = ["BOUND", "EPSILON", "FLUSHED", "REACH", "Arguments", "compiled", "misjudged", "reach", "schedule", "stepped"]

EPSILON: Final = 2.0**-24
"""Half an ulp of float32: the relative error of one rounding."""

BOUND: Final = 2.0
"""How many roundings of its reach Keras may be away, of any kind; the largest met is printed."""

FLUSHED: Final = 2.0**-126
"""XLA takes smaller numbers for 0."""

Arguments = dict[str, Any]


def schedule(document: Arguments) -> Any:
    """Keras's own object for a document; a length in a text is a float to Keras."""
    arguments = {key: _as_keras_has_it(value) for key, value in document.items() if key != "kind"}
    return getattr(keras.optimizers.schedules, document["kind"].removeprefix("keras."))(**arguments)


def _as_keras_has_it(value: Any) -> Any:
    return float(length(value)) if isinstance(value, str) else value


def stepped(document: Arguments, steps: int, *, applied: bool = False) -> list[float]:
    """The rate that Keras's optimizer has before each of its own steps: really applied, or only counted.

    An update in Keras counts one, and takes a hundred times as long as the schedule.
    """
    optimizer = keras.optimizers.SGD(schedule(document))
    weight = keras.Variable(np.zeros((), np.float32))
    optimizer.build([weight])
    rates = []
    for _ in range(steps):
        rates.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
        if applied:
            optimizer.apply([keras.ops.zeros(())], [weight])
        else:
            optimizer.iterations.assign_add(1)
    return rates


def compiled(document: Arguments, steps: int, start: int = 0) -> list[float]:
    """What Keras gives from step `start` on, compiled by XLA, for a counter of Keras's type."""
    made = schedule(document)
    counts = jnp.arange(start, start + steps, dtype=jnp.int32)
    loop = jax.jit(lambda counted: jax.lax.map(lambda count: jnp.asarray(made(count), jnp.float32), counted))
    return [float(value) for value in np.asarray(loop(counts))]


def reach(document: Arguments, step: int) -> float:
    """The magnitude that Keras's roundings are relative to, at a step."""
    return REACH[document["kind"]](document, step)


def spread(weight: float, exponent: float) -> float:
    """How far weight^exponent moves, in roundings, if the weight does by two."""
    low, high = max(weight - 2 * EPSILON, 0.0), weight + 2 * EPSILON
    return (high**exponent - low**exponent) / EPSILON if exponent else 0.0


def _exponential(a: Arguments, step: int) -> float:
    """The rounded rate, and the rounded exponent, are multiplied by the exponent and by the rate's logarithm."""
    q = float(step / length(a["decay_steps"]))
    return abs(a["initial_learning_rate"]) * a["decay_rate"] ** q * (2 + q + abs(q * math.log(a["decay_rate"])))


def _polynomial(a: Arguments, step: int) -> float:
    first, last, steps = a["initial_learning_rate"], a.get("end_learning_rate", 1e-4), length(a["decay_steps"])
    x = step / (steps * max(1, math.ceil(step / steps))) if a.get("cycle") else min(step, steps) / steps
    return max(abs(first), abs(last)) + abs(first - last) * spread(float(1 - x), a.get("power", 1))


def _cosine(a: Arguments, step: int) -> float:
    peak = a["initial_learning_rate"] if a.get("warmup_target") is None else a["warmup_target"]
    return 5 * max(abs(a["initial_learning_rate"]), abs(peak)) * (1 + abs(a.get("alpha", 0)))


def _restarts(a: Arguments, step: int) -> float:
    """The part of a cycle that is behind is a small difference of numbers as large as the cycles before."""
    index, _ = restart(a, step)
    lost = 1 + step / float(length(a["first_decay_steps"])) / float(a.get("t_mul", 2)) ** index
    height = float(a.get("m_mul", 1)) ** index
    return abs(a["initial_learning_rate"]) * (1 + abs(a.get("alpha", 0))) * (1 + height * (2 + 2 * index + 4 * lost))


REACH: Final[dict[str, Callable[[Arguments, int], float]]] = {
    "keras.ExponentialDecay": _exponential,
    "keras.PiecewiseConstantDecay": lambda a, step: abs(closed(a, step)),
    "keras.PolynomialDecay": _polynomial,
    "keras.InverseTimeDecay": lambda a, step: 3 * abs(closed(a, step)),
    "keras.CosineDecay": _cosine,
    "keras.CosineDecayRestarts": _restarts,
}


def misjudged(document: Arguments, step: int, value: float) -> str | None:
    """Why Keras does not give the closed form here: the quirk, by its code."""
    kind = document["kind"]
    if math.isnan(value):
        fractional = kind == "keras.PolynomialDecay" and not float(document.get("power", 1)).is_integer()
        return "keras.nan_at_end" if fractional and step >= length(document["decay_steps"]) else None
    if kind == "keras.CosineDecayRestarts":
        return "keras.misplaced_restart" if step and _on_the_other_side(document, step, value) else None
    if document.get("staircase") and step and step % length(document["decay_steps"]) == 0:
        return "keras.late_stairs" if _near(value, closed(document, step - 1), reach(document, step - 1)) else None
    if document.get("cycle") and step and step % length(document["decay_steps"]) == 0:
        return "keras.stretching_cycle" if _near(value, _next_stretch(document, step), reach(document, 0)) else None
    return None


def _near(value: float, other: float, scale: float) -> bool:
    return abs(value - other) <= BOUND * EPSILON * scale


def _on_the_other_side(a: Arguments, step: int, value: float) -> bool:
    """Whether a restart, or the end of a cycle, is taken for the other where the step is within a rounding of both."""
    index, u = restart(a, step)
    if u == 0 and index and _near(value, a["initial_learning_rate"] * a.get("alpha", 0), reach(a, step)):
        return True
    peak = a["initial_learning_rate"] * ((1 - a.get("alpha", 0)) * a.get("m_mul", 1) ** (index + 1) + a.get("alpha", 0))
    return 1 - u < 2.0**-20 * (1 + step) and _near(value, peak, reach(a, step))


def _next_stretch(a: Arguments, step: int) -> float:
    """The decay over one multiple of decay_steps more than the step has reached."""
    first, last, k = a["initial_learning_rate"], a.get("end_learning_rate", 1e-4), step // length(a["decay_steps"])
    return float(last + (first - last) * float(1 / (k + 1)) ** a.get("power", 1))
