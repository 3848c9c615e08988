"""Which steps of a program are looked at: around what may go wrong first, and some at random.

Boundaries, ends of cycles and edges of stairs are found in the program's own integers; no value is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import numpy as np

from unisched.ir import Fold, Phase, Track, Value, tracks

__all__ = ["LAST", "Steps", "chosen", "joints"]

Steps = np.ndarray[Any, np.dtype[np.int64]]

LAST: Final = 2**31 - 1
NEAR: Final = range(-2, 3)
CYCLES: Final = 4
FAR: Final = (2**24 - 1, 2**24, 2**24 + 1)
MOST_JOINTS: Final = 200


def chosen(value: Value, total: int | None, count: int, random: Random) -> Steps:
    """So many different steps from 0 to 2^31 - 1, in order; fewer where the program has fewer."""
    end = min(total or 10**6, LAST)
    places = sorted({place for place in joints(value, random) if place <= LAST})
    random.shuffle(places)
    tail = [end - random.randint(2, 100) for _ in range(count // 8)]
    scattered = [random.randint(0, end) for _ in range(count // 8)]
    around = [place + by for place in places[: MOST_JOINTS // 5] for by in NEAR]
    wanted = [0, 1, end - 1, end, end + 1, FAR[random.randrange(3)], LAST, *tail, *scattered, *around]
    kept = [*dict.fromkeys(step for step in wanted if 0 <= step <= LAST)][:count]
    more = set(kept)
    while len(more) < min(count, end):
        more.add(random.randint(0, end))
    return np.array(sorted(more), np.int64)


def joints(value: Value, random: Random) -> Iterator[int]:
    """The first step of every row, and of some cycles and stairs of each, folded ones too."""
    for track in tracks(value):
        yield from _of_track(track, random)


def _of_track(track: Track, random: Random) -> Iterator[int]:
    rows = [*zip(track.starts, track.curves, strict=True)]
    if len(rows) > MOST_JOINTS:
        rows = [rows[0], *random.sample(rows[1:], MOST_JOINTS), rows[-1]]
        rows.sort(key=lambda row: row[0])
    stops = [*(start for start, _ in rows[1:]), LAST + 1]
    for (start, curve), stop in zip(rows, stops, strict=True):
        yield start
        phase = getattr(curve, "phase", None)
        if isinstance(phase, Phase):
            inside = _of_fold(curve, random) if isinstance(curve, Fold) else _of_phase(phase, stop - start, random)
            yield from (start + step for step in inside if step < stop - start)


def _of_phase(phase: Phase, room: int, random: Random) -> Iterator[int]:
    yield from (_reaching(phase, cycle * phase.span) for cycle in _cycles(phase, room, random))
    if phase.every > 1:
        most = max(min(room, LAST) // phase.every, 1)
        yield from (random.randint(1, most) * phase.every - phase.lead for _ in range(CYCLES))


def _of_fold(fold: Fold, random: Random) -> Iterator[int]:
    phase, inner = fold.phase, sorted(set(_of_track(fold.track, random)))
    unit = phase.span if phase.wrap == "free" else 1
    lap = 0 if phase.wrap == "free" else phase.span
    for cycle in _cycles(phase, LAST, random) if lap else (0,):
        yield from (
            _reaching(phase, cycle * lap + place * unit) for place in inner[:MOST_JOINTS] if not lap or place < lap
        )


def _cycles(phase: Phase, room: int, random: Random) -> list[int]:
    if phase.wrap == "hold":
        return [1]
    most = max((min(room, LAST) * phase.rate + phase.offset) // phase.span, 1)
    return [1, *(random.randint(1, most) for _ in range(CYCLES - 1))]


def _reaching(phase: Phase, position: int) -> int:
    """The first local step at which the phase stands at `position` or beyond."""
    wanted = max(-(-(position - phase.offset) // phase.rate), 0)
    return max(-(-wanted // phase.every) * phase.every - phase.lead, 0)
