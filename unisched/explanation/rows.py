"""The rows of a timeline as a reader meets them: a curve that comes to rest is followed by the constant that it holds.

Knows nodes; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unisched.exact import curve_at
from unisched.ir import Base, Constant, Curve, Signal, Track
from unisched.key_values import rests

__all__ = ["Row", "rows_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """A curve from one step up to another, `None` for no end; its own clock begins at `origin`."""

    start: int
    stop: int | None
    curve: Curve
    origin: int


def rows_of(track: Track, stop: int | None = None) -> list[Row]:
    """Give the rows of a timeline up to `stop`.

    >>> from unisched.ir import Phase, Ramp
    >>> line = Track(starts=(0,), curves=(Ramp(start=1.0, end=0.0, phase=Phase(span=4)),))
    >>> [(row.start, row.stop) for row in rows_of(line)]
    [(0, 4), (4, None)]
    """
    ends = [*track.starts[1:], stop]
    return [row for start, end, curve in zip(track.starts, ends, track.curves, strict=True)
            for row in _split(curve, start, end)]  # fmt: skip


def _split(curve: Curve, start: int, stop: int | None) -> Iterator[Row]:
    local = None if isinstance(curve, Constant | Base | Signal) else rests(curve)
    if local is None or (stop is not None and start + local >= stop):
        yield Row(start, stop, curve, start)
        return
    if local:
        yield Row(start, start + local, curve, start)
    yield Row(start + local, stop, Constant(value=curve_at(curve, local)), start + local)
