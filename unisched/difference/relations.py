"""Where one curve is the other one some steps later or earlier, or times a number: the classical errors of a port.

Takes functions of an array of steps, not programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np

from unisched.difference.nearness import Steps, Values, close
from unisched.difference.readings import spread_over

__all__ = ["Related", "Relation"]

_Read: TypeAlias = Callable[[Steps], Values]

_LATER: Final = (0, 1, -1, 2, -2, 3, -3, 4, -4)
_LOOKED_AT: Final = 2**15
_FIRST: Final = 2**6
_LEAST: Final = 4
"""Fewer steps than these say nothing."""
_NEAR: Final = 6
"""So many steps on either side of a turn are always looked at."""
_RELATED: Final = 8
"""In so many ranges at most a relation is looked for, and in so many phases of each."""
_ALIKE: Final = 2.0**-40
"""A factor is computed from two values, and both are rounded."""
_WORDS: Final = {1: "one step", 2: "two steps", 3: "three steps", 4: "four steps"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """New is old so many steps `later`, below 0 earlier, and times `factor`, from `start` up to `stop`.

    >>> print(Relation(later=1), Relation(factor=0.1, start=0, stop=100), sep=", ")
    new is old one step later, in [0, 100) new is old times 0.1
    """

    later: int = 0
    factor: float = 1.0
    start: int = 0
    stop: int | None = None

    def __str__(self) -> str:
        where = "" if self.stop is None else f"in [{self.start}, {self.stop}) "
        moved = f"{_WORDS[abs(self.later)]} {'later' if self.later > 0 else 'earlier'}" if self.later else ""
        scaled = f"times {self.factor!r}" if self.factor != 1.0 else ""
        return f"{where}new is old {', '.join(part for part in (moved, scaled) if part)}"


@dataclass(frozen=True, slots=True)
class Related:
    """Two curves as functions of an array of steps, and the `turns` at which either changes its course.

    No step of the old one from `end` on is read.
    """

    was: _Read
    now: _Read
    turns: Sequence[int] = ()
    end: int | None = None

    def relations(self, start: int, stop: int, ranges: Sequence[tuple[int, int]]) -> Iterator[Relation]:
        """Give what makes new of old from `start` to `stop`, or else in parts of the ranges that differ.

        >>> late = Related(lambda k: 1.0 / (k + 1), lambda k: 1.0 / (k + 2))
        >>> print(*late.relations(0, 100, []))
        new is old one step earlier
        """
        whole = self.relation(start, stop)
        if whole is not None:
            yield whole
            return
        yield from _merged(self._parts(ranges))

    def relation(self, start: int, stop: int) -> Relation | None:
        """Give what makes new of old in a range of steps, if a few steps, a factor, or both, do."""
        steps = self._steps(start, stop)
        if len(steps) < _LEAST:
            return None
        for is_scaled in (False, True):
            for later in _LATER:
                kept = steps[(steps >= later) & (self.end is None or steps - later < (self.end or 0))]
                factor = _factor(self.was, self.now, kept, later, is_scaled=is_scaled)
                if factor is not None:
                    return Relation(later=later, factor=factor, start=start)
        return None

    def _steps(self, start: int, stop: int) -> Steps:
        spread = spread_over(start, stop, _LOOKED_AT)
        if len(spread) == stop - start:
            return spread
        near = [turn + by for turn in self.turns for by in range(-_NEAR, _NEAR + 1) if start <= turn + by < stop]
        return np.array(sorted({*spread.tolist(), *near}), dtype=np.int64)

    def _parts(self, ranges: Sequence[tuple[int, int]]) -> Iterator[Relation]:
        """Look at each range, and where nothing is found at each of its phases.

        A factor counts where it is the same in more than half of all: any two lines from 0 are alike but for one.
        """
        found = [part for start, stop in ranges[:_RELATED] for part in self._within(start, stop)]
        scaled = [part for part in found if part.factor != 1.0]
        covered = sum((part.stop or part.start) - part.start for part in scaled)
        is_one = len({part.factor for part in scaled}) == 1 and 2 * covered > sum(
            stop - start for start, stop in ranges
        )
        yield from (part for part in found if part.factor == 1.0 or is_one)

    def _within(self, start: int, stop: int) -> Iterator[Relation]:
        whole = self.relation(start, stop)
        if whole is not None:
            yield replace(whole, stop=stop)
            return
        for begin, until in _phases(start, stop, self.turns)[:_RELATED]:
            part = self.relation(begin, until)
            if part is not None:
                yield replace(part, stop=until)


def _factor(was: _Read, now: _Read, steps: Steps, later: int, *, is_scaled: bool) -> float | None:
    """Give the factor by which old, so many steps later, is new; 1 unless it may be another one."""
    if len(steps) < _LEAST or (later == 0 and not is_scaled):
        return None
    first = steps[:: max(len(steps) // _FIRST, 1)]
    factor = _ratio(was(steps - later), now(steps)) if is_scaled else 1.0
    if factor is None or not _same(was(first - later) * factor, now(first)):
        return None
    old, new = was(steps - later), now(steps)
    is_new = later == 0 or not _same(was(steps) * factor, new)
    return factor if is_new and _same(old * factor, new) else None


def _ratio(old: Values, new: Values) -> float | None:
    """Give new by old where old is largest, as few digits as do, or `None` where that is no factor."""
    top = int(np.abs(old).argmax())
    if not old[top] or not new[top] or not np.isfinite(old[top]) or not np.isfinite(new[top]):
        return None
    found = float(new[top] / old[top])
    short = float(f"{found:.12g}")
    factor = short if abs(short - found) <= _ALIKE * abs(found) else found
    return None if abs(factor - 1.0) <= _ALIKE else factor


def _same(old: Values, new: Values) -> bool:
    return bool(close(old, new, float(np.abs(new).max()), _ALIKE).all())


def _phases(start: int, stop: int, turns: Iterable[int]) -> list[tuple[int, int]]:
    """Give the parts of a range between turns; of turns that lie close, the last counts."""
    kept = [start]
    for turn in (turn for turn in turns if start < turn < stop):
        if turn - kept[-1] < _LEAST and len(kept) > 1:
            kept[-1] = turn
        else:
            kept.append(turn)
    return list(pairwise([*kept, stop])) if len(kept) > 1 else []


def _merged(relations: Iterable[Relation]) -> Iterator[Relation]:
    """Give neighbours that are the same relation as one."""
    kept: Relation | None = None
    for found in relations:
        if kept is not None and kept.stop == found.start and replace(kept, start=found.start, stop=found.stop) == found:
            kept = replace(kept, stop=found.stop)
            continue
        if kept is not None:
            yield kept
        kept = found
    if kept is not None:
        yield kept
