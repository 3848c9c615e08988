"""Sums over the updates of a run: fractions where they are exact, else float64 rounded once, else trapezoids.

Takes a value with numbers in it, the steps that were looked at, and what it is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from unisched.duration import Clock
from unisched.ir import Constant, Ramp, Track, Value
from unisched.key_values.values import Total

__all__ = ["area", "by_tokens"]

_AT_ONCE: Final = 2**16
_AGREEMENT: Final = 1e-3
"""How far the sum over a spread may be from that over half of it, as a part, or the curve turns between the steps."""


def area(value: Value, scale: float, steps: npt.NDArray[np.int64], values: npt.NDArray[np.float64],
          total: int) -> Total | None:  # fmt: skip
    """Give the sum of all `total` values, of which those at `steps` are known, each times `scale` already.

    `None` where it is above every float64, or where the steps are too far apart to tell.
    """
    try:
        found = _area(value, scale, steps, values, total)
    except OverflowError:
        return None
    return found if found is not None and math.isfinite(found.value) else None


def _area(value: Value, scale: float, steps: npt.NDArray[np.int64], values: npt.NDArray[np.float64],
          total: int) -> Total | None:  # fmt: skip
    closed = _closed(value, total)
    if closed is not None:
        return Total(float(closed * Fraction(scale)), False)
    if len(steps) == total:
        return Total(_sum(values), False)
    known, shown = steps.tolist(), values.tolist()
    fine, coarse = (math.fsum(_trapezoids(known[::every], shown[::every], total)) for every in (1, 2))
    return Total(fine, True) if abs(fine - coarse) <= _AGREEMENT * abs(fine) else None


def _sum(values: npt.NDArray[np.float64]) -> float:
    return math.fsum(chain.from_iterable(part.tolist() for part in np.array_split(values, len(values) // _AT_ONCE + 1)))


def _trapezoids(steps: list[int], values: list[float], total: int) -> Iterator[float]:
    """Give the sums from each step that was looked at up to the next, as if the values between lay on a line."""
    for (step, value), (after, other) in pairwise([*zip(steps, values, strict=True), (total, values[-1])]):
        yield value + (after - step - 1) * (value + other) / 2


def _closed(value: Value, total: int) -> Fraction | None:
    """Give the exact sum of a timeline of constants and straight lines, `None` for anything else."""
    if not isinstance(value, Track):
        return None
    found = Fraction(0)
    for start, stop, curve in zip(value.starts, [*value.starts[1:], total], value.curves, strict=True):
        count = min(stop, total) - start
        if count <= 0:
            continue
        match curve:
            case Constant(value=number):
                found += count * Fraction(number)
            case Ramp(shape="linear", power=1.0, warp=1.0, phase=phase) if phase.wrap == "hold" and phase.every == 1:
                found += _line(curve, count)
            case _:
                return None
    return found


def _line(curve: Ramp, count: int) -> Fraction:
    phase = curve.phase
    moving = min(count, phase.reach(phase.span))
    positions = phase.rate * Fraction(moving * (moving - 1), 2) + moving * phase.offset
    start, end = Fraction(curve.start), Fraction(curve.end)
    return moving * start + (end - start) * positions / phase.span + (count - moving) * end


def by_tokens(clock: Clock, steps: npt.NDArray[np.int64], values: npt.NDArray[np.float64], total: int) -> float | None:
    """Give the average over what a batch ramp counts; `None` where there is none, or not every value is known."""
    ramp = clock.ramp("tokens") or clock.ramp("samples")
    if ramp is None or len(steps) != total:
        return None
    weights = np.array(ramp.counts, np.float64)[np.searchsorted(ramp.starts, steps, side="right") - 1]
    try:
        with np.errstate(over="ignore"):
            found = _sum(values * weights) / float(ramp.consumed(total))
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
