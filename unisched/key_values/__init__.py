"""The values of a program that people ask for: first, highest, lowest, at every boundary, last, average and sum.

Values are the exact ones; where they stand is looked for among all steps of a run of up to `MOST_STEPS`, else among the
boundaries and a spread of steps, and the answer says so. A sum is that of the values as float64, rounded once; beyond
`MOST_STEPS` it is that of trapezoids between the same spread, and is called about. Nothing is printed here.
"""

from __future__ import annotations

from unisched.key_values.finding import MOST_STEPS, key_values
from unisched.key_values.resting import rests
from unisched.key_values.values import At, Boundary, KeyValues, Moment, Total, moment

__all__ = ["MOST_STEPS", "At", "Boundary", "KeyValues", "Moment", "Total", "key_values", "moment", "rests"]
