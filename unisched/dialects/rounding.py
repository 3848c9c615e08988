"""Values that a dialect's arguments stand for, rounded once: libraries multiply their numbers one after another.

Knows no library.
"""

from __future__ import annotations

from fractions import Fraction

from unisched.spec.number import fault, shown

__all__ = ["product"]


def product(*factors: float | Fraction, field: str = "") -> float:
    """Give the float64 nearest to the exact product; raise `SpecError` at `field` where it is beyond float64.

    >>> product(0.1, 25, Fraction(1, 25))
    0.1
    """
    exact = Fraction(1)
    for factor in factors:
        exact *= Fraction(factor)
    try:
        return float(exact)
    except OverflowError:
        raise fault("range.overflow", f"the product of {', '.join(map(shown, map(float, factors)))} is above the float "
                    "range", "Give smaller numbers.", field) from None  # fmt: skip
