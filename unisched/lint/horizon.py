"""What there is to ask about the end of the run: what it cuts, what it never comes to, and what goes on past it.

Works on one value and the total.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Final

from unisched import ir
from unisched.ir import Constant, Curve, Fold, Ramp, Track, Value
from unisched.lint.boundaries import LEFT, MOST_CUTS, is_cut, local
from unisched.lint.extents import Extent, extent_of_curve
from unisched.lint.note import Note
from unisched.lint.tails import moves_after
from unisched.lint.whole import ended, exchanged, range_of, shows, until
from unisched.sampling import reads

__all__ = ["at_the_end", "cut_by_the_end"]

_HIGH: Final = 0.25
"""A cycle is cut where the last value stands above its lowest by more than this part of its height."""
_SHORTEST: Final = 8
"""Cycles of fewer steps have no low end to speak of."""


def at_the_end(value: Value, path: str, total: int) -> Iterator[Note]:
    """Give the remarks about the end of one value."""
    if total > 0 and moves_after(value, total):
        yield Note("total.goes_on", path, f"the value still changes past the total of {total}; "
                   'write "after": "hold" to freeze it there')  # fmt: skip
    told: set[str] = set()
    for track in ir.tracks(value):
        for note in _of_track(value, track, path, total):
            if note.code not in told:
                told.add(note.code)
                yield note


def cut_by_the_end(value: Value, path: str, total: int | None) -> Iterator[Note]:
    """Tell the first ramp of the value that is still on its way when the run ends."""
    if total is None:
        return
    going_on = until(value, total)
    tracks = (track for track in ir.tracks(going_on) if _is_cut_at(track, total))
    for track in islice(tracks, MOST_CUTS):
        if shows(going_on, track, len(track.starts) - 1, total - 1, LEFT):
            yield _cut(going_on, track, path, total)
            return


def _of_track(value: Value, track: Track, path: str, total: int) -> Iterator[Note]:
    if path.endswith("learning_rate"):
        yield from _cycle(value, track, path, total)
    yield from _unreached(value, track, path, total)


def _is_cut_at(track: Track, total: int) -> bool:
    """Tell whether the last row of a timeline is a ramp that does not come to its end by the total."""
    curve = track.curves[-1]
    return isinstance(curve, Ramp) and is_cut(curve, total - track.starts[-1])


def _cut(value: Value, track: Track, path: str, total: int) -> Note:
    start, curve, index = track.starts[-1], track.curves[-1], len(track.starts) - 1
    assert isinstance(curve, Ramp)
    wanted, reached = (reads(one)(total) for one in (ended(value, track, index), value))
    if path.endswith("learning_rate") and start == 0 and curve.end > curve.start and wanted > reached:
        return Note("warmup.cut", path, f"the value rises towards {wanted!r}, and the total of {total} ends the run "
                    f"at {reached!r}; shorten the warm-up, or raise total")  # fmt: skip
    return Note("decay.cut", path, f"the {curve.shape} curve from {curve.start!r} to {curve.end!r} is still at "
                f"{local(curve)(total - start)!r} at the total of {total}; shorten it, or raise total")  # fmt: skip


def _cycle(value: Value, track: Track, path: str, total: int) -> Iterator[Note]:
    """Tell where the value, of which a timeline cycles, stands in its cycle when the run ends."""
    curve, step = track.row(total - 1)
    length = _cycle_of(curve)
    if length is None or length < _SHORTEST:
        return
    low, high = _height(value, curve, total - 1 - step, step, length, total)
    last = reads(value)(total - 1)
    if not high > low >= 0:
        return
    if last - low > _HIGH * (high - low):
        yield Note("cycle.cut", path, f"the run ends inside a cycle of {_plain(length)} steps, at {last!r}, and a "
                   f"cycle falls to {low!r}; let the run end where a cycle is low")  # fmt: skip
        return
    if track.row(total)[0] is curve and _goes_up(value, total, length, last, high - low):
        yield Note("total.rebound", path, f"past the total of {total} the next cycle begins, and the value rises again"
                   '; write "after": "hold" to freeze it there')  # fmt: skip


def _goes_up(value: Value, total: int, length: Fraction, last: float, height: float) -> bool:
    """Tell whether the value comes to the upper half of its height within the cycle after the total."""
    function = reads(value)
    eighths = (total + int(length * part / 8) for part in range(9))
    return any(function(at) - last > height / 2 for at in eighths)


def _cycle_of(curve: Curve) -> Fraction | None:
    """Give the length of a cycle, in steps, of a curve that starts over or turns back, and falls at its end."""
    if not isinstance(curve, Ramp | Fold) or curve.phase.wrap not in ("restart", "bounce") or curve.phase.every > 1:
        return None
    last = curve.track.curves[-1] if isinstance(curve, Fold) else curve
    if curve.phase.wrap == "restart" and not (isinstance(last, Ramp) and last.end < last.start):
        return None  # a cycle that does not end low has no low end to come to
    return Fraction(curve.phase.cycle, curve.phase.rate)


def _height(value: Value, curve: Curve, start: int, step: int, length: Fraction, total: int) -> Extent:
    """Give how low and how high the value is in the cycle of one of its curves that the run ends in.

    A value that is one timeline has the bounds of its curve; of others the steps of the cycle are looked at.
    """
    if isinstance(value, Track):
        return extent_of_curve(curve, 0, None)
    offset = _offset_of(curve)
    cycle = (step + offset) // length
    first, end = (start - offset + cycle * length, start - offset + (cycle + 1) * length)
    return range_of(reads(until(value, total)), max(math.ceil(first), start), max(math.ceil(end) - 1, total - 1))


def _offset_of(curve: Curve) -> Fraction:
    """Give how far into its first cycle a curve begins, in steps."""
    return Fraction(curve.phase.offset, curve.phase.rate) if isinstance(curve, Ramp | Fold) else Fraction(0)


def _unreached(value: Value, track: Track, path: str, total: int) -> Iterator[Note]:
    """Tell the first constant that would follow another one past the total: a milestone that the run does not see."""
    for index, start in enumerate(track.starts):
        after, before = track.curves[index], track.curves[index - 1]
        if start > total and index and isinstance(before, Constant) and isinstance(after, Constant):
            earlier = Track(starts=track.starts[:index], curves=track.curves[:index])
            wanted = reads(value)(start)
            if wanted != reads(exchanged(value, track, earlier))(start):
                yield Note("part.unreached", path, f"the value would change to {wanted!r} at step {start}, past the "
                           f"total of {total}, and no update uses it; move it, or raise total")  # fmt: skip
            return


def _plain(length: Fraction) -> str:
    return str(length) if length.denominator == 1 else f"{float(length):.6g}"
