"""How a new layout meets a run that is elsewhere: as a whole, or until it first turns.

What is stretched stays between what the layouts give, the old one at the step of the change and the new one from
there on: no join makes a rate higher than anybody wrote it, or turns a rise into a fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import Final, NamedTuple

from unisched.errors import SpecError
from unisched.ir import Target
from unisched.replanning.joining import fitted, scaled
from unisched.replanning.layouts import Layout, Plan, lasting
from unisched.replanning.levels import Levels
from unisched.spec.curves import ConstantCurve
from unisched.spec.grammar import AnyCurve
from unisched.spec.number import fault
from unisched.targets import place

__all__ = ["met"]

_ROOM: Final = 2.0**-40
"""How far beyond others a value may lie, as a part of the largest, that is no further: rounding."""


class _Point(NamedTuple):
    step: int
    value: float


def met(plan: Plan, layout: Layout, at: int, target: Target, was: Levels, now: Levels) -> list[AnyCurve]:
    """Give what comes from step `at` on, in one part or two, where the run was planned as `was` and is laid out anew.

    Raises `SpecError` where no stretch joins them, or only one that leads beyond what both layouts give.
    """
    path = place(target)
    if now.is_absolute(target, at):
        raise fault("replan.absolute", "is absolute there, in part at least, so no factor of its base stretches it",
                    'Give a tail, or join="jump".', path)  # fmt: skip
    current, begins, end = was.at(target, at), now.at(target, at), layout.total or 0
    comes = plan.anew(layout, at)
    laid = _Laid(now, target, at, end)
    if now.is_moved(target, at):
        whole = scaled(comes, current, begins, path)
        beyond = _beyond(current, begins, 0.0, laid, path)
        if beyond is not None:
            raise beyond
        return [whole]
    ends = now.at(target, end)
    whole = fitted(comes, current, begins, ends, path)
    beyond = _beyond(current, begins, ends, laid, path)
    if beyond is None:
        return [lasting(whole, end - at)]  # past the total a factor may lead anywhere
    turn = laid.turn
    if turn is None or not _leads_to(turn, current, laid):
        raise beyond
    level = ConstantCurve(value=current)
    first = level if current == turn.value else fitted(comes, current, begins, turn.value, path)
    return [lasting(first, turn.step - at), plan.anew(layout, turn.step)]


class _Laid:
    """The points of a new layout that are looked at, from the step of the change to the end of the run."""

    def __init__(self, now: Levels, target: Target, first: int, last: int) -> None:
        self._points = partial(now.between, target, first, last)

    @cached_property
    def points(self) -> Sequence[_Point]:
        """The steps and values, in order."""
        return [_Point(step, value) for step, value in self._points()]

    @cached_property
    def turn(self) -> _Point | None:
        """Where it has risen, or fallen, as far as it does before it turns; nothing where it never turns."""
        room = _ROOM * max(abs(point.value) for point in self.points)
        furthest, direction = self.points[0], 0
        for point in self.points:
            change = point.value - furthest.value
            if abs(change) <= room:
                continue
            if change * direction < 0:
                return furthest
            furthest, direction = point, 1 if change > 0 else -1
        return None


def _leads_to(turn: _Point, current: float, laid: _Laid) -> bool:
    """Tell whether what comes until the turn may be stretched to begin at the current value."""
    factor = _factor(current, laid.points[0].value, turn.value)
    until = [point.value for point in laid.points if point.step <= turn.step]
    return factor >= 0 and _excess(factor, turn.value, current, until, laid) <= 0


def _beyond(current: float, begins: float, fixed: float, laid: _Laid, path: str) -> SpecError | None:
    """Give what is wrong with a stretch of the whole, away from a value that stays fixed; nothing where it is none."""
    factor = _factor(current, begins, fixed)
    if 0 < factor <= 1:  # each value comes nearer to one that the layout has
        return None
    values = [point.value for point in laid.points]
    if factor > 0 and _excess(factor, fixed, current, values, laid) <= 0:
        return None
    return fault("replan.flat", f"laid out anew it is {begins!r} now, and the run is at {current!r}: "
                 f"{_what_it_does(factor, fixed, current, values)}",
                 'Give a tail, or join="jump"; or write a warm-up in % in steps.', path)  # fmt: skip


def _what_it_does(factor: float, fixed: float, current: float, values: Sequence[float]) -> str:
    if factor < 0:
        return f"the factor {factor:.6g}, which joins them, turns the rest over"
    low, high = min(current, *values), max(current, *values)
    worst = max((_led(factor, fixed, value) for value in values), key=lambda led: max(led - high, low - led))
    return f"the factor {factor:.6g}, which joins them, leads to {worst:.6g}; both stay within {low:.6g} and {high:.6g}"


def _excess(factor: float, fixed: float, current: float, values: Sequence[float], laid: _Laid) -> float:
    """Give how far a stretch leads out of what both layouts give; 0 or less where it does not."""
    given = [current, *(point.value for point in laid.points)]
    low, high = min(given), max(given)
    led = [_led(factor, fixed, value) for value in values]
    return max(max(led) - high, low - min(led)) - _ROOM * max(abs(low), abs(high))


def _factor(current: float, begins: float, fixed: float) -> float:
    return float((Fraction(current) - Fraction(fixed)) / (Fraction(begins) - Fraction(fixed)))


def _led(factor: float, fixed: float, value: float) -> float:
    return fixed + factor * (value - fixed)
