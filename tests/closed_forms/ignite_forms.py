"""ignite's schedulers in 40 digits, by kind: what the call before step t writes, the first being call 0.

Cycles are walked one by one, their lengths truncated and their ends multiplied as ignite does it, in float64.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping
from typing import Any, Final

from mpmath import mp, mpf

__all__ = ["FORMS", "closed"]

Arguments = Mapping[str, Any]


def closed(document: Arguments, step: int) -> float:
    """The float64 nearest to what is written at call `step`."""
    with mp.workdps(40):
        return float(value(document, step))


def value(document: Arguments, step: int) -> Any:
    return FORMS[document["kind"].removeprefix("ignite.")](document, step)


def line(first: float, last: float, part: int, whole: int) -> Any:
    return mpf(first) + (mpf(last) - mpf(first)) * part / whole


def triangle(a: Arguments, first: float, last: float, event: int, size: int) -> Any:
    if a.get("monotonic"):
        return line(first, last, event, size)
    return mpf(last) + (mpf(first) - mpf(last)) * abs(2 * mpf(event) / size - 1)


def half_wave(a: Arguments, first: float, last: float, event: int, size: int) -> Any:
    return mpf(first) + (mpf(last) - mpf(first)) / 2 * (1 - mp.cos(mp.pi * event / size))


def cycles(shape: Callable[..., Any]) -> Callable[[Arguments, int], Any]:
    def at(a: Arguments, step: int) -> Any:
        size, warmup, first, last = a["cycle_size"], a.get("warmup_duration", 0), a["start_value"], a["end_value"]
        while True:
            following = first * a.get("start_value_mult", 1.0)
            if step < size:
                return shape(a, first, last, step, size)
            if step < size + warmup:
                return line(last, following, step - size, warmup)
            step -= size + warmup
            first, last = following, last * a.get("end_value_mult", 1.0)
            size, warmup = int(size * a.get("cycle_mult", 1.0)), int(warmup * a.get("cycle_mult", 1.0))

    return at


def piecewise(a: Arguments, step: int) -> Any:
    pairs = a["milestones_values"]
    after = bisect.bisect_right([event for event, _ in pairs], step)
    if after in (0, len(pairs)):
        return mpf(pairs[after and -1][1])
    (begin, first), (end, last) = pairs[after - 1 : after + 1]
    return line(first, last, step - begin, end - begin)


def concat(a: Arguments, step: int) -> Any:
    for child, length in zip(a["schedulers"], a["durations"], strict=False):
        if step < length:
            return value(child, step)
        step -= length
    return value(a["schedulers"][-1], step)


def warmed(a: Arguments, step: int) -> Any:
    """A warm-up to an absolute value: the scheduler begins one event earlier where that is its first value."""
    length, end = a["warmup_duration"], a["warmup_end_value"]
    if step < length - 1:
        return line(a["warmup_start_value"], end, step, length - 1)
    if value(a["lr_scheduler"], 0) == end:
        return value(a["lr_scheduler"], step - length + 1)
    return mpf(end) if step == length - 1 else value(a["lr_scheduler"], step - length)


def finder(a: Arguments, step: int) -> Any:
    first, last, length = a["start_lr"], a.get("end_lr", 10.0), a["num_iter"]
    if a.get("step_mode", "exp") == "linear":
        return line(first, last, min(step, length), length)
    return mpf(first) * mpf(last / first) ** (mpf(step + 1) / length)


def average(a: Arguments, step: int) -> Any:
    momentum = a.get("momentum", 0.0002)
    if "warmup_iters" not in a:
        return mpf(momentum)
    length = max(1, a["warmup_iters"] - 1)
    return line(a["momentum_warmup"], momentum, min(step, length), length)


def stepped(index: Callable[[Arguments, int], int]) -> Callable[[Arguments, int], Any]:
    return lambda a, step: mpf(a["initial_value"]) * mpf(a["gamma"]) ** index(a, step + 1)


FORMS: Final[dict[str, Callable[[Arguments, int], Any]]] = {
    "LinearCyclicalScheduler": cycles(triangle),
    "CosineAnnealingScheduler": cycles(half_wave),
    "PiecewiseLinear": piecewise,
    "ConcatScheduler": concat,
    "create_lr_scheduler_with_warmup": warmed,
    "PiecewiseLinearStateScheduler": lambda a, step: piecewise(a, step + 1),
    "ExpStateScheduler": stepped(lambda _, event: event),
    "StepStateScheduler": stepped(lambda a, event: event // a["step_size"]),
    "MultiStepStateScheduler": stepped(lambda a, event: bisect.bisect_right(a["milestones"], event)),
    "FastaiLRFinder": finder,
    "EMAHandler": average,
}
