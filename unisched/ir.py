"""The intermediate representation: a closed set of frozen nodes over exact integer phases.

A program's body is a small tree of pointwise operators (`Combine`) over flat timelines (`Track`) whose
rows are curves. Sequences, shifts, stairs and repeats are not nodes: `normalise` turns them
into rows. Meaning: each curve is the float64 nearest to its exact value, each `Combine` one IEEE operation
an operand, in the order written; a `Formula` is float64 arithmetic as written. What depends on a metric is
kept apart, in the controllers of a body. No value is computed here, and nothing here knows the spec.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never

from unisched.controllers import Controller, Greedy, Plateau
from unisched.curves import (
    MOST_VALUES,
    Base,
    Constant,
    Exponential,
    External,
    Formula,
    Noise,
    Power,
    Ramp,
    Shape,
    Signal,
    Table,
)
from unisched.errors import Problem, SpecError
from unisched.invariant import require as _require
from unisched.invariant import require_value as _require_value
from unisched.phase import LARGEST_POSITION as _LARGEST_POSITION
from unisched.phase import Phase, Wrap

__all__ = [
    "MOST_ROWS",
    "MOST_VALUES",
    "OPERATIONS",
    "Assignment",
    "Base",
    "Body",
    "Combine",
    "Constant",
    "Controller",
    "Curve",
    "Exponential",
    "External",
    "Fold",
    "Formula",
    "Greedy",
    "Noise",
    "Operator",
    "Phase",
    "Plateau",
    "Power",
    "Ramp",
    "Shape",
    "Signal",
    "Table",
    "Target",
    "Track",
    "Value",
    "Wrap",
    "bind",
    "bind_track",
    "constant",
    "exchanged",
    "exchanged_in_curve",
    "externals",
    "needs_base",
    "rows",
    "tracks",
]

Operator: TypeAlias = Literal["product", "sum", "minimum", "maximum"]
OPERATIONS: Final[Mapping[Operator, Callable[[float, float], float]]] = {
    "product": operator.mul, "sum": operator.add, "minimum": min, "maximum": max,
}  # fmt: skip

MOST_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A whole track read at the steps its phase gives: cycles of several rows, stairs of any length.

    Starting over, it is read at p; going on, at the whole part of p / span.
    """

    track: Track
    phase: Phase

    def __post_init__(self) -> None:
        _require(self.phase.wrap in ("free", "restart"), "a fold goes on or starts over")

    def step(self, local: int) -> int:
        """Give the step at which the folded track is read, at local step `local` >= 0."""
        position = self.phase.position(local)
        return position // self.phase.span if self.phase.wrap == "free" else position


Curve: TypeAlias = Constant | Base | Ramp | Exponential | Power | Table | Formula | External | Noise | Signal | Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One timeline: curve i holds from starts[i] to the next start, on a clock of its own that begins there."""

    starts: tuple[int, ...]
    curves: tuple[Curve, ...]

    def __post_init__(self) -> None:
        _require(len(self.starts) == len(self.curves) > 0, "a track has as many starts as curves, at least one")
        _require(self.starts[0] == 0, "a track starts at 0")
        _require(all(map(operator.lt, self.starts, self.starts[1:])), "starts increase")
        _require(self.starts[-1] <= _LARGEST_POSITION, "a row starts above 2^62")

    def row(self, step: int) -> tuple[Curve, int]:
        """Give the curve that holds at `step`, and the step on its own clock."""
        index = bisect_right(self.starts, step) - 1
        return self.curves[index], step - self.starts[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Combine:
    """A pointwise operator, folded from the left in float64, in the order written."""

    op: Operator
    parts: tuple[Value, ...]

    def __post_init__(self) -> None:
        _require(len(self.parts) >= 2, "an operator has at least two operands")
        first = self.parts[0]
        _require(not (isinstance(first, Combine) and first.op == self.op), "the first operand repeats the operator")


Value: TypeAlias = Track | Combine


class Target(NamedTuple):
    """What is scheduled: a hyperparameter, in one param group (a name or a glob) or, with `None`, in all others."""

    hyperparameter: str
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A target reads the value with this index, times `scale`: a group costs one multiply.

    One that is `born` reads it at the steps since its param group appeared, and at step 0 before.
    """

    target: Target
    value: int
    scale: float = 1.0
    born: bool = False

    def __post_init__(self) -> None:
        _require_value(self.scale)
        _require(not self.born or self.target.group is not None, "only a param group is born")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """All values of a program and who reads them; equal bodies give equal bits."""

    values: tuple[Value, ...]
    assignments: tuple[Assignment, ...]
    horizon: int | None = None
    after: Literal["continue", "error"] = "continue"
    controllers: tuple[Controller, ...] = ()

    def __post_init__(self) -> None:
        count = sum(len(track.starts) for value in self.values for track in _all_tracks(value))
        if count > MOST_ROWS:
            raise SpecError(Problem("program.too_large", "", f"the program has {count} rows, more than {MOST_ROWS}",
                                    "Use repeat, or a longer every."))  # fmt: skip
        _require_room(self.values)
        _require(all(0 <= a.value < len(self.values) for a in self.assignments), "a target reads no value")
        _require(len({a.target for a in self.assignments}) == len(self.assignments), "a target is assigned twice")
        _require(self.horizon is None or 1 <= self.horizon <= _LARGEST_POSITION, "a horizon lies within 1 and 2^62")
        signals = [curve.index for value in self.values for _, curve in rows(value) if isinstance(curve, Signal)]
        _require(all(index < len(self.controllers) for index in signals), "a signal comes from no controller")
        _require(self.after == "continue" or self.horizon is not None, "an end needs a horizon")


