"""What a hyperparameter may be: the finished values against the range that every optimizer expects."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from unisched import ir, scalar, signals
from unisched.errors import Problem, StepError
from unisched.ir import Assignment, Combine, Exponential, External, Formula, Noise, Value
from unisched.program import Program
from unisched.sampling import sides

__all__ = ["out_of_range"]

_BELOW_ONE: Final = (0.0, math.nextafter(1.0, 0.0), "from 0 and below 1")
_RANGES: Final[dict[str, tuple[float, float, str]]] = {
    "learning_rate": (0.0, math.inf, "0 or more"),
    "weight_decay": (0.0, math.inf, "0 or more"),
    "momentum": _BELOW_ONE,
    "beta1": _BELOW_ONE,
    "beta2": _BELOW_ONE,
    "epsilon": (math.ulp(0.0), math.inf, "above 0"),
}
_EVALUATIONS: Final = 4096
_DRAWS: Final = 1024
_MOST_WORK: Final = 2**18
"""Evaluations times the curves that are combined in each."""
_FAR: Final = (10**6, 10**9)


def out_of_range(program: Program, assignment: Assignment) -> Iterator[Problem]:
    """Give the first step at which the target leaves the range of its hyperparameter, if it is seen to.

    Looked at are both sides of every boundary, and, where curves are combined or go their own way, a grid in between,
    and the first draws of noise: any other curve is highest and lowest at its ends. What a metric moves is looked at
    as it is at first.
    """
    name, path = assignment.target.hyperparameter, program.place(assignment.target)
    low, high, words = _RANGES.get(name, (-math.inf, math.inf, "finite"))
    value = program.body.values[assignment.value]
    high = math.inf if ir.needs_base(value) else high
    function = scalar.function(ir.bind(signals.unobserved(value), 1.0))
    for step in _steps(value, program.total, far=high < math.inf):
        try:
            found = function(step) * assignment.scale
        except StepError as error:
            if error.code != "range.overflow":
                yield error.problems[0].at(path)
                return
            found = math.inf
        if not math.isfinite(found):
            yield Problem("range.overflow", path, f"the value at step {step} is {found!r}", "Give a smaller rate.")
            return
        if not low <= found <= high:
            fault = f"{name} is {found!r} at step {step}; it must be {words}"
            yield Problem("number.range", path, fault, "Move the curve, or bound it with clip.")
            return


def _steps(value: Value, total: int | None, *, far: bool) -> Sequence[int]:
    boundaries = sides(value, total)
    steps = set(boundaries)
    if isinstance(value, Combine) or any(isinstance(curve, Formula | External | Noise) for _, curve in ir.rows(value)):
        width = sum(1 for _ in ir.tracks(value))
        each = max(min(_EVALUATIONS, _MOST_WORK // width) // len(boundaries), 2)
        for start, stop in pairwise(boundaries):
            steps.update(range(start, stop, max((stop - start) // each, 1)))
    steps.update(_draws(value, total))
    if far and total is None and _grows(value):
        steps.update(_FAR)
    return sorted(steps)


def _draws(value: Value, total: int | None) -> Iterator[int]:
    """Give steps at which random numbers are drawn anew: the first of them, for a run whose end may not be known."""
    rows = list(ir.rows(value))
    drawn = [(start, curve.phase) for start, curve in rows if isinstance(curve, Noise)]
    if total is None and any(isinstance(curve, Formula | External) for _, curve in rows):
        return  # a formula is tried at its first step only, where its end is not known
    for start, phase in drawn:
        each = max(phase.span // phase.rate, 1)
        for step in range(start, start + each * max(_DRAWS // len(drawn), 1), each):
            if total is None or step < total:
                yield step


def _grows(value: Value) -> bool:
    return any(isinstance(curve, Exponential) and curve.to > curve.of for _, curve in ir.rows(value))
