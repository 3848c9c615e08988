"""optax's schedules as formulas in 40 digits, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

from mpmath import mp, mpf

__all__ = ["FORMS", "closed", "value"]

Arguments = Mapping[str, Any]


def closed(document: Arguments, step: int) -> float:
    """The float64 nearest to what the schedule is worth at `step`."""
    with mp.workdps(40):
        return float(value(document, step))


def value(document: Arguments | float, step: int) -> Any:
    return FORMS[document["kind"]](document, step) if isinstance(document, Mapping) else mpf(document)


def constant(a: Arguments, t: int) -> Any:
    return mpf(a["value"])


def polynomial(a: Arguments, t: int) -> Any:
    first, last, length = mpf(a["init_value"]), mpf(a["end_value"]), a["transition_steps"]
    if length == 0:
        return first
    x = mpf(min(max(t - a.get("transition_begin", 0), 0), length)) / length
    return last + (first - last) * (1 - x) ** mpf(a.get("power", 1))


def warmup_constant(a: Arguments, t: int) -> Any:
    return line(a["init_value"], a["peak_value"], t, a["warmup_steps"])


def line(first: float, last: float, t: int, length: int) -> Any:
    return mpf(last) if t >= length else mpf(first) + (mpf(last) - mpf(first)) * t / length


def exponential(a: Arguments, t: int) -> Any:
    counted = max(t - a.get("transition_begin", 0), 0)
    q = mpf(counted) / a["transition_steps"]
    decayed = mpf(a["init_value"]) * mpf(a["decay_rate"]) ** (mp.floor(q) if a.get("staircase") else q)
    if a.get("end_value") is None:
        return decayed
    return max(decayed, mpf(a["end_value"])) if a["decay_rate"] < 1 else min(decayed, mpf(a["end_value"]))


def warmup_exponential(a: Arguments, t: int) -> Any:
    warmup = a["warmup_steps"]
    if t < warmup:
        return line(a["init_value"], a["peak_value"], t, warmup)
    return exponential({**a, "init_value": a["peak_value"]}, t - warmup)


def weight(t: int, length: int, exponent: float) -> Any:
    return ((1 + mp.cos(mp.pi * min(t, length) / length)) / 2 if t < length else mpf(0)) ** mpf(exponent)


def cosine(a: Arguments, t: int) -> Any:
    alpha = mpf(a.get("alpha", 0))
    return mpf(a["init_value"]) * ((1 - alpha) * weight(t, a["decay_steps"], a.get("exponent", 1)) + alpha)


def warmup_cosine(a: Arguments, t: int) -> Any:
    warmup, peak, end = a["warmup_steps"], mpf(a["peak_value"]), mpf(a.get("end_value", 0))
    if t < warmup:
        return line(a["init_value"], a["peak_value"], t, warmup)
    return end + (peak - end) * weight(t - warmup, a["decay_steps"] - warmup, a.get("exponent", 1))


def sgdr(a: Arguments, t: int) -> Any:
    *before, last = a["cosine_kwargs"]
    for cycle in before:
        if t < cycle["decay_steps"]:
            return warmup_cosine(cycle, t)
        t -= cycle["decay_steps"]
    return warmup_cosine(last, t)


def scales(a: Arguments) -> list[tuple[int, Any]]:
    given = a.get("boundaries_and_scales") or {}
    return sorted((int(key), mpf(scale)) for key, scale in given.items())


def piecewise_constant(a: Arguments, t: int) -> Any:
    product = mpf(a["init_value"])
    for boundary, scale in scales(a):
        product *= scale if boundary <= t else 1
    return product


def through(points: list[tuple[int, Any]], t: int, way: str) -> Any:
    for (before, low), (after, high) in pairwise(points):
        if before <= t < after:
            u = mpf(t - before) / (after - before)
            return low + (high - low) * (u if way == "linear" else (1 - mp.cos(mp.pi * u)) / 2)
    return points[-1][1]


def knots(init: Any, given: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    points = [(0, init)]
    for boundary, scale in given:
        points.append((boundary, points[-1][1] * scale))
    return points


def piecewise_interpolate(a: Arguments, t: int) -> Any:
    return through(knots(mpf(a["init_value"]), scales(a)), t, a["interpolate_type"])


def linear_onecycle(a: Arguments, t: int) -> Any:
    length, divisor = a["transition_steps"], mpf(a.get("div_factor", 25))
    places = {int(a.get("pct_start", 0.3) * length): divisor, int(a.get("pct_final", 0.85) * length): 1 / divisor}
    places[length] = 1 / mpf(a.get("final_div_factor", 1e4))
    return through(knots(mpf(a["peak_value"]) / divisor, sorted(places.items())), t, "linear")


def cosine_onecycle(a: Arguments, t: int) -> Any:
    length, divisor = a["transition_steps"], mpf(a.get("div_factor", 25))
    places = {int(a.get("pct_start", 0.3) * length): divisor}
    places[length] = 1 / (divisor * mpf(a.get("final_div_factor", 1e4)))
    return through(knots(mpf(a["peak_value"]) / divisor, sorted(places.items())), t, "cosine")


def joined(a: Arguments, t: int) -> Any:
    starts = [0, *a["boundaries"]]
    index = max(i for i, start in enumerate(starts) if start <= t)
    return value(a["schedules"][index], t - starts[index])


FORMS: Final[dict[str, Callable[[Arguments, int], Any]]] = {
    "optax.constant_schedule": constant,
    "optax.linear_schedule": polynomial,
    "optax.polynomial_schedule": polynomial,
    "optax.exponential_decay": exponential,
    "optax.cosine_decay_schedule": cosine,
    "optax.cosine_onecycle_schedule": cosine_onecycle,
    "optax.linear_onecycle_schedule": linear_onecycle,
    "optax.piecewise_constant_schedule": piecewise_constant,
    "optax.piecewise_interpolate_schedule": piecewise_interpolate,
    "optax.warmup_constant_schedule": warmup_constant,
    "optax.warmup_cosine_decay_schedule": warmup_cosine,
    "optax.warmup_exponential_decay_schedule": warmup_exponential,
    "optax.sgdr_schedule": sgdr,
    "optax.join_schedules": joined,
}
