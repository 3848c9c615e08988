"""fvcore's `where`: how much of the run is behind at a step, as fvcore rounds it and as the exact number it stands for.

Boundaries go where fvcore's own float64 expression puts them, smooth curves run on the exact number. No schedule is
known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

__all__ = ["SLACK", "Progress", "over", "written"]

SLACK: Final = 1e-6
"""What fvcore adds before it compares: boundaries come early by so much of the run."""

_FAR: Final = 3
_SIMPLE: Final = 10**6


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a schedule is, on a clock that begins with it: `start` at step 0, 1 more after `span` steps.

    `at` is the same as fvcore computes it. The schedule is shown for `length` steps; `None` is open-ended.
    """

    at: Callable[[int], float]
    start: Fraction
    span: Fraction
    length: int | None

    def exactly(self, step: int) -> Fraction:
        """Give the exact number that `at` stands for."""
        return self.start + step / self.span

    def end(self) -> int:
        """Give the first step at which nothing is left to go."""
        return max(0, math.ceil((1 - self.start) * self.span))

    def beyond(self) -> tuple[int, int] | None:
        """Give the steps from the end on, where some of them are shown."""
        return None if self.length is None or self.length <= self.end() else (self.end(), self.length)

    def first(self, reached: Callable[[float], bool]) -> int | None:
        """Give the first step shown at which fvcore's progress has reached something, which it does not leave again."""
        low, high = -1, math.ceil((_FAR - self.start) * self.span)
        if self.length is not None:
            high = min(high, self.length - 1)
        if high < 0 or not reached(self.at(high)):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reached(self.at(middle)) else (middle, high)
        return high

    def stairs(self, reached: list[Callable[[float], bool]]) -> Iterator[tuple[int, int]]:
        """Give the steps at which one after another is reached, with its number; of those reached at once, the last."""
        found: dict[int, int] = {}
        for index, one in enumerate(reached):
            step = self.first(one)
            if step is not None:
                found[step] = index
        yield from found.items()

    def later(self, step: int, stop: int | None) -> Progress:
        """Give the progress on a clock that begins at `step`, shown up to `stop`."""
        at, length = self.at, None if stop is None else stop - step
        return Progress(lambda local: at(local + step), self.exactly(step), self.span, length)

    def part(self, begin: float, length: float, exact_begin: Fraction, exact_length: Fraction) -> Progress:
        """Give the progress through a part of the whole, as fvcore rounds it and exactly."""
        at = self.at
        return Progress(lambda local: (at(local) - begin) / length, (self.start - exact_begin) / exact_length,
                        self.span * exact_length, self.length)  # fmt: skip


def over(steps: int, length: int | None) -> Progress:
    """Give the progress of a run: step / steps."""
    return Progress(lambda step: step / steps, Fraction(0), Fraction(steps), length)


def written(number: float) -> Fraction:
    """Give the simplest fraction that a float64 may stand for: a third for 0.3333333333333333.

    >>> written(0.3)
    Fraction(3, 10)
    """
    simple = Fraction(number).limit_denominator(_SIMPLE)
    return simple if float(simple) == number else Fraction(number)
