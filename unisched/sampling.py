"""Where a value is worth a look: both sides of every boundary, and where a curve turns. Nothing is judged here."""

from __future__ import annotations

import math
from collections.abc import Iterator

from unisched import ir, scalar, signals
from unisched.errors import StepError
from unisched.ir import Curve, Exponential, Fold, Ramp, Table, Value

__all__ = ["reads", "samples", "sides", "turn"]


def samples(value: Value, total: int | None) -> Iterator[tuple[int, float]]:
    """Give step and value at `sides`.

    A factor of the optimizer's value stands for a base of 1, a factor that metrics move for what it is at first.
    """
    function = _function(value)
    yield from ((step, function(step)) for step in sides(value, total))


def reads(value: Value) -> scalar.Function:
    """Give the value as a function of the step: of a base of 1, before any metric, and NaN where it has no value."""
    function = _function(value)

    def read(step: int) -> float:
        try:
            return function(step)
        except StepError:
            return math.nan

    return read


def _function(value: Value) -> scalar.Function:
    return scalar.function(signals.alone(value))


def sides(value: Value, total: int | None) -> list[int]:
    """Give step 0 and the steps on both sides of every boundary and of `total`, in order."""
    steps = {0}
    for track in ir.tracks(value):
        for start, curve in zip(track.starts, track.curves, strict=True):
            steps |= {start, start - 1}
            steps.update(start + turn + side for turn in _turns(curve) for side in (-1, 0))
    if total is not None:
        steps |= {total - 1, total}
    return sorted(step for step in steps if step >= 0)


def turn(curve: Curve) -> int:
    """Give about the local step at which a curve comes to its end; 0 for one that has none."""
    if isinstance(curve, Table):
        return _reads(curve, len(curve.values) - 1)
    if not isinstance(curve, Ramp | Exponential):
        return 0
    phase = curve.phase
    return max(phase.span - phase.offset, 0) // phase.rate


def _turns(curve: Curve) -> Iterator[int]:
    """Give the local steps at which a curve may turn; for a fold, those of the rows in it, the first time round."""
    yield turn(curve)
    if isinstance(curve, Table):
        yield from (_reads(curve, curve.values.index(extreme(curve.values))) for extreme in (min, max))
    if not isinstance(curve, Fold):
        return
    phase = curve.phase
    for start, inner in zip(curve.track.starts, curve.track.curves, strict=True):
        for at in _turns(inner):
            if phase.wrap == "restart":
                yield (min(start + at, phase.span - 1) - phase.offset) % phase.span
            else:
                yield max(-(((start + at) * phase.span - phase.offset) // -phase.rate), 0)


def _reads(table: Table, entry: int) -> int:
    """Give the local step from which a table reads an entry."""
    return table.phase.reach(entry * table.phase.span)