def constant(number: float) -> Track:
    """Give the timeline that is `number` throughout; -0.0 is 0.0."""
    return Track(starts=(0,), curves=(Constant(value=number + 0.0),))


def tracks(value: Value) -> Iterator[Track]:
    """Give the timelines of a value from left to right."""
    match value:
        case Track():
            yield value
        case Combine(parts=parts):
            for part in parts:
                yield from tracks(part)
        case _:
            assert_never(value)


def rows(value: Value) -> Iterator[tuple[int, Curve]]:
    """Give every row of every timeline of a value, folded ones included."""
    for track in _all_tracks(value):
        yield from zip(track.starts, track.curves, strict=True)


def bind(value: Value, base: float) -> Value:
    """Give the value with `base` in the place of what the optimizer would give."""
    return exchanged(value, partial(_bound_to, base))


def bind_track(track: Track, base: float) -> Track:
    """Give the timeline with `base` in the place of what the optimizer would give."""
    return _exchanged_in(track, partial(_bound_to, base))


def exchanged(value: Value, leaf: Callable[[Curve], Curve]) -> Value:
    """Give the same tree and timelines, with what `leaf` gives in the place of every curve that is no fold."""
    match value:
        case Track():
            return _exchanged_in(value, leaf)
        case Combine(op=op, parts=parts):
            return Combine(op=op, parts=tuple(exchanged(part, leaf) for part in parts))
        case _:
            assert_never(value)


def needs_base(value: Value) -> bool:
    """Tell whether the value depends on what the optimizer gave its groups."""
    return any(isinstance(curve, Base) for _, curve in rows(value))


def externals(value: Value) -> tuple[str, ...]:
    """Give the names of the Python functions in the value, each once."""
    return tuple(dict.fromkeys(curve.name for _, curve in rows(value) if isinstance(curve, External)))


def _bound_to(base: float, curve: Curve) -> Curve:
    return Constant(value=base + 0.0) if isinstance(curve, Base) else curve


def _exchanged_in(track: Track, leaf: Callable[[Curve], Curve]) -> Track:
    return Track(starts=track.starts, curves=tuple(exchanged_in_curve(curve, leaf) for curve in track.curves))


def exchanged_in_curve(curve: Curve, leaf: Callable[[Curve], Curve]) -> Curve:
    """Give what `leaf` gives in the place of a curve, and of every curve that is folded into it."""
    return replace(curve, track=_exchanged_in(curve.track, leaf)) if isinstance(curve, Fold) else leaf(curve)


def _all_tracks(value: Value) -> Iterator[Track]:
    for track in tracks(value):
        yield track
        for curve in track.curves:
            if isinstance(curve, Fold):
                yield from _all_tracks(curve.track)


def _require_room(values: tuple[Value, ...]) -> None:
    tables = {id(curve.values): len(curve.values) for value in values for _, curve in rows(value)
              if isinstance(curve, Table)}  # fmt: skip
    if sum(tables.values()) > MOST_VALUES:
        fault = f"the tables of the program hold {sum(tables.values())} values, more than {MOST_VALUES}"
        raise SpecError(Problem("program.too_large", "", fault, "Shorten them, or give them a longer every."))
