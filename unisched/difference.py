"""What differs between two schedules: the fields of their documents, and each target's values, where and by how much.

Values are compared at every step up to the end of both, where that is some million steps at most, and at steps spread
over a longer run, both sides of every boundary among them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from unisched import ir, lint, scalar
from unisched.arrays import arrays
from unisched.changes import Change, changes
from unisched.ir import Assignment, Target
from unisched.past import structure
from unisched.program import Program
from unisched.verbs import Source, program_of

__all__ = ["Difference", "DifferenceRow", "diff"]

Steps: TypeAlias = npt.NDArray[np.int64]
Values: TypeAlias = npt.NDArray[np.float64]

_MOST_STEPS: Final = 2**20
_MOST_CHECKED: Final = 2**14
_NEAR: Final = 16 * 2.0**-52
"""Up to this relative difference the array evaluators may disagree with themselves, and the scalar one decides."""

_BEYOND: Final = (1, 2, 10, 100, 1000, 10**6, 10**9)
_LISTED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One target that differs: in which ranges of steps, an open end being `None`, and by how much at most.

    `largest` is the largest absolute difference, at step `largest_at`, `relative` the largest one relative to the old
    value, at step `relative_at`. `remark` says what numbers cannot: a metric decides, or one document has no such
    target.
    """

    target: Target
    ranges: tuple[tuple[int, int | None], ...] = ()
    largest: float = 0.0
    largest_at: int = 0
    relative: float = 0.0
    relative_at: int = 0
    remark: str = ""

    @property
    def first(self) -> int | None:
        """The first step that differs, where one is known."""
        return self.ranges[0][0] if self.ranges else None

    def __str__(self) -> str:
        name, group = self.target
        title = name if group is None else f"{name}, group {group!r}"
        shown = [f"[{start}, {'...' if stop is None else stop})" for start, stop in self.ranges[:_LISTED]]
        more = f" and {len(self.ranges) - _LISTED} more" if len(self.ranges) > _LISTED else ""
        where = f"differs in {', '.join(shown)}{more}" if shown else ""
        if self.remark:
            return f"{title}: " + "; ".join(part for part in (self.remark, where) if part)
        by = f"by up to {self.largest:.6g} at step {self.largest_at}"
        part = f"{100 * self.relative:.3g}% of the old value" if math.isfinite(self.relative) else "from 0"
        return f"{title}: {where}, {by}, {part} at step {self.relative_at}"


@dataclass(frozen=True, slots=True)
class Difference:
    """The fields that changed, and one row for each target that differs; false where nothing does."""

    fields: tuple[Change, ...]
    rows: tuple[DifferenceRow, ...]

    def __bool__(self) -> bool:
        return bool(self.fields or self.rows)

    def __str__(self) -> str:
        """Give the report."""
        values = [str(row) for row in self.rows] or ["all values are equal"]
        return "\n".join([*map(str, self.fields), *values])


def diff(old: Source | Program, new: Source | Program, **clock: Any) -> Difference:
    """Give what changed from one document or program to another: their fields by path, and their values.

    `clock` is what `compile` takes, for both. A factor of the optimizer's value is compared for a value of 1 where
    none is given, what depends on a metric by what it is made of.

    >>> line = {"kind": "linear", "start": 1, "end": 0, "duration": 4}
    >>> print(diff(line, {**line, "end": 0.5}))
    schedules.learning_rate.end was 0.0, is 0.5
    learning_rate: differs in [1, ...), by up to 0.5 at step 4, from 0 at step 4
    >>> bool(diff(line, line))
    False
    """
    before, after = program_of(old, **clock), program_of(new, **clock)
    return Difference(tuple(_fields(before, after)), tuple(_rows(before, after)))


def _fields(old: Program, new: Program) -> Iterator[Change]:
    found = list(changes(_data(old), _data(new)))
    yield from found
    named = {change.path for change in found}
    for change in changes(old.clock.to_data(), new.clock.to_data()):
        if change.path not in named and change.path.partition(".")[0] not in named:
            yield replace(change, path=f"clock.{change.path}")


def _data(program: Program) -> dict[str, Any]:
    if not program.spec.functions:
        data: dict[str, Any] = json.loads(program.spec.to_json())
        return data
    return {name: str(getattr(program.spec, name)) for name in type(program.spec).model_fields}


def _rows(old: Program, new: Program) -> Iterator[DifferenceRow]:
    before = {assignment.target: assignment for assignment in old.body.assignments}
    after = {assignment.target: assignment for assignment in new.body.assignments}
    for target in dict.fromkeys([*before, *after]):
        if target not in after:
            yield DifferenceRow(target=target, remark="is no longer scheduled")
        elif target not in before:
            yield DifferenceRow(target=target, remark="was not scheduled")
        else:
            yield from _compared(old, before[target], new, after[target])


