"""Values that come from the one before: each operation at 300 bits, each value rounded once to float64."""

from __future__ import annotations

from collections.abc import Callable

from recipe_values.textbook import Real, nearest, real

__all__ = ["iterated"]


def iterated(start: float, step: Callable[[Real, int], Real], count: int) -> list[Real]:
    """Give `start` and the `count` values after it; `step` is given the value before and the number of its own."""
    values = [real(start)]
    for number in range(1, count + 1):
        values.append(real(nearest(step(values[-1], number))))
    return values
