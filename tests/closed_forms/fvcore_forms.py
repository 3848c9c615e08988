"""fvcore's schedules in 40 digits: formulas on the exact progress, stairs where fvcore's float64 progress puts them."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from mpmath import mp, mpf

__all__ = ["KINDS", "closed", "form", "largest"]

KINDS: Final = (
    "ConstantParamScheduler", "LinearParamScheduler", "CosineParamScheduler", "ExponentialParamScheduler",
    "PolynomialDecayParamScheduler", "StepParamScheduler", "StepWithFixedGammaParamScheduler",
    "MultiStepParamScheduler", "CompositeParamScheduler",
)  # fmt: skip
SLACK: Final = 1e-6


def closed(document: Mapping[str, Any], step: int, steps: int) -> Any:
    """The value at a step of a run of so many steps."""
    return form(document, step / steps, Fraction(step, steps))


def form(a: Mapping[str, Any], at: float, exact: Fraction) -> Any:
    """The value at a progress, as fvcore rounds it and as it is."""
    with mp.workdps(40):
        x = mpf(exact.numerator) / exact.denominator
        match a["kind"].removeprefix("fvcore."):
            case "ConstantParamScheduler":
                return mpf(a["value"])
            case "LinearParamScheduler":
                return mpf(a["end_value"]) * x + mpf(a["start_value"]) * (1 - x)
            case "CosineParamScheduler":
                first, last = mpf(a["start_value"]), mpf(a["end_value"])
                return last + (first - last) * (1 + mp.cos(mp.pi * x)) / 2
            case "ExponentialParamScheduler":
                return mpf(a["start_value"]) * mpf(a["decay"]) ** x
            case "PolynomialDecayParamScheduler":
                if x >= 1 and not float(a["power"]).is_integer():
                    return mpf(0)
                return mpf(a["base_value"]) * (1 - x) ** mpf(a["power"])
            case "CompositeParamScheduler":
                return _composite(a, at, exact)
            case _:
                return mpf(_stair(a, at))


def _stair(a: Mapping[str, Any], at: float) -> float:
    values = list(a.get("values", ()))
    if a["kind"] == "fvcore.MultiStepParamScheduler":
        updates, milestones = a.get("num_updates"), list(a.get("milestones") or ())
        if updates is None:
            *milestones, updates = milestones
        elif a.get("milestones") is None:
            milestones = [math.ceil(updates / len(values)) * index for index in range(1, len(values))]
        return values[bisect.bisect_right(milestones, int((at + SLACK) * updates))]
    if not values:
        values = [a["base_value"]]
        for _ in range(a["num_decays"]):
            values.append(values[-1] * a["gamma"])
    return values[min(int((at + SLACK) * len(values)), len(values) - 1)]


def _composite(a: Mapping[str, Any], at: float, exact: Fraction) -> Any:
    lengths = list(a["lengths"])
    shares = [Fraction(str(length)) for length in lengths]
    if sum(shares) != 1:
        lengths[-1], shares[-1] = 1.0 - math.fsum(lengths[:-1]), 1 - sum(shares[:-1])
    index, running = 0, lengths[0]
    while at + SLACK > running and index < len(lengths) - 1:
        index += 1
        running += lengths[index]
    if a["interval_scaling"][index] == "rescaled":
        at = (at - (running - lengths[index])) / lengths[index]
        exact = (exact - sum(shares[:index])) / shares[index]
    return form(a["schedulers"][index], at, exact)


def largest(a: Mapping[str, Any]) -> float:
    """The largest number among a document's values, to which a sum of two of them is rounded."""
    if "schedulers" in a:
        return max(map(largest, a["schedulers"]))
    names = ("value", "start_value", "end_value", "base_value")
    return max(abs(number) for number in (*(a[name] for name in names if name in a), *a.get("values", ())))
