"""A log of metrics made part of a body: what watched a metric becomes the constants that it reached, step by step.

What comes out is a function of the step alone, so every evaluator takes it. Knows bodies and memories only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from unisched import ir, reclock, watching
from unisched.ir import Body, Combine, Constant, Curve, Fold, Signal, Track, Value
from unisched.metric import Metric

__all__ = ["logged"]


def logged(body: Body, metrics: Mapping[int, Metric]) -> Body:
    """Give the body as it runs where the metric of each step is observed just before that update.

    Raises `StepError` for what is no metric that the body watches, `BindingError` where a base is missing.
    """
    steps, reached = _history(body, metrics)
    values = tuple(_settled(value, steps, reached) for value in body.values)
    return replace(body, values=values, controllers=())


def _history(body: Body, metrics: Mapping[int, Metric]) -> tuple[list[int], list[list[float]]]:
    """Give the steps at which some factor changes, from 0 on, and all factors from each of them on."""
    shown, given = watching.windows(body), watching.bases(body, {})
    feedback: watching.Feedback = {}
    steps, reached = [0], [watching.factors(body, feedback, given)]
    for step in sorted(metrics):
        feedback = watching.observed(body, shown, feedback, step, metrics[step], given)
        now = watching.factors(body, feedback, given)
        if now == reached[-1]:
            continue
        if step == steps[-1]:
            reached[-1] = now
        else:
            steps.append(step)
            reached.append(now)
    return steps, reached


def _settled(value: Value, steps: Sequence[int], reached: Sequence[Sequence[float]]) -> Value:
    match value:
        case Combine(op=op, parts=parts):
            return Combine(op=op, parts=tuple(_settled(part, steps, reached) for part in parts))
        case Track():
            rows = list(_merged(_rows(value, steps, reached)))
            return Track(starts=tuple(start for start, _ in rows), curves=tuple(curve for _, curve in rows))


def _rows(track: Track, steps: Sequence[int], reached: Sequence[Sequence[float]]) -> Iterator[tuple[int, Curve]]:
    for start, stop, curve in zip(track.starts, (*track.starts[1:], None), track.curves, strict=True):
        if not _watches(curve):
            yield start, curve
            continue
        first = bisect_right(steps, start) - 1
        yield start, _at(curve, reached[first])
        for step, factors in zip(steps[first + 1 :], reached[first + 1 :], strict=True):
            if stop is not None and step >= stop:
                break
            yield step, _at(reclock.shifted(curve, step - start), factors)


def _merged(rows: Iterator[tuple[int, Curve]]) -> Iterator[tuple[int, Curve]]:
    """Give the rows without those that go on with the same constant."""
    last: Curve | None = None
    for start, curve in rows:
        if not isinstance(curve, Constant) or curve != last:
            yield start, curve
        last = curve


def _watches(curve: Curve) -> bool:
    if isinstance(curve, Fold):
        return any(isinstance(inner, Signal) for _, inner in ir.rows(curve.track))
    return isinstance(curve, Signal)


def _at(curve: Curve, factors: Sequence[float]) -> Curve:
    return ir.exchanged_in_curve(curve, lambda leaf: _constant(leaf, factors))


def _constant(leaf: Curve, factors: Sequence[float]) -> Curve:
    return Constant(value=factors[leaf.index]) if isinstance(leaf, Signal) else leaf
