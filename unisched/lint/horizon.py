"""What there is to ask about the end of the run: what it cuts, what it never comes to, and what goes on past it.

Works on one value and the total.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from unisched import ir
from unisched.ir import Constant, Curve, Fold, Ramp, Track, Value
from unisched.lint.boundaries import is_cut, local
from unisched.lint.extents import Extent, extent_of_curve
from unisched.lint.note import Note
from unisched.lint.tails import moves_after

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
        for note in _of_track(track, path, total):
            if note.code not in told:
                told.add(note.code)
                yield note


def cut_by_the_end(value: Value, path: str, total: int | None) -> Iterator[Note]:
    """Tell the first ramp of the value that is still on its way when the run ends."""
    if total is None:
        return
    for track in ir.tracks(value):
        curve, step = track.row(total - 1)
        found = list(_cut(curve, path, total - 1 - step, total))
        if found:
            yield found[0]
            return


def _of_track(track: Track, path: str, total: int) -> Iterator[Note]:
    curve, step = track.row(total - 1)
    start = total - 1 - step
    if path.endswith("learning_rate"):
        yield from _cycle(track, curve, path, start, total)
    yield from _unreached(track, path, total)


def _cut(curve: Curve, path: str, start: int, total: int) -> Iterator[Note]:
    if not isinstance(curve, Ramp) or not is_cut(curve, total - start):
        return
    reached = local(curve)(total - start)
    is_warmup = path.endswith("learning_rate") and start == 0 and curve.end > curve.start
    if is_warmup:
        yield Note("warmup.cut", path, f"the value rises towards {curve.end!r}, and the total of {total} ends the run "
                   f"at {reached!r}; shorten the warm-up, or raise total")  # fmt: skip
    else:
        yield Note("decay.cut", path, f"the {curve.shape} curve from {curve.start!r} to {curve.end!r} is still at "
                   f"{reached!r} at the total of {total}; shorten it, or raise total")  # fmt: skip


def _cycle(track: Track, curve: Curve, path: str, start: int, total: int) -> Iterator[Note]:
    length = _cycle_of(curve)
    if length is None or length < _SHORTEST:
        return
    low, high = _height(curve)
    last = local(curve)(total - 1 - start)
    if not high > low >= 0:
        return
    if last - low > _HIGH * (high - low):
        yield Note("cycle.cut", path, f"the run ends inside a cycle of {_plain(length)} steps, at {last!r}, and a "
                   f"cycle falls to {low!r}; let the run end where a cycle is low")  # fmt: skip
        return
    follows, step = track.row(total)
    if follows is curve and _goes_up(curve, step, length, last, high - low):
        yield Note("total.rebound", path, f"past the total of {total} the next cycle begins, and the value rises again"
                   '; write "after": "hold" to freeze it there')  # fmt: skip


def _goes_up(curve: Curve, step: int, length: Fraction, last: float, height: float) -> bool:
    """Tell whether the value comes to the upper half of its height within the cycle after the total."""
    function = local(curve)
    eighths = (step + int(length * part / 8) for part in range(9))
    return any(function(at) - last > height / 2 for at in eighths)


def _cycle_of(curve: Curve) -> Fraction | None:
    """Give the length of a cycle, in steps, of a curve that starts over or turns back, and falls at its end."""
    if not isinstance(curve, Ramp | Fold) or curve.phase.wrap not in ("restart", "bounce") or curve.phase.every > 1:
        return None
    last = curve.track.curves[-1] if isinstance(curve, Fold) else curve
    if curve.phase.wrap == "restart" and not (isinstance(last, Ramp) and last.end < last.start):
        return None  # a cycle that does not end low has no low end to come to
    return Fraction(curve.phase.cycle, curve.phase.rate)


def _height(curve: Curve) -> Extent:
    return extent_of_curve(curve, 0, None)


def _unreached(track: Track, path: str, total: int) -> Iterator[Note]:
    """Tell the first constant that would follow another one past the total: a milestone that the run does not see."""
    for index, start in enumerate(track.starts):
        after, before = track.curves[index], track.curves[index - 1]
        if start > total and index and isinstance(before, Constant) and isinstance(after, Constant):
            yield Note("part.unreached", path, f"the value would change to {after.value!r} at step {start}, past the "
                       f"total of {total}, and no update uses it; move it, or raise total")  # fmt: skip
            return


def _plain(length: Fraction) -> str:
    return str(length) if length.denominator == 1 else f"{float(length):.6g}"
