"""The number that a user wrote, of which tinygrad holds the nearest float32. Knows no tensors."""

from __future__ import annotations

from typing import Final

from unisched.plugin import float32

__all__ = ["shortest"]

_ENOUGH_DIGITS: Final = 9
"""That many significant digits tell any two float32 apart."""


def shortest(value: float) -> float:
    """Give the decimal of the fewest digits whose nearest float32 is that of `value`.

    >>> shortest(0.0010000000474974513)
    0.001
    """
    single = float32(value)
    decimals = (float(f"{single:.{digits}g}") for digits in range(1, _ENOUGH_DIGITS))
    return next((decimal for decimal in decimals if float32(decimal) == single), single)
