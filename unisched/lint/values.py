"""What there is to ask about the numbers that a value takes: zeros, what float32 cannot hold, noise, rises.

Works on one value and its samples; which document it comes from is not known here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from unisched import ir
from unisched.ir import Combine, Constant, External, Formula, Noise, Ramp, Signal, Track, Value
from unisched.lint.extents import Extent, extent, extent_of_curve
from unisched.lint.note import Note
from unisched.lint.tails import open_ended
from unisched.sampling import reads, turn
from unisched.single import SMALLEST_FLOAT32

__all__ = ["of_value"]

_LIKELY: Final = 0.01
"""Chances below this of a negative value in the whole run are not worth a word."""
_MOST_DRAWS: Final = 2**14
_MOST_NOISE: Final = 0.5
"""A deviation from which on noise is as large as what it varies, however few numbers are drawn."""


def of_value(value: Value, path: str, total: int | None, seen: dict[int, float]) -> Iterator[Note]:
    """Give the remarks about one value, of which `seen` are the samples."""
    if path.endswith("learning_rate"):
        yield from _zero_start(value, path, seen)
        yield from _zero_end(value, path, total, seen)
    dying = [] if total is None else list(_dies_out(value, path, total))
    small = min((step for step, v in seen.items() if 0 < abs(v) < SMALLEST_FLOAT32), default=None)
    if small is not None and not dying:
        yield Note("value.subnormal", path, f"at step {small} the value {seen[small]!r} is below 2^-126, "
                   "which is 0 in float32")  # fmt: skip
    if path.endswith("learning_rate") and not ir.needs_base(value):
        yield from _rises(value, path, seen)
    bare = next((start for start, curve in ir.rows(value) if isinstance(curve, Signal)), None)
    if isinstance(value, Track) and bare is not None:
        yield Note("feedback.bare", path, f"what a metric moves is a factor, and stands alone from step {bare}: the "
                   "value there is 1; put it in a product with what it lowers")  # fmt: skip
    yield from dying
    yield from _noise(value, path, total)


def _zero_start(value: Value, path: str, seen: dict[int, float]) -> Iterator[Note]:
    if seen.get(0) != 0 or not any(seen.values()) or _is_off(value, 0):
        return
    first = _first_beyond_zero(value, seen)
    if first == 1:
        yield Note("value.zero_start", path, "the value at step 0 is 0, so the first update changes nothing: "
                   "usual and harmless; give the warm-up a start above 0 if it should count")  # fmt: skip
    else:
        yield Note("value.zero_start", path, f"the value is 0 up to step {first}, so the first {first} updates change "
                   "nothing; begin the warm-up above 0")  # fmt: skip


def _is_off(value: Value, step: int) -> bool:
    """Tell whether a 0 is written down for `step`, and no ramp comes by it: a group that is frozen on purpose."""
    if isinstance(value, Combine):
        enough = any if value.op in ("product", "minimum") else all
        return enough(_is_off(part, step) for part in value.parts)
    curve = value.row(step)[0]
    return isinstance(curve, Constant) and curve.value == 0


def _first_beyond_zero(value: Value, seen: dict[int, float]) -> int:
    """Give the first step with a value other than 0, by halving: values leave 0 once, or come back to it later."""
    function = reads(value)
    if function(1):
        return 1
    low, high = 1, min(step for step, number in seen.items() if number)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if function(middle) else (middle, high)
    return high


def _zero_end(value: Value, path: str, total: int | None, seen: dict[int, float]) -> Iterator[Note]:
    if total is None or total < 2 or seen.get(total - 1) != 0 or not any(seen.values()):
        return
    if open_ended(value, total - 1) or (path.startswith("groups") and _is_off(value, total - 1)):
        return  # it dies out, or is frozen on purpose
    zero = total
    for step in sorted((step for step in seen if step < total), reverse=True):
        if seen[step] != 0:
            break
        zero = step
    if extent(ir.bind(value, 1.0), zero, total) != Extent(0.0, 0.0):
        return
    left = total - zero
    which = "last update changes" if left == 1 else f"last {left} updates change"
    yield Note("value.zero_end", path, f"the value is 0 from step {zero} on, and the total is {total}, so the {which} "
               "nothing; let the decay end at the total, or above 0")  # fmt: skip


def _dies_out(value: Value, path: str, total: int) -> Iterator[Note]:
    """Look for the step from which an open-ended decay is 0 in float32, by halving: such a decay only falls."""
    high = total - 1
    low = max((high - track.row(high)[1] for track in ir.tracks(value)), default=high)
    function = reads(value)
    if low >= high or not open_ended(value, high) or not abs(function(high)) < SMALLEST_FLOAT32 <= abs(function(low)):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if abs(function(middle)) < SMALLEST_FLOAT32 else (middle, high)
    yield Note("value.dies_out", path, f"from step {high} on, before the total of {total}, the value is below 2^-126, "
               "which is 0 in float32; give it a floor with clip")  # fmt: skip


def _rises(value: Value, path: str, seen: dict[int, float]) -> Iterator[Note]:
    """Tell the first curved ramp along which the value rises, where it falls neither before nor after."""
    function, steps = reads(value), sorted(seen)
    highest = list(accumulate((seen[step] for step in steps), max))
    lowest = list(accumulate((seen[step] for step in reversed(steps)), min))[::-1]
    for start, curve in ((s, c) for track in ir.tracks(value) for s, c in zip(track.starts, track.curves, strict=True)):
        if not isinstance(curve, Ramp) or (curve.shape, curve.power) == ("linear", 1.0) or curve.end <= curve.start:
            continue
        end = start + turn(curve)
        foot, top = function(start), function(end)
        before, after = bisect_left(steps, start), bisect_right(steps, end)
        has_fallen = before > 0 and highest[before - 1] > foot
        falls = after < len(steps) and lowest[after] < top
        # A fall to an absolute floor is a falling ramp plus a small rising one: the whole has to rise.
        if top > foot and not has_fallen and not falls:
            ends = (curve.start, curve.end) if isinstance(value, Track) else (foot, top)
            yield Note("curve.rises", path, f"this {curve.shape} curve rises, from {ends[0]!r} to {ends[1]!r}")
            return


def _noise(value: Value, path: str, total: int | None) -> Iterator[Note]:
    drawn = [(start, curve) for start, curve in ir.rows(value) if isinstance(curve, Noise)]
    if not drawn or any(isinstance(curve, Formula | External) for _, curve in ir.rows(value)):
        return
    if extent(ir.bind(value, 1.0), 0, total).low >= 0:
        return
    for start, noise in drawn:
        if extent_of_curve(noise, 0, None).low >= 0:
            continue
        chance = math.erfc(1 / noise.std / math.sqrt(2)) / 2
        if _falls_below(value, start, noise, chance, total, _MOST_DRAWS // len(drawn)):
            yield Note("noise.negative", path, f"noise of {noise.std!r} around 1 falls below 0 once in "
                       f"{1 / chance:.3g} draws, and the value with it; give it a limit below 1")  # fmt: skip
            return


def _falls_below(value: Value, start: int, noise: Noise, chance: float, total: int | None, most: int) -> bool:
    """Tell whether the value is below 0 in the run: by looking at every draw, where there are few, else by chance."""
    each = max(noise.phase.span // noise.phase.rate, 1)
    draws = 1 if total is None else max((total - start) // each, 1)
    if total is None or draws > most:
        return noise.std >= _MOST_NOISE or draws * chance > _LIKELY
    function = reads(value)
    return any(function(step) < 0 for step in range(start, total, each))
