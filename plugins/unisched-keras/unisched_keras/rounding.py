"""A host value as the float32 that every engine holds: rounded once, and zero where devices would flush it."""

from __future__ import annotations

import numpy as np

from unisched.plugin import SMALLEST_FLOAT32

__all__ = ["float32"]


def float32(value: float) -> np.float32:
    """Give the float32 nearest to `value`; magnitudes below 2^-126 are zero, those past float32 infinite."""
    if abs(value) < SMALLEST_FLOAT32:
        return np.float32(0.0)
    with np.errstate(over="ignore"):
        return np.float32(value)
