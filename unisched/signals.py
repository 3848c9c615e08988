"""What in a value depends on metrics: asked of, taken out, renumbered. Knows nodes; no metric is observed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from unisched.controllers import Controller
from unisched.errors import Problem, UnsupportedError
from unisched.ir import Constant, Curve, Signal, Value, bind, exchanged, rows

__all__ = ["alone", "moved_by", "needs_metric", "numbered", "unobserved", "unsupported"]


def unsupported(path: str = "") -> UnsupportedError:
    """Give the error of evaluating, as a function of the step, a value that depends on a metric."""
    return UnsupportedError(Problem(
        "feedback.unsupported", path, "the value depends on a metric, not on the step alone",
        "Build a scheduler that observes, or read program.observed(metrics) of a log of them."))  # fmt: skip


def needs_metric(value: Value) -> bool:
    """Tell whether the value depends on metrics."""
    return any(isinstance(curve, Signal) for _, curve in rows(value))


def moved_by(value: Value) -> tuple[int, ...]:
    """Give the numbers of the controllers that the value reads, each once."""
    return tuple(dict.fromkeys(curve.index for _, curve in rows(value) if isinstance(curve, Signal)))


def unobserved(value: Value) -> Value:
    """Give the value as it is while no metric has been observed: every signal at 1."""
    return _replaced(value, lambda _: Constant(value=1.0)) if needs_metric(value) else value


def alone(value: Value) -> Value:
    """Give the value as a function of the step alone: over a base of 1, and while no metric has been observed."""
    return bind(unobserved(value), 1.0)


def numbered(values: Sequence[Value], controllers: Sequence[Controller]) -> tuple[list[Value], list[Controller]]:
    """Give the values and the controllers that they read, in the order met, and those only."""
    read = dict.fromkeys(index for value in values for index in moved_by(value))
    new = {old: index for index, old in enumerate(read)}
    if all(old == index for old, index in new.items()):
        return list(values), [controllers[index] for index in read]
    moved = [_replaced(value, lambda signal: replace(signal, index=new[signal.index])) for value in values]
    return moved, [controllers[index] for index in read]


def _replaced(value: Value, make: Callable[[Signal], Curve]) -> Value:
    return exchanged(value, lambda curve: make(curve) if isinstance(curve, Signal) else curve)
