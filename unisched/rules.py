"""What a controller makes of a metric: one text of each rule, for numbers on the host and for tensors in a graph.

The text is free of branches. A memory is a tuple of numbers; nothing here knows steps, programs or how a memory is
kept. The rules are those of the classes they are named after, in their float64 arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias, assert_never

from unisched.controllers import Controller, Greedy, Plateau, Rule
from unisched.memory import GreedyMemory, PlateauMemory, start

__all__ = ["HOST", "Choosing", "factor", "lowers", "observed"]

Number: TypeAlias = Any


class Choosing(Protocol):
    """What the rules ask of an array library: a part of `Namespace`."""

    def table(self, values: Any, /) -> Number:
        """Give an int64 or float64 scalar."""

    def float(self, values: Number, /) -> Number:
        """Give int64 as float64."""

    def where(self, condition: Number, left: Number, right: Number, /) -> Number:
        """Give `left` where the condition holds, else `right`."""

    def minimum(self, left: Number, right: Number, /) -> Number:
        """Give the smaller of two."""

    def maximum(self, left: Number, right: Number, /) -> Number:
        """Give the larger of two."""

    def power(self, base: Number, exponent: Number, /) -> Number:
        """Give base to the exponent."""


class _Host:
    """Python's own numbers."""

    def table(self, values: Any, /) -> Any:
        return values

    def float(self, values: int, /) -> Any:
        return float(values)

    def where(self, condition: bool, left: Any, right: Any, /) -> Any:
        return left if condition else right

    def minimum(self, left: Any, right: Any, /) -> Any:
        return min(left, right)

    def maximum(self, left: Any, right: Any, /) -> Any:
        return max(left, right)

    def power(self, base: Any, exponent: Any, /) -> Any:
        return math.pow(base, exponent)


HOST: Final[Choosing] = _Host()


def observed(controller: Controller, memory: Any, metric: Number, base: Number, xp: Choosing) -> Any:
    """Give the memory after one more metric, a float64; one that is not a number is never better.

    `base` is what the factor multiplies; only a controller that `is_absolute` reads it.
    """
    match controller:
        case Plateau():
            return _RULES[controller.rule](controller, memory, metric, base, xp)
        case Greedy():
            return _greedy(controller, memory, metric, base, xp)
        case _:
            assert_never(controller)


def factor(controller: Controller, memory: Any, base: Number, xp: Choosing) -> Number:
    """Give the factor that a controller has reached, a float64."""
    match controller:
        case Plateau():
            return _dropped(controller, memory.drops, base, xp)
        case Greedy():
            one = xp.table(1.0)
            return xp.where(memory.changes > 0, memory.rate / _divisor(base, memory.changes, xp), one)
        case _:
            assert_never(controller)


def _dropped(plateau: Plateau, drops: Number, base: Number, xp: Choosing) -> Number:
    one = xp.table(1.0)
    reached = xp.maximum(xp.power(xp.table(plateau.factor), xp.float(drops)), xp.table(plateau.minimum))
    if plateau.floor:
        reached = xp.maximum(reached, xp.table(plateau.floor) / _divisor(base, drops, xp))
    return xp.where(drops > 0, reached, one)


def _divisor(number: Number, count: Number, xp: Choosing) -> Number:
    # Nothing is ever lowered from 0 or raised to it, and 1 keeps the branch not taken finite. Selected on a count, so
    # that no compiler turns x / c into x · (1 / c).
    return xp.where((number > 0) & (count >= 0), number, xp.table(1.0))


def lowers(plateau: Plateau, drops: Number, base: Number, xp: Choosing) -> Number:
    """Tell whether one more drop after `drops` makes a difference, of more than `eps`; no later one does where not."""
    before = _dropped(plateau, drops, base, xp)
    after = _dropped(plateau, drops + 1, base, xp)
    if not plateau.is_absolute:
        return before > after
    return before * base - after * base > xp.table(plateau.eps)


def _torch(plateau: Plateau, memory: PlateauMemory, metric: Number, base: Number, xp: Choosing) -> PlateauMemory:
    zero = xp.table(0)
    better = _is_better(plateau, metric, memory.best, xp)
    cooling = memory.cooldown > 0
    bad = xp.where(better | cooling, zero, memory.bad + 1)
    stall = bad > plateau.patience
    drops = xp.where(stall & lowers(plateau, memory.drops, base, xp), memory.drops + 1, memory.drops)
    cooldown = xp.where(cooling, memory.cooldown - 1, zero)
    return memory._replace(
        best=xp.where(better, metric, memory.best),
        bad=xp.where(stall, zero, bad),
        cooldown=xp.where(stall, xp.table(plateau.cooldown), cooldown),
        drops=drops,
        seen=memory.seen + 1,
    )


def _keras(plateau: Plateau, memory: PlateauMemory, metric: Number, base: Number, xp: Choosing) -> PlateauMemory:
    zero = xp.table(0)
    better = _is_better(plateau, metric, memory.best, xp)
    cooldown = xp.where(memory.cooldown > 0, memory.cooldown - 1, zero)
    waited = xp.where(memory.cooldown > 0, zero, memory.bad)
    bad = xp.where(better, zero, xp.where(cooldown > 0, waited, waited + 1))
    stall = (bad >= max(plateau.patience, 1)) & lowers(plateau, memory.drops, base, xp)
    return memory._replace(
        best=xp.where(better, metric, memory.best),
        bad=xp.where(stall, zero, bad),
        cooldown=xp.where(stall, xp.table(plateau.cooldown), cooldown),
        drops=xp.where(stall, memory.drops + 1, memory.drops),
        seen=memory.seen + 1,
    )


