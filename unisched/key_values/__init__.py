"""The values of a program that people ask for: first, highest, lowest, at every boundary, last, average and sum.

Values are the exact ones; where they stand is looked for among all steps of a run of up to `MOST_STEPS`, else among the
boundaries and a spread of steps, and the answer says so. A sum is that of the values as float64, rounded once; beyond
`MOST_STEPS` it is that of trapezoids between the same spread, and is called about. Nothing is printed here. It is
loaded when the first key values are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from unisched.on_demand import on_demand

if TYPE_CHECKING:
    from unisched.key_values.finding import MOST_STEPS, key_values
    from unisched.key_values.resting import rests
    from unisched.key_values.values import At, Boundary, KeyValues, Moment, Total, moment

__all__ = ["MOST_STEPS", "At", "Boundary", "KeyValues", "Moment", "Total", "key_values", "moment", "rests"]

_HOMES: Final = {
    "MOST_STEPS": "finding", "At": "values", "Boundary": "values", "KeyValues": "values", "Moment": "values",
    "Total": "values", "key_values": "finding", "moment": "values", "rests": "resting",
}  # fmt: skip

if not TYPE_CHECKING:  # type checkers would take it that every name is there
    __getattr__ = on_demand(__name__, _HOMES)
