"""The intermediate representation: a closed set of frozen nodes over exact integer phases.

A program's body is a small tree of pointwise operators (`Combine`) over flat timelines (`Track`) whose
rows are closed-form curves. Sequences, shifts, stairs and repeats are not nodes: `normalise` turns them
into rows. Meaning: each curve is the float64 nearest to its exact value, each `Combine` one IEEE operation
an operand, in the order written. No value is computed here, and nothing here knows the spec.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never

from unisched.errors import Problem, SpecError

__all__ = [
    "MOST_ROWS",
    "Assignment",
    "Base",
    "Body",
    "Combine",
    "Constant",
    "Curve",
    "Exponential",
    "Fold",
    "Operator",
    "Phase",
    "Power",
    "Ramp",
    "Shape",
    "Target",
    "Track",
    "Value",
    "Wrap",
    "bind",
    "bind_track",
    "constant",
    "needs_base",
    "rows",
    "tracks",
]

Wrap: TypeAlias = Literal["hold", "restart", "bounce", "free"]
Shape: TypeAlias = Literal["linear", "cosine"]
Operator: TypeAlias = Literal["product", "sum", "minimum", "maximum"]

MOST_ROWS: Final = 10_000
_LARGEST_SPAN: Final = 2**53
_LARGEST_POSITION: Final = 2**62


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise SpecError(Problem("ir.invariant", "", rule, "Build nodes with unisched.compile."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Where a curve stands at local step t: an exact rational p / span, of integers only.

    `every` and `lead` hold the step on a stair, `rate` and `offset` scale it, `wrap` says what happens past
    the end: stay there, start over, turn back, or go on.
    """

    span: int
    rate: int = 1
    offset: int = 0
    every: int = 1
    lead: int = 0
    wrap: Wrap = "hold"

    def __post_init__(self) -> None:
        _require(1 <= self.span <= _LARGEST_SPAN, f"span {self.span} is not within 1 and 2^53")
        _require(1 <= self.rate <= _LARGEST_POSITION, f"rate {self.rate} is not within 1 and 2^62")
        _require(0 <= self.offset <= _LARGEST_POSITION, f"offset {self.offset} is not within 0 and 2^62")
        _require(self.every >= 1 and 0 <= self.lead < self.every, f"lead {self.lead} is not below every {self.every}")
        _require(self.every <= _LARGEST_POSITION, f"every {self.every} is above 2^62")
        _require(self.every > 1 or math.gcd(self.rate, self.offset, self.span) == 1, "phase is not in lowest terms")
        if self.wrap in ("restart", "bounce"):
            _require(self.offset < self.cycle, f"offset {self.offset} is not below the cycle of {self.cycle}")

    @classmethod
    def of(
        cls, *, span: int, rate: int = 1, offset: int = 0, every: int = 1, lead: int = 0, wrap: Wrap = "hold"
    ) -> Phase:
        """Give the phase in its one canonical form: reduced offset, lowest terms."""
        if wrap == "restart":
            offset %= span
        elif wrap == "bounce":
            offset %= 2 * span
        elif wrap == "hold":
            offset = min(offset, span)
        common = math.gcd(rate, offset, span) if every == 1 else 1
        return cls(span=span // common, rate=rate // common, offset=offset // common, every=every, lead=lead, wrap=wrap)

    @property
    def cycle(self) -> int:
        """The length after which a restart or bounce comes back to where it was, in units of 1 / span."""
        return 2 * self.span if self.wrap == "bounce" else self.span

    def position(self, step: int) -> int:
        """Give p, the numerator of the position p / span, at local step `step` >= 0."""
        local = step + self.lead
        q = self.rate * (local - local % self.every) + self.offset
        match self.wrap:
            case "hold":
                return min(q, self.span)
            case "restart":
                return q % self.span
            case "bounce":
                turned = q % (2 * self.span)
                return min(turned, 2 * self.span - turned)
            case "free":
                return q
            case _:
                assert_never(self.wrap)

    def shifted(self, by: int) -> Phase:
        """Give the phase that reads at step 0 what this one reads at step `by` >= 0."""
        stairs, lead = divmod(self.lead + by, self.every)
        return Phase.of(span=self.span, rate=self.rate, offset=self.offset + self.rate * stairs * self.every,
                        every=self.every, lead=lead, wrap=self.wrap)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """The same value at every step."""

    value: float

    def __post_init__(self) -> None:
        _require_value(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The value that the optimizer gave the param group; a number takes its place before evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """From `start` to `end`: start·y + end·x with weights from the phase by warp, shape and power.

    With u = p / span: u ← u^warp; linear y = 1 - u, cosine y = (1 + cos πu) / 2; then y ← y^power, x = 1 - y,
    or, mirrored, x ← x^power, y = 1 - x.
    """

    start: float
    end: float
    phase: Phase
    shape: Shape = "linear"
    power: float = 1.0
    mirror: bool = False
    warp: float = 1.0

    def __post_init__(self) -> None:
        _require_value(self.start)
        _require_value(self.end)
        _require(math.isfinite(self.power) and self.power > 0, f"power {self.power} is not above 0")
        _require(math.isfinite(self.warp) and self.warp > 0, f"warp {self.warp} is not above 0")
        _require(self.start != self.end, "a ramp that goes nowhere is a constant")
        _require(self.phase.wrap != "free", "a ramp has an end")
        _require(not self.mirror or self.power != 1.0, "a mirror without a power changes nothing")
        _require(self.warp == 1.0 or self.phase.wrap == "hold", "a warped ramp neither restarts nor bounces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Geometric: value · (to / of)^u, u = p / span, with u ← u^warp where it has an end."""

    value: float
    to: float
    of: float
    phase: Phase
    warp: float = 1.0

    def __post_init__(self) -> None:
        _require_value(self.value)
        _require(0 < self.to < math.inf and 0 < self.of < math.inf, f"ratio {self.to} / {self.of} is not above 0")
        _require(self.to != self.of, "an exponential that goes nowhere is a constant")
        _require(self.phase.wrap in ("hold", "free"), "an exponential neither restarts nor bounces")
        _require(math.isfinite(self.warp) and self.warp > 0, f"warp {self.warp} is not above 0")
        _require(self.warp == 1.0 or self.phase.wrap == "hold", "a warped exponential has an end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Inverse power: value · ((span + p) / span)^-exponent; inverse square root and inverse time."""

    value: float
    exponent: float
    phase: Phase

    def __post_init__(self) -> None:
        _require_value(self.value)
        _require(math.isfinite(self.exponent) and self.exponent > 0, f"exponent {self.exponent} is not above 0")
        _require(self.phase.wrap in ("hold", "free"), "a power decay neither restarts nor bounces")


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


Curve: TypeAlias = Constant | Base | Ramp | Exponential | Power | Fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One timeline: curve i holds from starts[i] to the next start, on a clock of its own that begins there."""

    starts: tuple[int, ...]
    curves: tuple[Curve, ...]

    def __post_init__(self) -> None:
        _require(len(self.starts) == len(self.curves) > 0, "a track has as many starts as curves, at least one")
        _require(self.starts[0] == 0, "a track starts at 0")
        _require(all(a < b for a, b in zip(self.starts, self.starts[1:], strict=False)), "starts increase")
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
    """A target reads the value with this index, times `scale`: a group costs one multiply."""

    target: Target
    value: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        _require_value(self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """All values of a program and who reads them; equal bodies give equal bits."""

    values: tuple[Value, ...]
    assignments: tuple[Assignment, ...]
    horizon: int | None = None
    after: Literal["continue", "error"] = "continue"

    def __post_init__(self) -> None:
        count = sum(len(track.starts) for value in self.values for track in _all_tracks(value))
        if count > MOST_ROWS:
            raise SpecError(Problem("program.too_large", "", f"the program has {count} rows, more than {MOST_ROWS}",
                                    "Use repeat, or a longer every."))  # fmt: skip
        _require(all(0 <= a.value < len(self.values) for a in self.assignments), "a target reads no value")
        _require(len({a.target for a in self.assignments}) == len(self.assignments), "a target is assigned twice")
        _require(self.horizon is None or 1 <= self.horizon <= _LARGEST_POSITION, "a horizon lies within 1 and 2^62")
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
    match value:
        case Track():
            return bind_track(value, base)
        case Combine(op=op, parts=parts):
            return Combine(op=op, parts=tuple(bind(part, base) for part in parts))
        case _:
            assert_never(value)


def bind_track(track: Track, base: float) -> Track:
    """Give the timeline with `base` in the place of what the optimizer would give."""
    return Track(starts=track.starts, curves=tuple(_bind_curve(curve, base) for curve in track.curves))


def needs_base(value: Value) -> bool:
    """Tell whether the value depends on what the optimizer gave its groups."""
    return any(isinstance(curve, Base) for _, curve in rows(value))


def _bind_curve(curve: Curve, base: float) -> Curve:
    match curve:
        case Base():
            return Constant(value=base + 0.0)
        case Fold(track=track):
            return replace(curve, track=bind_track(track, base))
        case _:
            return curve


def _all_tracks(value: Value) -> Iterator[Track]:
    for track in tracks(value):
        yield track
        for curve in track.curves:
            if isinstance(curve, Fold):
                yield from _all_tracks(curve.track)


def _require_value(number: float) -> None:
    # JSON may bring an int or a text here, whatever the annotations say.
    _require(type(number) is float and math.isfinite(number), f"{number!r} is not a finite float")
    _require(number != 0 or math.copysign(1, number) > 0, "zero has no sign")
