"""How near two lists of values are: equal, the same in float32, apart by rounding, or apart.

Takes numbers, not programs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from unisched.single import SMALLEST_FLOAT32

__all__ = ["Likeness", "Mask", "Nearness", "Steps", "Tolerance", "Values", "close", "nearness"]

Steps: TypeAlias = npt.NDArray[np.int64]
Values: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

Likeness: TypeAlias = Literal["equal", "past the end", "float32", "rounding", "different"]
"""From the nearest to the farthest: every value equal; equal up to the end of both runs; each value rounded to the same
float32; apart by no more than float64 arithmetic in another order; different."""

Tolerance: TypeAlias = float | Literal["equal", "float32", "rounding"]
"""What is taken for the same: a likeness, or a number, the largest difference as a fraction of the largest value."""

_OF_ITSELF: Final = 2.0**-46
"""64 units in the last place: what some dozen operations in another order come to."""
_OF_THE_PEAK: Final = 2.0**-50
"""Where terms cancel, as at the foot of a cosine, what is rounded away is relative to them."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """For each step, whether two values are unequal, unequal in float32 too, and apart by more than rounding."""

    unequal: Mask
    in_float32: Mask
    beyond_rounding: Mask

    @property
    def likeness(self) -> Likeness:
        """How near the lists are as a whole."""
        if not self.unequal.any():
            return "equal"
        if not self.in_float32.any():
            return "float32"
        return "different" if (self.in_float32 & self.beyond_rounding).any() else "rounding"


def nearness(old: Values, new: Values, peak: float) -> Nearness:
    """Give how near two lists are; `peak` is the largest magnitude of all values of both curves.

    >>> both = np.array([0.1, 0.1, 0.1]), np.array([0.1, 0.1 + 1e-17, 0.10000000000000002])
    >>> nearness(*both, 0.1).likeness
    'float32'
    """
    single = _float32(old), _float32(new)
    is_same = (single[0] == single[1]) & np.isfinite(single[0])
    return Nearness(old != new, (old != new) & ~is_same, ~close(old, new, peak))


def close(old: Values, new: Values, peak: float, relative: float = _OF_ITSELF) -> Mask:
    """Tell for each step whether two values are apart by no more than `relative` of the larger, or by rounding.

    >>> close(np.array([1.0, 1e-20]), np.array([1.001, 0.0]), 1.0).tolist()
    [False, True]
    """
    with np.errstate(all="ignore"):
        allowed = np.maximum(relative * np.maximum(np.abs(old), np.abs(new)), _OF_THE_PEAK * peak)
        found: Mask = (old == new) | (np.abs(old - new) <= allowed)
    return found


def _float32(values: Values) -> npt.NDArray[np.float32]:
    with np.errstate(all="ignore"):
        found: npt.NDArray[np.float32] = np.where(np.abs(values) < SMALLEST_FLOAT32, 0.0, values).astype(np.float32)
    return found
