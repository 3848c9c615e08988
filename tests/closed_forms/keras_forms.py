"""Keras's schedules, and the callback pasted most, as formulas in 40 digits, by kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from mpmath import mp, mpf

__all__ = ["FORMS", "closed", "restart"]

Arguments = Mapping[str, Any]


def closed(document: Arguments, step: int) -> float:
    """The float64 nearest to what the schedule is worth at `step`."""
    with mp.workdps(40):
        return float(FORMS[document["kind"]](document, step))


def length(given: int | str) -> Fraction:
    """A length in steps: a whole number, or a text such as "2.5 steps"."""
    return Fraction(given.removesuffix(" steps")) if isinstance(given, str) else Fraction(given)


def real(number: Fraction) -> Any:
    return mpf(number.numerator) / number.denominator


def exponential(a: Arguments, t: int) -> Any:
    q = t / length(a["decay_steps"])
    return mpf(a["initial_learning_rate"]) * mpf(a["decay_rate"]) ** (math.floor(q) if a.get("staircase") else real(q))


def inverse_time(a: Arguments, t: int) -> Any:
    q = t / length(a["decay_steps"])
    return mpf(a["initial_learning_rate"]) / (
        1 + mpf(a["decay_rate"]) * (math.floor(q) if a.get("staircase") else real(q))
    )


def polynomial(a: Arguments, t: int) -> Any:
    first, last, steps = (
        mpf(a["initial_learning_rate"]),
        mpf(a.get("end_learning_rate", 1e-4)),
        length(a["decay_steps"]),
    )
    x = t / (steps * max(1, math.ceil(t / steps))) if a.get("cycle") else min(t, steps) / steps
    return last + (first - last) * real(1 - x) ** mpf(a.get("power", 1))


def piecewise(a: Arguments, t: int) -> Any:
    return mpf(a["values"][sum(boundary < t for boundary in a["boundaries"])])


def fall(u: Fraction) -> Any:
    return mpf(0) if u >= 1 else (1 + mp.cos(mp.pi * real(u))) / 2


def cosine(a: Arguments, t: int) -> Any:
    first, alpha, target = mpf(a["initial_learning_rate"]), mpf(a.get("alpha", 0)), a.get("warmup_target")
    warmup = Fraction(0) if target is None else length(a.get("warmup_steps", 0))
    peak = first if target is None else mpf(target)
    if t < warmup:
        return first + (peak - first) * real(t / warmup)
    return peak * ((1 - alpha) * fall((t - warmup) / length(a["decay_steps"])) + alpha)


def restart(a: Arguments, t: int) -> tuple[int, Fraction]:
    """The number of the cycle at a step, and the part of it that is behind."""
    cycle, factor = length(a["first_decay_steps"]), Fraction(repr(float(a.get("t_mul", 2))))
    if factor == 1:
        return int(t // cycle), t / cycle % 1
    if factor < 1 and t >= cycle / (1 - factor):
        raise ValueError(f"no cycle reaches step {t}")
    index, left = 0, Fraction(t)
    while left >= cycle:
        index, left, cycle = index + 1, left - cycle, cycle * factor
    return index, left / cycle


def restarts(a: Arguments, t: int) -> Any:
    first, alpha = mpf(a["initial_learning_rate"]), mpf(a.get("alpha", 0))
    index, u = restart(a, t)
    return first * ((1 - alpha) * mpf(a.get("m_mul", 1)) ** index * fall(u) + alpha)


def warm_up_cosine(a: Arguments, t: int) -> Any:
    base, start = mpf(a["learning_rate_base"]), mpf(a.get("warmup_learning_rate", 0))
    warmup, hold, total = a.get("warmup_steps", 0), a.get("hold_base_rate_steps", 0), a["total_steps"]
    step = t + a.get("global_step_init", 0)
    if step < warmup:
        return start + (base - start) * step / warmup
    return base * fall(Fraction(max(step - warmup - hold, 0), total - warmup - hold))


FORMS: Final[dict[str, Callable[[Arguments, int], Any]]] = {
    "keras.ExponentialDecay": exponential,
    "keras.PiecewiseConstantDecay": piecewise,
    "keras.PolynomialDecay": polynomial,
    "keras.InverseTimeDecay": inverse_time,
    "keras.CosineDecay": cosine,
    "keras.CosineDecayRestarts": restarts,
    "keras.WarmUpCosineDecayScheduler": warm_up_cosine,
}
