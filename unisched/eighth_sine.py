"""The sine up to an eighth of a turn as a polynomial, where that is cheaper than what a library calls.

All that a cosine ramp needs. Products and sums only, so that a compiler keeps it inside of the loop it stands in. Knows
no array library.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

__all__ = ["eighth_sine"]

_SERIES: Final = tuple(map(np.float64, (
    1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06, -1.98412698298579493134e-04,
    8.33333333332248946124e-03, -1.66666666666666324348e-01,
)))  # fmt: skip
"""From x^13 down to x^3, as fdlibm has them."""


def eighth_sine(values: Any) -> Any:
    """Give the sine of float64 angles from 0 to pi / 4, within an ulp.

    >>> float(eighth_sine(np.float64(0.5)))
    0.479425538604203
    """
    square = values * values
    series = _SERIES[0]
    for coefficient in _SERIES[1:]:
        series = series * square + coefficient
    return values + values * square * series
