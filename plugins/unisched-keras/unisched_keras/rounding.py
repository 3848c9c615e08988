"""A host value as the float32 that every engine holds: rounded once, and zero where devices would flush it."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["float32"]

_SMALLEST: Final = 2.0**-126


def float32(value: float) -> np.float32:
    """Give the float32 nearest to `value`; magnitudes below 2^-126 are zero, those past float32 infinite."""
    if abs(value) < _SMALLEST:
        return np.float32(0.0)
    with np.errstate(over="ignore"):
        return np.float32(value)