def _optax(plateau: Plateau, memory: PlateauMemory, metric: Number, base: Number, xp: Choosing) -> PlateauMemory:
    gathered = memory.gathered + 1
    mean = (xp.float(memory.gathered) * memory.mean + metric) / xp.float(gathered)
    after = _stalled(plateau, memory, mean, base, xp)
    if plateau.accumulation == 1:
        return after._replace(seen=memory.seen + 1)
    is_whole = gathered >= plateau.accumulation
    waiting = memory._replace(mean=mean, gathered=gathered)
    chosen = (xp.where(is_whole, new, old) for new, old in zip(after, waiting, strict=True))
    return PlateauMemory(*chosen)._replace(seen=memory.seen + 1)


def _stalled(plateau: Plateau, memory: PlateauMemory, mean: Number, base: Number, xp: Choosing) -> PlateauMemory:
    zero = xp.table(0)
    better = _is_better(plateau, mean, memory.best, xp)
    bad = xp.where(better, zero, memory.bad + 1)
    cooling = memory.cooldown > 0
    stall = (bad >= plateau.patience) & (memory.cooldown <= 0)
    return memory._replace(
        best=xp.where(better, mean, memory.best),
        bad=xp.where(cooling | stall, zero, bad),
        cooldown=xp.where(cooling, memory.cooldown - 1, xp.where(stall, xp.table(plateau.cooldown), zero)),
        drops=xp.where(stall & lowers(plateau, memory.drops, base, xp), memory.drops + 1, memory.drops),
        mean=xp.table(0.0),
        gathered=zero,
    )


_RULES: Final[Mapping[Rule, Callable[[Plateau, PlateauMemory, Number, Number, Choosing], PlateauMemory]]] = {
    "torch": _torch, "keras": _keras, "optax": _optax,
}  # fmt: skip


def _greedy(greedy: Greedy, memory: GreedyMemory, metric: Number, base: Number, xp: Choosing) -> GreedyMemory:
    zero = xp.table(0)
    memory, current = _smoothed(greedy, memory, metric, xp)
    cooling = memory.cooldown > 0
    counts = (memory.cooldown <= 0) & (memory.warmup <= 0)
    better = _is_better(greedy, current, memory.best, xp)
    bad = xp.where(counts, xp.where(better, zero, memory.bad + 1), zero)
    good = xp.where(counts, xp.where(better, memory.good + 1, zero), zero)
    rises, falls = good > greedy.patience, bad > greedy.patience
    rate = xp.where(memory.changes > 0, memory.rate, base)
    up = xp.minimum(rate / _divisor(xp.table(greedy.factor), memory.seen, xp), xp.table(greedy.maximum))
    down = xp.maximum(rate * xp.table(greedy.factor), xp.table(greedy.minimum))
    is_raised = rises & (up - rate > xp.table(greedy.eps))
    is_cut = falls & (rate - down > xp.table(greedy.eps))
    rate = xp.where(is_raised, up, xp.where(is_cut, down, rate))
    at_minimum = falls & (rate <= xp.table(greedy.minimum))
    left = xp.where(rises, xp.table(greedy.reset), xp.where(at_minimum, memory.left - 1, memory.left))
    cooldown = xp.where(cooling, memory.cooldown - 1, zero)
    warmup = xp.where(cooling, memory.warmup, xp.where(memory.warmup > 0, memory.warmup - 1, zero))
    moved = memory._replace(
        best=xp.where(counts & better, current, memory.best),
        bad=xp.where(falls, zero, bad),
        good=xp.where(rises, zero, good),
        cooldown=xp.where(falls, xp.table(greedy.cooldown), cooldown),
        warmup=xp.where(rises, xp.table(greedy.warmup), warmup),
        rate=rate,
        changes=xp.where(is_raised | is_cut, memory.changes + 1, memory.changes),
        left=left,
        seen=memory.seen + 1,
    )
    return _restarted(greedy, moved, at_minimum & (left <= 0), xp)


def _smoothed(greedy: Greedy, memory: GreedyMemory, metric: Number, xp: Choosing) -> tuple[GreedyMemory, Number]:
    if not greedy.smooth:
        return memory, metric
    is_full = memory.held >= greedy.window
    total = memory.total + metric
    total = xp.where(is_full, total - memory.values[0], total)
    held = xp.where(is_full, memory.held, memory.held + 1)
    kept = memory._replace(values=(*memory.values[1:], metric), total=total, held=held)
    return kept, total / xp.float(held)


def _restarted(greedy: Greedy, memory: GreedyMemory, over: Number, xp: Choosing) -> GreedyMemory:
    begun = start(greedy)._asdict()
    kept = {"seen", "cooldown", "values"}
    chosen = {name: xp.where(over, xp.table(begun[name]), known) for name, known in memory._asdict().items()
              if name not in kept}  # fmt: skip
    return memory._replace(**chosen, values=tuple(xp.where(over, xp.table(0.0), value) for value in memory.values))


def _is_better(controller: Controller, metric: Number, best: Number, xp: Choosing) -> Number:
    """Tell whether the metric beats the best by more than the threshold, as the class of the rule computes it."""
    threshold = controller.threshold
    if isinstance(controller, Plateau) and controller.rule == "keras" and controller.threshold_mode == "abs":
        return metric + threshold < best if controller.mode == "min" else metric - threshold > best
    if controller.threshold_mode == "abs":
        return metric < best - threshold if controller.mode == "min" else metric > best + threshold
    if controller.mode == "max":
        return metric > best * (threshold + 1.0)
    bar = best * (1.0 - threshold)
    return metric < (bar - controller.atol if isinstance(controller, Plateau) and controller.atol else bar)
