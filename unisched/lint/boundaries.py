"""What there is to ask about where one curve follows another: jumps, and ramps that are cut.

Works on the rows of timelines; curves that jump by design (stairs, cycles, restarts) are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from typing import Final

from unisched import ir, scalar
from unisched.ir import Combine, Constant, Curve, Exponential, Power, Ramp, Track, Value
from unisched.lint.note import Note
from unisched.lint.whole import shows
from unisched.sampling import reads

__all__ = ["LEFT", "MOST_CUTS", "cut_parts", "is_cut", "jumps", "local"]

_JUMP: Final = 0.1
"""A jump is told from so large a part of the largest value of its timeline on; constant warm-ups of libraries count
from 0 or from 1, and end so much too low or too high."""
LEFT: Final = 0.05
"""A ramp is cut where so large a part of its height is left; some libraries end a step early, some a step late."""
MOST_CUTS: Final = 64
"""The most ramps of a value that are looked at for whether the value shows that they are cut."""


def local(curve: Curve) -> scalar.Function:
    """Give a curve as a function of its own clock."""
    return reads(Track(starts=(0,), curves=(curve,)))


def jumps(value: Value, path: str, total: int | None) -> Iterator[Note]:
    """Tell the first step at which a timeline of the value jumps, and the value with it."""
    whole = reads(value)
    for track in ir.tracks(value):
        largest = max((abs(end) for curve in track.curves for end in _ends(curve)), default=0.0)
        rows = pairwise(zip(track.starts, track.curves, strict=True))
        for (start, before), (at, after) in rows:
            if total is not None and at >= total:
                break
            if not (_is_plain(before) and _is_plain(after)):
                continue
            left, right = local(before)(at - start), local(after)(0)
            slopes = 0.0 if _rests(before, at - start) else _slope(before), _slope(after)
            if abs(right - left) <= _JUMP * largest or _is_meant(slopes, left, right, is_first=start == 0):
                continue
            if isinstance(value, Combine):
                if not _stands_out(whole, at):
                    continue  # another timeline makes up for it
                left, right = whole(at - 1), whole(at)
            yield Note("boundary.jump", path, f"at step {at} the value jumps from {left!r} to {right!r}; leave the "
                       "start of a curve out, and it starts where the one before ends")  # fmt: skip
            return


def cut_parts(value: Value, path: str, total: int | None) -> Iterator[Note]:
    """Tell the first ramp of the value that the next row cuts, before the total."""
    for track, index in islice(_cut_rows(value, total), MOST_CUTS):
        start, curve, stop = track.starts[index], track.curves[index], track.starts[index + 1]
        if isinstance(curve, Ramp) and shows(value, track, index, stop - 1, LEFT):
            yield Note("part.cut", path, f"the {curve.shape} curve from {curve.start!r} to {curve.end!r} is cut at "
                       f"step {stop}, where it has come to {local(curve)(stop - start)!r}; give it the length of "
                       "its place")  # fmt: skip
            return


def _cut_rows(value: Value, total: int | None) -> Iterator[tuple[Track, int]]:
    """Give timeline and row of every ramp that the next row cuts, before the total."""
    for track in ir.tracks(value):
        for index, ((start, curve), (stop, after)) in enumerate(pairwise(zip(track.starts, track.curves, strict=True))):
            if total is not None and stop >= total:
                break
            if isinstance(curve, Ramp) and is_cut(curve, stop - start) and not _goes_on(curve, after):
                yield track, index


def is_cut(ramp: Ramp, length: int) -> bool:
    """Tell whether a ramp is still on its way after `length` steps, with more than a twentieth of its height to go."""
    if ramp.phase.wrap != "hold" or ramp.phase.position(length) >= ramp.phase.span:
        return False
    return abs(local(ramp)(length) - ramp.end) > LEFT * abs(ramp.start - ramp.end)


def _stands_out(function: scalar.Function, at: int) -> bool:
    """Tell whether a value changes more into a step than around it, and by more than a part of what it is there."""
    before, left, right, after = (function(step) for step in (max(at - 2, 0), at - 1, at, at + 1))
    change = abs(right - left)
    return change > _JUMP * max(abs(left), abs(right)) and change > 2 * max(abs(left - before), abs(after - right))


def _ends(curve: Curve) -> tuple[float, ...]:
    match curve:
        case Constant(value=number):
            return (number,)
        case Ramp():
            return (curve.start, curve.end)
        case Exponential() | Power():
            return (local(curve)(0),)
        case _:
            return ()


def _is_plain(curve: Curve) -> bool:
    """Tell whether a curve has one value, or goes evenly from one to another."""
    if isinstance(curve, Constant):
        return True
    return isinstance(curve, Ramp | Exponential | Power) and curve.phase.every == 1 and curve.phase.wrap in (
        "hold", "free"
    )  # fmt: skip


def _is_meant(slopes: tuple[float, float], left: float, right: float, *, is_first: bool) -> bool:
    """Tell whether people jump like that on purpose: stairs, restarts, second warm-ups, freezing, constant warm-ups."""
    before, after = slopes
    if before == 0:
        is_warm_up = is_first and right > left
        return after == 0 or left == 0 or is_warm_up or (after > 0 and right < left)
    if after == 0 and right == 0:
        return True
    return before < 0 and (right > left or after > 0)


def _rests(curve: Curve, length: int) -> bool:
    """Tell whether a curve has come to its end some steps before `length`."""
    if not isinstance(curve, Ramp | Exponential) or curve.phase.wrap != "hold" or length < 1:
        return False
    return curve.phase.position(length - 1) >= curve.phase.span


def _goes_on(ramp: Ramp, after: Curve) -> bool:
    """Tell whether the row after a ramp is more of it, at another pace: a batch has grown."""
    return isinstance(after, Ramp) and replace(after, phase=ramp.phase) == ramp and after.phase.offset > 0


def _slope(curve: Curve) -> float:
    """Give whether a curve rises (above 0) or falls (below 0)."""
    match curve:
        case Ramp():
            return curve.end - curve.start
        case Exponential():
            return (curve.to - curve.of) * curve.value
        case Power():
            return -curve.value
        case _:
            return 0.0
