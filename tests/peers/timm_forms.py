"""The closed forms of timm's schedules in 50 digits, written from its source; nothing of unisched is used.

Which cycle an index is in is what timm's own float64 logarithm says; how far it is in, is exact.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import mpmath

__all__ = ["FORMS", "closed"]

mp = mpmath.mp.clone()
mp.dps = 50

Arguments = Mapping[str, Any]
Noise = Callable[[int], float]


def exact(ratio: Fraction) -> Any:
    return mp.mpf(ratio.numerator) / ratio.denominator


def cycle(given: Arguments, index: int) -> tuple[int, Any]:
    """The number of the cycle at an index, and how much of it is done."""
    initial, mul = given["t_initial"], given.get("cycle_mul", 1.0)
    if mul == 1:
        return index // initial, mp.mpf(index % initial) / initial
    number = math.floor(math.log(1 - index / initial * (1 - mul), mul))
    if number > 300:
        return number, mp.mpf(0)
    factor = Fraction(repr(float(mul)))
    start, length = initial * (1 - factor**number) / (1 - factor), initial * factor**number
    return number, exact(min(max((index - start) / length, Fraction(0)), Fraction(1)))


def cycled(given: Arguments, index: int, base: Any, left: Callable[[Any], Any]) -> Any:
    floor = mp.mpf(given.get("lr_min", 0.0))
    number, done = cycle(given, index)
    if number >= given.get("cycle_limit", 1):
        return floor
    return floor + (base * mp.mpf(given.get("cycle_decay", 1.0) ** number) - floor) * left(done)


def cosine(given: Arguments, index: int, base: Any) -> Any:
    power = mp.mpf(given.get("k_decay", 1.0))
    return cycled(given, index, base, lambda done: (1 + mp.cos(mp.pi * done**power)) / 2)


def poly(given: Arguments, index: int, base: Any) -> Any:
    power, decay = mp.mpf(given.get("power", 0.5)), mp.mpf(given.get("k_decay", 1.0))
    return cycled(given, index, base, lambda done: (1 - done**decay) ** power)


def tanh(given: Arguments, index: int, base: Any) -> Any:
    low, high = mp.mpf(repr(given.get("lb", -7.0))), mp.mpf(repr(given.get("ub", 3.0)))
    return cycled(given, index, base, lambda done: (1 - mp.tanh(low * (1 - done) + high * done)) / 2)


def stairs(given: Arguments, index: int, base: Any) -> Any:
    return base * mp.mpf(given.get("decay_rate", 1.0)) ** math.floor(index / Fraction(given["decay_t"]))


def milestones(given: Arguments, index: int, base: Any) -> Any:
    return base * mp.mpf(given.get("decay_rate", 1.0)) ** bisect_right(given["decay_t"], index + 1)


def stable(given: Arguments, index: int, base: Any) -> Any:
    floor, steady = mp.mpf(given.get("lr_min", 0.0)), given.get("stable_fn", "constant")
    scale, power = given.get("stable_timescale", given.get("warmup_t", 0)), given.get("stable_power", 0.5)
    high = base
    if steady != "constant":
        high = base * (1 + index / mp.mpf(repr(scale))) ** -mp.mpf(0.5 if steady == "rsqrt" else power)
    high = max(high, floor)
    done = index - (given["t_initial"] - given["decay_t"])
    if done <= 0:
        return high
    part, ratio = min(mp.mpf(done) / given["decay_t"], mp.mpf(1)), mp.mpf(given.get("decay_ratio", 0.1))
    left = {
        "linear": 1 - part, "1-sqrt": 1 - mp.sqrt(part), "cosine": (1 + mp.cos(mp.pi * part)) / 2,
        "power": 1 - part ** mp.mpf(given.get("decay_power", 0.5)), "exp": (ratio**part - ratio) / (1 - ratio),
    }  # fmt: skip
    return floor + (high - floor) * left[given.get("decay_fn", "1-sqrt")]


FORMS: Final[Mapping[str, Callable[[Arguments, int, Any], Any]]] = {
    "CosineLRScheduler": cosine,
    "TanhLRScheduler": tanh,
    "StepLRScheduler": stairs,
    "MultiStepLRScheduler": milestones,
    "PolyLRScheduler": poly,
    "WSDLRScheduler": stable,
}
PREFIX: Final = ("StepLRScheduler", "MultiStepLRScheduler", "WSDLRScheduler")


def clean(kind: str, given: Arguments, index: int, rate: float) -> Any:
    """The rate at an index without noise: before the first step, what the constructor writes."""
    warmup, init, base = given.get("warmup_t", 0), mp.mpf(given.get("warmup_lr_init", 0.0)), mp.mpf(rate)
    prefix = given.get("warmup_prefix", kind in PREFIX)
    if index == 0:
        return init if warmup else base
    if index >= warmup:
        return FORMS[kind](given, index - warmup if prefix else index, base)
    target = FORMS[kind](given, warmup, base) if kind == "TanhLRScheduler" and not prefix else base
    return init + index * (target - init) / warmup


def closed(kind: str, given: Arguments, base: float, indices: Sequence[int], noise: Noise | None = None) -> list[float]:
    """The rates of a group at the indices, rounded once; `noise` gives n where there is any."""
    span = given.get("noise_range_t")
    first, stop = (span, math.inf) if isinstance(span, int) else span or (math.inf, math.inf)
    found = []
    for index in indices:
        factor = mp.mpf(1) + mp.mpf(noise(index)) if noise and index and first <= index < stop else mp.mpf(1)
        found.append(float(clean(kind, given, index, base) * factor))
    return found
