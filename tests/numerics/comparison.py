"""What one backend's mode gave for one case, beside the exact values: differing bits, ulp, and what kind of wrong.

The float32 that is due is the exact value rounded once, magnitudes below 2^-126 being zero; in float64 those below
2^-1022, which compilers flush or not. Knows no framework.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import numpy as np

from numerics.case import Case, Floats
from numerics.tally import Tally

__all__ = ["Precision", "compared", "due", "faults"]

Precision = Literal["float32", "float64"]
Values = np.ndarray[Any, np.dtype[Any]]

SMALLEST: Final[Mapping[Precision, float]] = {"float32": 2.0**-126, "float64": 2.0**-1022}
# What differs by less from one step to the next cannot be told from a rounding of a native schedule.
JUMP: Final = 1e-3
NEAR: Final = 1e-2
EXACTLY: Final = 8.0
FARTHEST: Final = 2.0**60


def due(exact: Floats, precision: Precision) -> Floats:
    """What a mode of that precision is to give, as float64."""
    held = np.where(np.abs(exact) < SMALLEST[precision], 0.0, exact)
    return held if precision == "float64" else held.astype(np.float32).astype(np.float64)


def _both(case: Case, got: Values, precision: Precision) -> tuple[Floats, Floats]:
    """What was found and what is due; float64 subnormals, which some compilers flush, are zero in both."""
    found, wanted = got.astype(np.float64), due(case.exact, precision)
    if found.shape != wanted.shape:
        raise ValueError(f"{case.name}: {found.shape} values for {wanted.shape} steps")
    return (due(found, "float64") if precision == "float64" else found), wanted


def compared(case: Case, got: Values, precision: Precision) -> Tally:
    """Count what is wrong with `got`, one value for each step of the case."""
    found, wanted = _both(case, got, precision)
    finite = np.isfinite(found)
    late, early = misplaced(case.steps, found, wanted)
    low, high = wanted.min(), wanted.max()
    away = _away(found[finite], wanted[finite], precision)
    with np.errstate(invalid="ignore"):
        negative = found < min(low, 0.0)
        return Tally(
            cases=1,
            misplaced_cases=int((late | early).any()),
            nan_cases=int(not finite.all()),
            negative_cases=int(negative.any()),
            values=len(found),
            differing=int(_differ(found, wanted).sum()),
            nan=int((~finite).sum()),
            negative=int(negative.sum()),
            outside=int(((found < low) | (found > high)).sum()),
            late=int(late.sum()),
            early=int(early.sum()),
            not_zero=int(((wanted == 0) & (found != 0) & finite).sum()),
            worst=float(away.max(initial=0.0)),
            ulps=_spread(away),
        )


def faults(case: Case, got: Values, precision: Precision, most: int) -> Iterator[str]:
    """Say of the first few values that break the promise where they are, with all that it takes to see them again."""
    found, wanted = _both(case, got, precision)
    wrong = _differ(found, wanted) if precision == "float32" else _far(found, wanted, case.most_ulp)
    for index in np.flatnonzero(wrong)[:most]:
        value, meant, exact = (float(values[index]) for values in (found, wanted, case.exact))
        yield (f"{case.name}, {case.kind}, step {case.steps[index]}: got {value.hex()} ({value!r}), due {meant.hex()}, "
               f"exactly {exact.hex()} ({exact!r}) of {case.source}")  # fmt: skip


def misplaced(steps: Any, found: Floats, wanted: Floats) -> tuple[Any, Any]:
    """Which values are those due a step before, and which those due a step later, where these differ visibly."""
    late, early = np.zeros(len(found), bool), np.zeros(len(found), bool)
    change = np.diff(wanted)
    with np.errstate(invalid="ignore"):
        visible = (np.diff(steps) == 1) & (np.abs(change) > JUMP * np.maximum(np.abs(wanted[1:]), np.abs(wanted[:-1])))
        late[1:] = visible & (np.abs(found[1:] - wanted[:-1]) < NEAR * np.abs(change))
        early[:-1] = visible & (np.abs(found[:-1] - wanted[1:]) < NEAR * np.abs(change))
    return late, early


def _differ(found: Floats, wanted: Floats) -> Any:
    """Tell which values are other bits: -0.0 is not 0.0."""
    return found.view(np.int64) != wanted.view(np.int64)


def _far(found: Floats, wanted: Floats, most_ulp: float) -> Any:
    """Tell which values are farther away than so many ulp."""
    return ~(np.abs(found - wanted) <= most_ulp * np.spacing(np.abs(wanted)))


def _away(found: Floats, wanted: Floats, precision: Precision) -> Floats:
    """How many ulp each value is away; where zero is due there is no ulp, and nothing is said."""
    kept = wanted != 0
    units = np.spacing(np.abs(wanted[kept]).astype(np.float32 if precision == "float32" else np.float64))
    away: Floats = np.abs(found[kept] - wanted[kept]) / units.astype(np.float64)
    return away


def _spread(away: Floats) -> dict[int, int]:
    """How many values are how many ulp away: exactly up to 8, and from there up to which power of two."""
    exactly = np.ceil(np.minimum(away, EXACTLY))
    coarse = 2.0 ** np.ceil(np.log2(np.clip(away, 1.0, FARTHEST)))
    numbers, counts = np.unique(np.where(away <= EXACTLY, exactly, coarse), return_counts=True)
    return {int(number): int(count) for number, count in zip(numbers, counts, strict=True)}
