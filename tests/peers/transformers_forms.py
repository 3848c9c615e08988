"""The closed forms of Transformers' schedules in 50 digits, written from its source; nothing of unisched is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import mpmath

__all__ = ["FORMS", "closed"]

mp = mpmath.mp.clone()
mp.dps = 50

Arguments = Mapping[str, Any]


def written(number: float) -> Any:
    """The number as it is written: the decimal, not the float64 nearest to it."""
    return mp.mpf(repr(number))


def length(given: Arguments) -> int:
    return max(1, given["num_training_steps"] - given["num_warmup_steps"])


def waves(given: Arguments, step: int, floor: Any = 0) -> Any:
    across = mp.mpf(step - given["num_warmup_steps"]) / length(given)
    high = (1 + mp.cos(2 * mp.pi * written(given.get("num_cycles", 0.5)) * across)) / 2
    return max(mp.mpf(0), high * (1 - floor) + floor)


def floor_of(given: Arguments, base: float) -> Any:
    return mp.mpf(given["min_lr"]) / base if "min_lr" in given else mp.mpf(given["min_lr_rate"])


def constant(given: Arguments, step: int, base: float) -> Any:
    return mp.mpf(1)


def linear(given: Arguments, step: int, base: float) -> Any:
    return max(mp.mpf(0), mp.mpf(given["num_training_steps"] - step) / length(given))


def cosine(given: Arguments, step: int, base: float) -> Any:
    return waves(given, step)


def restarts(given: Arguments, step: int, base: float) -> Any:
    done, cycles = step - given["num_warmup_steps"], given.get("num_cycles", 1)
    if done >= length(given):
        return mp.mpf(0)
    within = mp.frac(written(cycles) * done / length(given))
    # Where a cycle ends exactly, float64 decides whether the next one has begun.
    if min(within, 1 - within) < mp.mpf(10) ** -30:
        within = mp.mpf(round(float(cycles) * (done / length(given)) % 1.0))
    return (1 + mp.cos(mp.pi * within)) / 2


def polynomial(given: Arguments, step: int, base: float) -> Any:
    initial, end = mp.mpf(given.get("lr_init", base)), mp.mpf(given.get("lr_end", 1e-7))
    warmup, training = given["num_warmup_steps"], given["num_training_steps"]
    if step > training:
        return end / initial
    left = 1 - mp.mpf(step - warmup) / (training - warmup)
    return ((initial - end) * left ** mp.mpf(given.get("power", 1.0)) + end) / initial


def inverse_sqrt(given: Arguments, step: int, base: float) -> Any:
    warmup = given["num_warmup_steps"]
    scale = given.get("timescale", warmup or 10_000)
    return 1 / mp.sqrt(mp.mpf(step - warmup + scale) / scale)


def cosine_with_min_lr(given: Arguments, step: int, base: float) -> Any:
    return waves(given, step, floor_of(given, base))


def ahead(given: Arguments, step: int, base: float) -> Any:
    warmup, first = given["num_warmup_steps"], given.get("warmup_lr_rate")
    if step >= warmup:
        return waves(given, step + 1, floor_of(given, base))
    if first is None:
        return mp.mpf(step + 1) / max(1, warmup)
    return mp.mpf(first) + (1 - mp.mpf(first)) * step / max(1, warmup - 1)


def stable(given: Arguments, step: int, base: float) -> Any:
    warmup, decay = given["num_warmup_steps"], given["num_decay_steps"]
    lasting = given["num_stable_steps"] if "num_stable_steps" in given else given["num_training_steps"] - warmup - decay
    floor = mp.mpf(given.get("min_lr_ratio", 0))
    if step < warmup:
        across = mp.mpf(step) / max(1, warmup)
        rises = {"linear": across, "cosine": (1 - mp.cos(mp.pi * across)) / 2, "1-sqrt": 1 - mp.sqrt(1 - across)}
        return rises[given.get("warmup_type", "linear")] * (1 - floor) + floor
    if step < warmup + lasting:
        return mp.mpf(1)
    if step >= warmup + lasting + decay:
        return floor
    across = mp.mpf(step - warmup - lasting) / max(1, decay)
    cycles = written(given.get("num_cycles", 0.5))
    falls = {
        "linear": 1 - across,
        "cosine": (1 + mp.cos(2 * mp.pi * cycles * across)) / 2,
        "1-sqrt": 1 - mp.sqrt(across),
    }
    return falls[given.get("decay_type", "cosine")] * (1 - floor) + floor


FORMS: Final[Mapping[str, Callable[[Arguments, int, float], Any]]] = {
    "constant": constant,
    "constant_with_warmup": constant,
    "linear": linear,
    "cosine": cosine,
    "cosine_with_restarts": restarts,
    "polynomial": polynomial,
    "inverse_sqrt": inverse_sqrt,
    "cosine_with_min_lr": cosine_with_min_lr,
    "cosine_warmup_with_min_lr": ahead,
    "warmup_stable_decay": stable,
}
"""The factor of each kind; those that begin with the shared warm-up, from its end on."""

_OWN_WARMUP: Final = ("cosine_warmup_with_min_lr", "warmup_stable_decay")


def closed(kind: str, given: Arguments, base: float, steps: int) -> list[float]:
    """The rates of a group at the steps from 0 on, rounded once."""
    warmup = 0 if kind in _OWN_WARMUP else given.get("num_warmup_steps", 0)
    return [
        float(base * (mp.mpf(step) / max(1, warmup) if step < warmup else FORMS[kind](given, step, base)))
        for step in range(steps)
    ]
