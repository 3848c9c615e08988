"""Curves over a run whose length changes: what was shown is kept by windows, what comes is laid out anew.

A curve that was re-planned is a sequence of windows that end at whole steps, and one curve to the end of the run. It
is taken apart again when the run is re-planned once more, so that a document grows by a part each time. Here curves
become curves; no value is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from unisched.duration import Clock, Duration, Unit
from unisched.spec.combinators import ProductCurve, SequenceCurve, SumCurve, WindowCurve
from unisched.spec.curves import ConstantCurve
from unisched.spec.grammar import AnyCurve
from unisched.spec.references import FollowCurve

__all__ = ["Layout", "Plan", "is_steady", "joined", "lasting", "plan_of"]

_COUNTED: Final = ("steps", "epochs", "samples", "tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The length of a run: its clock, its total in steps, and what that is counted in."""

    clock: Clock
    total: int | None
    unit: Unit

    def span(self, start: int) -> Duration | None:
        """Give the length from `start` to the end of the run, in the unit of the total."""
        if self.total is None:
            return None
        ramp = self.clock.ramp(self.unit)
        if ramp is None:
            return Duration(Fraction(self.total - start), "steps")
        return Duration(Fraction(ramp.consumed(self.total) - ramp.consumed(start)), self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A curve as it was planned over a run: windows that have ended, each with its end, and what comes after.

    `last` begins at step `start`; `live` is what it shows, on a clock that begins at step `origin`. One that `rests`
    stays at the total where it is then.
    """

    layout: Layout
    ended: tuple[tuple[int, AnyCurve], ...]
    start: int
    last: AnyCurve
    live: AnyCurve
    origin: int
    rests: bool = False

    @property
    def bounds(self) -> frozenset[int]:
        """The steps from which on it is another curve that is shown; the first step of all is one."""
        return frozenset({0, *(end for end, _ in self.ended)})

    def until(self, at: int, *, holds: bool) -> list[AnyCurve]:
        """Give the parts that show the run up to step `at`; with `holds` nothing changes past its total."""
        parts: list[AnyCurve] = []
        start = 0
        for end, part in self.ended:
            if start < at:
                parts.append(part if end <= at else _cut(part, at - start))
            start = end
        if start < at:
            parts.append(self._still(at - start, holds=holds))
        return parts

    def steady(self, total: int, *, holds: bool) -> AnyCurve:
        """Give the curve as it was laid out, over a run of another total."""
        if not self.ended and is_steady(self.last):
            return self.last
        if self.start >= total:
            return joined(self.until(total, holds=holds))
        shown = _laid(self.last, self.layout.span(self.start))
        if self.layout.total is not None and self.layout.total < total and self.rests:
            shown = self.last
        elif holds and self.layout.total is not None and self.layout.total < total:
            shown = lasting(shown, self.layout.total - self.start)
        return joined([*(part for _, part in self.ended), shown])

    def goes_on(self, at: int) -> bool:
        """Tell whether the curve is at step `at`, and to the end, what no total changes."""
        return (self.start <= at and is_steady(self.last)) or (at == 0 and not self.ended)

    def anew(self, layout: Layout, at: int) -> AnyCurve:
        """Give what comes from step `at` on where the run has another length."""
        if at == self.origin == 0:
            return self.live
        return WindowCurve(curve=self.live, length=layout.span(self.origin), offset=_steps(at - self.origin))

    def _still(self, steps: int, *, holds: bool) -> AnyCurve:
        shown = _laid(lasting(self.last, None) if self.rests else self.last, self.layout.span(self.start))
        left = None if self.layout.total is None else self.layout.total - self.start
        if not (holds or self.rests) or left is None or steps <= left:
            return lasting(shown, steps)
        return SequenceCurve(parts=(lasting(shown, left),), duration=_steps(steps))


def plan_of(curve: AnyCurve, layout: Layout, *, flat: bool = True, live: bool = True) -> Plan:
    """Give the plan of a curve. Without `flat` it is one piece; without `live` it goes on as a whole."""
    ended, last = _taken_apart(curve) if flat else ((), curve)
    start = ended[-1][0] if ended else 0
    whole = Plan(layout=layout, ended=ended, start=start, last=last, live=curve, origin=0)
    if not live:
        return whole
    window = _window_of(last) if ended else None  # one that stands alone was written so
    rests = window is not None and _is_stretched_to(last, layout.total, start)
    if window is not None and (last.duration is None or rests):
        origin = start - int(window.offset.amount)
        if origin >= 0 and window.length == layout.span(origin):
            return Plan(layout=layout, ended=ended, start=start, last=last, live=window.curve, origin=origin,
                        rests=rests)  # fmt: skip
    return Plan(layout=layout, ended=ended, start=start, last=last, live=last, origin=start)


def joined(parts: Sequence[AnyCurve]) -> AnyCurve:
    """Give the curves one after another."""
    return parts[0] if len(parts) == 1 else SequenceCurve(parts=tuple(parts))


def is_steady(curve: AnyCurve) -> bool:
    """Tell whether no total changes a curve of itself: one number, or what another schedule gives."""
    return isinstance(curve, ConstantCurve | FollowCurve) and curve.duration is None


def _is_stretched_to(last: AnyCurve, total: int | None, start: int) -> bool:
    """Tell whether a curve was stretched to join at `start`, and has the rest of the run as its duration."""
    is_stretched = isinstance(last, ProductCurve | SumCurve)
    return is_stretched and total is not None and last.duration == _steps(total - start)


def _taken_apart(curve: AnyCurve) -> tuple[tuple[tuple[int, AnyCurve], ...], AnyCurve]:
    if not isinstance(curve, SequenceCurve) or curve.boundaries is not None or curve.duration is not None:
        return (), curve
    *before, last = curve.parts
    ended: list[tuple[int, AnyCurve]] = []
    for part in before:
        duration = part.duration
        if duration is None or duration.unit != "steps" or duration.amount.denominator != 1 or not _is_laid(part):
            return (), curve
        ended.append(((ended[-1][0] if ended else 0) + int(duration.amount), part))
    return (tuple(ended), last) if ended else ((), curve)


def _is_laid(curve: AnyCurve) -> bool:
    """Tell whether a total cannot change a curve: it is one number, or laid out over a length of its own."""
    match curve:
        case ConstantCurve() | FollowCurve():
            return True
        case SequenceCurve(parts=parts, boundaries=None):
            return all(map(_is_laid, parts))
        case _:
            return _window_of(curve) is not None


def _window_of(curve: AnyCurve) -> WindowCurve | None:
    match curve:
        case WindowCurve(length=length, offset=offset):
            is_counted = length is None or length.unit in _COUNTED
            return curve if is_counted and offset.unit == "steps" and offset.amount.denominator == 1 else None
        case ProductCurve(curves=(ConstantCurve(), inner)) | SumCurve(curves=(inner, ConstantCurve())):
            return _window_of(inner)
        case _:
            return None


def _laid(curve: AnyCurve, length: Duration | None) -> AnyCurve:
    """Give a curve that is laid out over a length of its own."""
    return curve if curve.duration is None and _is_laid(curve) else WindowCurve(curve=curve, length=length)


def lasting(curve: AnyCurve, steps: int | None) -> AnyCurve:
    """Give the curve with a duration of so many steps, or with none."""
    return type(curve)(**{**curve.__dict__, "duration": None if steps is None else _steps(steps)})


def _cut(part: AnyCurve, steps: int) -> AnyCurve:
    """Give a part that ends earlier; a sequence is shown through a window, for its own parts need their room."""
    return WindowCurve(curve=part, duration=_steps(steps)) if isinstance(part, SequenceCurve) else lasting(part, steps)


def _steps(count: int) -> Duration:
    return Duration(Fraction(count), "steps")
