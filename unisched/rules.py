"""What a controller makes of a metric: one text of each rule, for numbers on the host and for tensors in a graph.

The text is free of branches, but for those that pass over what the host need not work out. A memory is a tuple of
numbers; nothing here knows steps, programs or how a memory is kept. The rules are those of the classes they are named
after, in their float64 arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, assert_never

from unisched.controllers import Controller, Greedy, Plateau, Rule
from unisched.memory import GreedyMemory, PlateauMemory, start

__all__ = ["HOST", "Choosing", "factor", "lowers", "observed", "rule"]

Number: TypeAlias = Any
Observing: TypeAlias = Callable[[Any, Number], Any]
Better: TypeAlias = Callable[[Number, Number], Number]


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
    return rule(controller, base, xp)(memory, metric)


def rule(controller: Controller, base: Number, xp: Choosing) -> Observing:
    """Give `observed` as a function of memory and metric: what is the same for every metric is looked up once."""
    match controller:
        case Plateau():
            return _RULES[controller.rule](controller, base, xp)
        case Greedy():
            return partial(_greedy, controller, _better(controller), base, xp)
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


def _once_more(plateau: Plateau, drops: Number, stall: Number, base: Number, xp: Choosing) -> Number:
    """Give the drops after an observation that may be a stall; a stall that makes no difference is no drop."""
    if stall is False:
        return drops
    return xp.where(stall & lowers(plateau, drops, base, xp), drops + 1, drops)


def _torch(plateau: Plateau, base: Number, xp: Choosing) -> Observing:
    is_better, where, zero, patience = _better(plateau), xp.where, xp.table(0), plateau.patience
    pause = xp.table(plateau.cooldown)

    def observed(memory: PlateauMemory, metric: Number) -> PlateauMemory:
        best, bad, cooldown, drops, seen, mean, gathered = memory
        better = is_better(metric, best)
        cooling = cooldown > 0
        bad = where(better | cooling, zero, bad + 1)
        stall = bad > patience
        return PlateauMemory(
            where(better, metric, best),
            where(stall, zero, bad),
            where(stall, pause, where(cooling, cooldown - 1, zero)),
            _once_more(plateau, drops, stall, base, xp),
            seen + 1,
            mean,
            gathered,
        )

    return observed


def _keras(plateau: Plateau, base: Number, xp: Choosing) -> Observing:
    is_better, where, zero, patience = _better(plateau), xp.where, xp.table(0), max(plateau.patience, 1)
    pause = xp.table(plateau.cooldown)

    def observed(memory: PlateauMemory, metric: Number) -> PlateauMemory:
        best, bad, cooldown, drops, seen, mean, gathered = memory
        better = is_better(metric, best)
        waited = where(cooldown > 0, zero, bad)
        cooldown = where(cooldown > 0, cooldown - 1, zero)
        bad = where(better, zero, where(cooldown > 0, waited, waited + 1))
        dropped = _once_more(plateau, drops, bad >= patience, base, xp)
        falls = dropped > drops
        return PlateauMemory(
            where(better, metric, best),
            where(falls, zero, bad),
            where(falls, pause, cooldown),
            dropped,
            seen + 1,
            mean,
            gathered,
        )

    return observed


def _optax(plateau: Plateau, base: Number, xp: Choosing) -> Observing:
    stalled = _stalled(plateau, base, xp)

    def observed(memory: PlateauMemory, metric: Number) -> PlateauMemory:
        gathered = memory.gathered + 1
        mean = (xp.float(memory.gathered) * memory.mean + metric) / xp.float(gathered)
        after = stalled(memory, mean)
        if plateau.accumulation == 1:
            return after
        is_whole = gathered >= plateau.accumulation
        waiting = memory._replace(mean=mean, gathered=gathered, seen=after.seen)
        return PlateauMemory(*(xp.where(is_whole, new, old) for new, old in zip(after, waiting, strict=True)))

    return observed


def _stalled(plateau: Plateau, base: Number, xp: Choosing) -> Callable[[PlateauMemory, Number], PlateauMemory]:
    is_better, where, zero, patience = _better(plateau), xp.where, xp.table(0), plateau.patience
    pause, none = xp.table(plateau.cooldown), xp.table(0.0)

    def observed(memory: PlateauMemory, metric: Number) -> PlateauMemory:
        best, bad, cooldown, drops, seen, _, _ = memory
        better = is_better(metric, best)
        bad = where(better, zero, bad + 1)
        cooling = cooldown > 0
        stall = (bad >= patience) & (cooldown <= 0)
        return PlateauMemory(
            where(better, metric, best),
            where(cooling | stall, zero, bad),
            where(cooling, cooldown - 1, where(stall, pause, zero)),
            _once_more(plateau, drops, stall, base, xp),
            seen + 1,
            none,
            zero,
        )

    return observed


_RULES: Final[Mapping[Rule, Callable[[Plateau, Number, Choosing], Observing]]] = {
    "torch": _torch, "keras": _keras, "optax": _optax,
}  # fmt: skip


def _greedy(
    greedy: Greedy, is_better: Better, base: Number, xp: Choosing, memory: GreedyMemory, metric: Number
) -> GreedyMemory:
    zero = xp.table(0)
    memory, current = _smoothed(greedy, memory, metric, xp)
    cooling = memory.cooldown > 0
    counts = (memory.cooldown <= 0) & (memory.warmup <= 0)
    better = is_better(current, memory.best)
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
    if over is False:
        return memory
    begun = start(greedy)._asdict()
    kept = {"seen", "cooldown", "values"}
    chosen = {name: xp.where(over, xp.table(begun[name]), known) for name, known in memory._asdict().items()
              if name not in kept}  # fmt: skip
    return memory._replace(**chosen, values=tuple(xp.where(over, xp.table(0.0), value) for value in memory.values))


def _better(controller: Controller) -> Better:
    """Give what tells whether a metric beats the best by more than the threshold, as the class of the rule does."""
    threshold, is_min = controller.threshold, controller.mode == "min"
    if controller.threshold_mode == "rel":
        return _better_by_a_part(controller)
    if isinstance(controller, Plateau) and controller.rule == "keras":
        if is_min:
            return lambda metric, best: metric + threshold < best
        return lambda metric, best: metric - threshold > best
    if is_min:
        return lambda metric, best: metric < best - threshold
    return lambda metric, best: metric > best + threshold


def _better_by_a_part(controller: Controller) -> Better:
    above, below = controller.threshold + 1.0, 1.0 - controller.threshold
    atol = controller.atol if isinstance(controller, Plateau) else 0.0
    if controller.mode == "max":
        return lambda metric, best: metric > best * above
    if atol:
        return lambda metric, best: metric < best * below - atol
    return lambda metric, best: metric < best * below
