"""The vertical axis of a panel: from where to where, and whether by powers of ten. Knows numbers only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from unisched.drawing.chart import Floats, Panel
from unisched.errors import BindingError, Problem

__all__ = ["Scale", "ticks"]

_MARGIN: Final = 0.04
_DECADES: Final = 12
"""So many powers of ten below the greatest are shown; what falls deeper leaves by the bottom."""
_FLAT: Final = 1e-12
"""A change of less than this part of a value is not blown up to the height of a panel."""
_LEAST: Final = 1e-300
_GREATEST: Final = 1e304
"""What lies nearer to 0 is drawn there; above this, round numbers and edges leave the range of floats."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, `is_log` where it shows powers of ten."""

    low: float
    high: float
    is_log: bool = False

    @classmethod
    def of(cls, panel: Panel, *, log: bool = False) -> Scale:
        """Give the axis of a panel; by powers of ten only where there is something above 0 to show.

        Raises `BindingError` for values that no axis holds.
        """
        values = np.concatenate([line.values for line in panel.lines])
        above = values[values > _LEAST]
        low, high = float(values.min()), float(values.max())
        if max(abs(low), abs(high)) > _GREATEST:
            raise BindingError(Problem("plot.range", panel.title, f"the values from {low!r} to {high!r} fit on no axis",
                                       f"Draw the steps at which they are below {_GREATEST:g}."))  # fmt: skip
        if log and above.size and low >= 0:
            return cls._of_powers(above)
        low, high = (min(low, -panel.reach), max(high, panel.reach)) if panel.reach else (low, high)
        if max(abs(low), abs(high)) < _LEAST:
            return cls(-0.05, 1.0)
        margin = (high / 2 - low / 2) * 2 * _MARGIN
        if high / 2 - low / 2 <= max(abs(low), abs(high)) * _FLAT:
            margin = abs(high) * 0.2 or 1.0
            return cls(*((0.0, high + margin) if high > 0 else (low - margin, 0.0) if high < 0 else (-0.05, 1.0)))
        rests_on_zero = 0 <= low < high / 2
        hangs_from_zero = 0 >= high > low / 2
        return cls(0.0 if rests_on_zero else low - margin, 0.0 if hangs_from_zero else high + margin)

    @classmethod
    def _of_powers(cls, above: Floats) -> Scale:
        high = float(above.max())
        low = max(float(above.min()), high * 10.0**-_DECADES)
        factor = (high / low) ** _MARGIN if low < high else 2.0
        return cls(low / factor, high * factor, True)

    def share(self, values: Floats) -> Floats:
        """Give how high values lie, 0 at the bottom and 1 at the top; 0 for what has no logarithm."""
        if not self.is_log:
            return (values / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        low, high = math.log10(self.low), math.log10(self.high)
        with np.errstate(all="ignore"):
            return np.nan_to_num((np.log10(values) - low) / (high - low), nan=0.0, neginf=0.0)

    def ticks(self, count: int) -> list[float]:
        """Give about so many round values within the axis."""
        if not self.is_log:
            return ticks(self.low, self.high, count)
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        if last - first < 1:
            return ticks(self.low, self.high, count)
        every = max(-(-(last - first + 1) // max(count, 1)), 1)
        return [10.0**power for power in range(last, first - 1, -every)][::-1]


def ticks(low: float, high: float, count: int) -> list[float]:
    """Give the multiples of 1, 2 or 5 times a power of ten from `low` to `high`: at most `count`, two at least.

    >>> ticks(0, 100, 5), ticks(0.1, 0.35, 4)
    ([0.0, 50.0, 100.0], [0.1, 0.2, 0.3])
    """
    width = high / 2 - low / 2
    if not width > 0:
        return [low]
    power = math.floor(math.log10(width)) - 3
    for size in _sizes(power):
        first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
        if last - first + 1 <= max(count, 2):
            return [_times(number, size) for number in range(first, last + 1)] or [low]
    return [low]


def _sizes(power: int) -> Iterable[float]:
    return (float(f"{digit}e{exponent}") for exponent in range(power, power + 8) for digit in (1, 2, 5))


def _times(number: int, size: float) -> float:
    """Give the multiple without the last bit's error: 3 * 0.1 is 0.3."""
    return float(f"{number * size:.12g}")
