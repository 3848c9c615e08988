"""A float64 as the float32 that a device holds, for backends that evaluate on the host. Knows no device."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["SMALLEST_FLOAT32", "float32"]

SMALLEST_FLOAT32: Final = 2.0**-126
"""Magnitudes below this are flushed to 0 by some devices, and held by others."""


def float32(value: float) -> float:
    """Give `value` rounded once to float32, as a Python float; magnitudes below 2^-126 as 0, as devices flush them.

    >>> float32(0.1), float32(1e-40)
    (0.10000000149011612, 0.0)
    """
    return 0.0 if abs(value) < SMALLEST_FLOAT32 else float(np.float32(value))