def _compared(old: Program, was: Assignment, new: Program, now: Assignment) -> Iterator[DifferenceRow]:
    target = was.target
    if was.born != now.born:
        words = ("the start of the run", "the birth of its group")
        yield DifferenceRow(target=target, remark=f"counted from {words[was.born]}, counts from {words[now.born]}")
        return
    alike = _alike(old, was, new, now)
    if alike is None:
        return
    if old.needs_metric(target) or new.needs_metric(target):
        yield DifferenceRow(target=target, ranges=((alike, None),), remark="a metric decides, and it is made otherwise")
        return
    steps = _steps(old, was, new, now, alike)
    yield from _measured(target, steps, _Reader(old, was), _Reader(new, now))


def _alike(old: Program, was: Assignment, new: Program, now: Assignment) -> int | None:
    """Give a step before which both are made of the same; `None` where they are throughout."""
    before, after = old.body.values[was.value], new.body.values[now.value]
    same_scale = was.scale == now.scale
    if same_scale and structure(before, old.controllers) == structure(after, new.controllers):
        return None
    low, high = 0, max(_last(old, was), _last(new, now)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        is_same = same_scale and structure(before, old.controllers, middle) == structure(after, new.controllers, middle)
        low, high = (middle, high) if is_same else (low, middle)
    return low


def _last(program: Program, assignment: Assignment) -> int:
    return max(lint.sides(program.body.values[assignment.value], program.total))


def _steps(old: Program, was: Assignment, new: Program, now: Assignment, start: int) -> Steps:
    stop = max(_last(old, was), _last(new, now)) + 2
    if stop - start <= _MOST_STEPS:
        return np.arange(start, stop, dtype=np.int64)
    sides = [lint.sides(program.body.values[a.value], program.total) for program, a in ((old, was), (new, now))]
    near = [step + by for found in sides for step in found for by in (-1, 0, 1)]
    spread = np.linspace(start, stop - 1, _MOST_STEPS).astype(np.int64)
    return np.unique(np.r_[spread, np.array([s for s in near if start <= s < stop], dtype=np.int64)])


class _Reader:
    """The values of one target, past the end of its document too, over a base of 1 where none is known."""

    def __init__(self, program: Program, assignment: Assignment) -> None:
        value = ir.bind(program.body.values[assignment.value], 1.0)
        self._scale, self._arrays, self._one = assignment.scale, arrays(value), scalar.function(value)

    def all(self, steps: Steps) -> Values:
        with np.errstate(all="ignore"):
            return self._arrays(steps) * self._scale

    def one(self, step: int) -> float:
        return self._one(step) * self._scale


def _measured(target: Target, steps: Steps, was: _Reader, now: _Reader) -> Iterator[DifferenceRow]:
    before, after = was.all(steps), now.all(steps)
    off = before != after
    with np.errstate(all="ignore"):
        by = np.abs(after - before)
        near = np.flatnonzero(off & (by <= _NEAR * np.abs(before)))[:_MOST_CHECKED]
    for index in near:
        off[index] = was.one(int(steps[index])) != now.one(int(steps[index]))
    goes_on = _goes_on(int(steps[-1]), was, now)
    if not off.any() and not goes_on:
        return
    by = np.where(off, by, 0.0)
    with np.errstate(all="ignore"):
        relative = np.where(off, by / np.abs(before), 0.0)
    yield DifferenceRow(
        target=target, ranges=tuple(_ranges(steps, off, goes_on=goes_on)),
        largest=float(by.max()), largest_at=int(steps[by.argmax()]),
        relative=float(relative.max()), relative_at=int(steps[relative.argmax()]),
    )  # fmt: skip


def _goes_on(last: int, was: _Reader, now: _Reader) -> bool:
    """Tell whether values differ past the last step at which anything changes its course."""
    return any(was.one(last + step) != now.one(last + step) for step in _BEYOND)


def _ranges(steps: Steps, off: npt.NDArray[np.bool_], *, goes_on: bool) -> Iterator[tuple[int, int | None]]:
    edges = np.flatnonzero(np.diff(np.r_[False, off, False].astype(np.int8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        is_last = end == len(steps)
        yield int(steps[begin]), None if is_last and goes_on else int(steps[end - 1] + 1 if is_last else steps[end])
    if goes_on and not off[-1]:
        yield int(steps[-1]) + 1, None
