"""What one timeline does to the value that it is a part of: a sum, a product or a clip may hide it. No remark is made.

A timeline on its own says little: the small term of a sum ends low where the value is high, and a floor hides what is
below it. Rules that look at rows ask here what the whole value makes of them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from unisched import scalar
from unisched.ir import Combine, Constant, Curve, Ramp, Track, Value
from unisched.lint.extents import Extent
from unisched.sampling import reads

__all__ = ["ended", "exchanged", "range_of", "shows", "until"]

_LOOKS: Final = 64
"""How many steps of a range are looked at, evenly, beside its first one."""


def until(value: Value, total: int) -> Value:
    """Give the value as it would go on without the rows that begin at the total or past it."""
    if isinstance(value, Combine):
        return replace(value, parts=tuple(until(part, total) for part in value.parts))
    count = sum(start < total for start in value.starts)
    return Track(starts=value.starts[:count], curves=value.curves[:count])


def exchanged(value: Value, track: Track, other: Track) -> Value:
    """Give the value with another timeline in the place of one of its own."""
    if isinstance(value, Combine):
        return replace(value, parts=tuple(exchanged(part, track, other) for part in value.parts))
    return other if value is track else value


def ended(value: Value, track: Track, index: int) -> Value:
    """Give the value with the ramp in a row of one of its timelines at its end throughout."""
    ramp = track.curves[index]
    curves: list[Curve] = list(track.curves)
    if isinstance(ramp, Ramp):
        curves[index] = Constant(value=ramp.end + 0.0)
    return exchanged(value, track, replace(track, curves=tuple(curves)))


def range_of(function: scalar.Function, first: int, last: int) -> Extent:
    """Give the lowest and the highest value seen from one step to another, both included; NaN where there is none."""
    steps = sorted({first + (last - first) * part // _LOOKS for part in range(_LOOKS + 1)})
    seen = [number for number in map(function, steps) if not math.isnan(number)] or [math.nan]
    return Extent(min(seen), max(seen))


def shows(value: Value, track: Track, index: int, last: int, part: float) -> bool:
    """Tell whether the value at step `last` would differ by more than a part of its height, had a row's ramp ended."""
    if isinstance(value, Track):
        return True
    there, wanted = reads(value), reads(ended(value, track, index))(last)
    low, high = range_of(there, track.starts[index], last)
    return abs(there(last) - wanted) > part * (max(high, wanted) - min(low, wanted))
