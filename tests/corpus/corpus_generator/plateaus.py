"""What a metric makes of a factor, told by the numbers of the observations at which something happened.

Nothing is counted up or down here: an observation is the n-th, a stall is a distance between two of them, a pause the
number of the last one that is passed over. Factors are exact powers, rounded once.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Literal, TypeAlias

from corpus_generator.case import Worth
from corpus_generator.rounding import nearest

__all__ = ["Metrics", "Rule", "drops", "greedy", "plateau"]

Metrics: TypeAlias = Mapping[int, float]
Rule: TypeAlias = Literal["torch", "keras", "optax"]
_Beats: TypeAlias = Callable[[float, float | None], bool]


def plateau(metrics: Metrics, factor: float, *, minimum: float = 0.0, **settings: object) -> Worth:
    """The factor at each update: `factor` to the power of the drops so far, never below `minimum`."""
    felt = drops(metrics, **settings)  # type: ignore[arg-type]
    return lambda k: max(nearest(Fraction(factor) ** bisect_right(felt, k)), minimum)


def drops(
    metrics: Metrics,
    *,
    rule: Rule = "torch",
    patience: int,
    cooldown: int = 0,
    mode: Literal["min", "max"] = "min",
    threshold: float = 1e-4,
    absolute: bool = False,
) -> list[int]:
    """Give the steps of the updates that are the first to feel a drop; metrics are by the step before which they come.

    torch bears `patience` observations after the last good one, and drops at the next; the others drop at that many.
    Keras counts the last observation of a pause.
    """
    beats = _beating(mode, threshold, absolute)
    borne, short = (patience, 0) if rule == "torch" else (patience - 1, int(rule == "keras"))
    felt: list[int] = []
    best: float | None = None
    good, paused = -1, -1
    for number, (step, metric) in enumerate(sorted(metrics.items())):
        if beats(metric, best):
            best = metric
            good = number
        if number <= paused:
            good = number
        if number - good > borne:
            felt.append(step)
            good, paused = number, number + cooldown - short
    return felt


def greedy(
    metrics: Metrics,
    start: float,
    *,
    factor: float,
    patience: int,
    lowest: float,
    highest: float,
    cooldown: int = 0,
    warmup: int = 0,
    threshold: float = 1e-6,
) -> Worth:
    """The rate at each update: over `factor` after a run of good observations, times `factor` after one of bad ones.

    A run is broken by an observation of the other sort, by a change, and by a pause.
    """
    beats = _beating("min", threshold, absolute=True)
    steps, rates = [0], [Fraction(start)]
    best: float | None = None
    begun, sort, paused = 0, None, -1
    for number, (step, metric) in enumerate(sorted(metrics.items())):
        if number <= paused:
            begun, sort = number + 1, None
            continue
        good = beats(metric, best)
        best = metric if good else best
        if good is not sort:
            begun, sort = number, good
        if number - begun < patience:
            continue
        change = min(rates[-1] / Fraction(factor), Fraction(highest)) if good else max(
            rates[-1] * Fraction(factor), Fraction(lowest))  # fmt: skip
        steps.append(step)
        rates.append(change)
        begun, sort, paused = number + 1, None, number + (warmup if good else cooldown)
    return lambda k: nearest(rates[bisect_right(steps, k) - 1])


def _beating(mode: str, threshold: float, absolute: bool) -> _Beats:
    """Give the test whether a metric is better than the best; one that is no number never is."""
    sign = 1 if mode == "min" else -1

    def beats(metric: float, best: float | None) -> bool:
        if math.isnan(metric) or metric == sign * math.inf:
            return False
        if best is None or math.isinf(metric):
            return best is None or not math.isinf(best)
        if math.isinf(best):
            return False
        margin = Fraction(threshold) * (1 if absolute else Fraction(best))
        return Fraction(metric) * sign < Fraction(best) * sign - margin

    return beats
