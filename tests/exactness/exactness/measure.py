"""Both evaluators on random points: where the exact one differs from mpmath, and how far the host function is off."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from statistics import median
from typing import Any, NamedTuple

import mpmath  # type: ignore[import-untyped]

from exactness.curves import KINDS, steps
from exactness.oracle import Real, real
from exactness.rounding import is_tie
from unisched import scalar
from unisched.errors import StepError
from unisched.exact import curve_at
from unisched.ir import Curve, Fold, Ramp, Table, Track

__all__ = ["Figures", "host", "measured", "merged"]

STEPS = 8
"""Points a curve."""

Evaluate = Callable[[Curve], Callable[[int], float]]


class Point(NamedTuple):
    """A curve at a step."""

    curve: Curve
    step: int

    def __str__(self) -> str:
        return f"step {self.step} of {self.curve}"


@dataclass
class Figures:
    """What was seen of one kind: `distances` of the host function in ulp, from the real value."""

    points: int = 0
    ties: int = 0
    overflows: int = 0
    correct: int = 0
    differing: list[str] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    worst: str = ""

    @property
    def farthest(self) -> float:
        """The largest distance of the host function."""
        return max(self.distances, default=0.0)

    def report(self) -> dict[str, Any]:
        """Give the figures as JSON holds them."""
        return {
            "points": self.points,
            "exact_differing": len(self.differing),
            "ties": self.ties,
            "overflows": self.overflows,
            "worst_ulp": round(self.farthest, 3),
            "median_ulp": round(median(self.distances or [0.0]), 3),
            "correctly_rounded": round(self.correct / max(len(self.distances), 1), 4),
            "worst": self.worst,
        }


def exactly(curve: Curve) -> Callable[[int], float]:
    """Give the exact evaluator of a curve."""
    return lambda step: curve_at(curve, step)


def host(curve: Curve) -> Callable[[int], float]:
    """Give the host function of a curve."""
    return scalar.function(Track(starts=(0,), curves=(curve,)))


def measured(
    seed: int, points: int, kinds: Iterable[str] = KINDS, exact: Evaluate = exactly, fast: Evaluate = host
) -> dict[str, Figures]:
    """Give the figures by kind of about as many points each: the same points for the same seed."""
    found = {}
    for kind in kinds:
        figures = found[kind] = Figures()
        for curve, at in _drawn(Random(f"{kind}/{seed}"), kind, points):
            evaluate, quick = exact(curve), fast(curve)
            for step in at:
                _compare(figures, Point(curve, step), real(curve, step), evaluate, quick)
    return found


def merged(parts: Iterable[dict[str, Figures]]) -> dict[str, Figures]:
    """Give the figures of several runs together."""
    total: dict[str, Figures] = {kind: Figures() for kind in KINDS}
    for part in parts:
        for kind, figures in part.items():
            whole = total[kind]
            if figures.farthest >= whole.farthest:
                whole.worst = figures.worst
            whole.points += figures.points
            whole.ties += figures.ties
            whole.overflows += figures.overflows
            whole.correct += figures.correct
            whole.differing += figures.differing
            whole.distances += figures.distances
    return total


def _drawn(random: Random, kind: str, points: int) -> Iterator[tuple[Curve, list[int]]]:
    for _ in range(-(-points // STEPS)):
        curve = KINDS[kind].draw(random)
        yield curve, list(steps(random, curve, STEPS))


def _compare(
    figures: Figures, point: Point, due: Real, exact: Callable[[int], float], fast: Callable[[int], float]
) -> None:
    figures.points += 1
    figures.ties += isinstance(due.value, Fraction) and is_tie(due.value)
    got, quick = _asked(exact, point.step), _asked(fast, point.step)
    if not _same(got, due.nearest):
        figures.differing.append(f"{point}: {got!r}, due {due.nearest!r}")
    if math.isinf(due.nearest):
        figures.overflows += 1
        return
    distance = _distance(quick, due, _scale(*point))
    if distance > figures.farthest:
        figures.worst = str(point)
    figures.correct += _same(quick, due.nearest)
    figures.distances.append(distance)


def _asked(evaluate: Callable[[int], float], step: int) -> float:
    """Give the value, or an infinity where the evaluator says that it is above the float range."""
    try:
        return evaluate(step)
    except StepError:
        return math.inf


def _same(left: float, right: float) -> bool:
    if math.isinf(left) and math.isinf(right):
        return True
    return left == right and math.copysign(1.0, left) == math.copysign(1.0, right)


def _scale(curve: Curve, step: int) -> float:
    """Give what errors are relative to where a curve changes its sign: docs/numbers.md says so."""
    match curve:
        case Fold(track=track):
            return _scale(*track.row(curve.step(step)))
        case Ramp(start=start, end=end):
            return max(abs(start), abs(end)) if start * end < 0 else 0.0
        case Table(values=values, linear=True):
            return max(map(abs, values)) if min(values) < 0 < max(values) else 0.0
        case _:
            return 0.0


def _distance(got: float, due: Real, scale: float) -> float:
    unit = math.ulp(max(abs(due.nearest), scale))
    if isinstance(due.value, Fraction):
        return float(abs(Fraction(got) - due.value) / Fraction(unit))
    with mpmath.workprec(200):
        return float(abs(mpmath.mpf(got) - due.value) / mpmath.mpf(unit))
