"""How close is close enough, and how a value that is not is reported.

float64: within 8 ulp of the exact value. float32: the exact value rounded once to nearest, magnitudes below
2^-126 being zero, bit for bit.
"""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias

from unisched.promises import PROMISED, distance
from unisched.single import float32

__all__ = ["MOST_ULP", "Precision", "fault"]

Precision: TypeAlias = Literal["float64", "float32"]
MOST_ULP: Final = PROMISED["float64"]


def fault(got: float, exact: float, precision: Precision) -> str | None:
    """Give what is wrong with `got` where `exact` is due, or `None`.

    >>> fault(0.1, 0.1, "float64") is None
    True
    >>> fault(0.1, 0.1, "float32")
    'got 0.1, due 0.10000000149011612 (exactly 0.1): 0.2 ulp of float32, where no bit may differ'
    """
    if not math.isfinite(got):
        return f"got {got!r}, due {exact!r}"
    ulp = distance(got, exact, precision)
    if precision == "float32":
        due = float32(exact)
        if _same_bits(got, due):
            return None
        return f"got {got!r}, due {due!r} (exactly {exact!r}): {ulp:.3g} ulp of float32, where no bit may differ"
    # Eight steps around zero are still not zero: a decay to zero ends there.
    if _same_bits(got, exact) or (exact and ulp <= MOST_ULP):
        return None
    return f"got {got!r}, due {exact!r}: {ulp:.3g} ulp of float64, more than {MOST_ULP:g}"


def _same_bits(left: float, right: float) -> bool:
    return left == right and math.copysign(1.0, left) == math.copysign(1.0, right)
