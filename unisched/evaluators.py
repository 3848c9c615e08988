"""The values of a body as functions: of a step, of an array of steps, of a tensor; each is made once, when asked for.

Says why where a target has none. Knows no document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from unisched import evaluate, exact, ir, scalar, signals, targets
from unisched.arrays import Floats, Steps, arrays
from unisched.duration import Clock
from unisched.errors import BindingError, Problem, nearest, shorten
from unisched.ir import Assignment, Body, Target
from unisched.steps import checked_steps, until
from unisched.targets import Directory

__all__ = ["Evaluators"]

_Given = TypeVar("_Given")


class Evaluators:
    """The functions of one body; the clock is asked where a schedule belongs to it and not to the optimizer."""

    def __init__(self, body: Body, clock: Clock) -> None:
        self._body, self._clock = body, clock
        self.functions: dict[tuple[str, str | None], Callable[[int], float]] = {}
        self.arrays: dict[int, Callable[[Steps], Floats]] = {}
        self._rates: dict[int, Callable[[int], float]] = {}

    @cached_property
    def assignments(self) -> Mapping[Target, Assignment]:
        """What each target reads."""
        return {assignment.target: assignment for assignment in self._body.assignments}

    @cached_property
    def directory(self) -> Directory:
        """The targets by name."""
        return Directory(self.assignments)

    @cached_property
    def based(self) -> frozenset[int]:
        """Which values need the optimizer's own."""
        return frozenset(index for index, value in enumerate(self._body.values) if ir.needs_base(value))

    @cached_property
    def watching(self) -> frozenset[int]:
        """Which values depend on metrics."""
        return frozenset(index for index, value in enumerate(self._body.values) if signals.needs_metric(value))

    def function(
        self, target: str, group: str | None, base: float | None = None, factors: Sequence[float] | None = None
    ) -> Callable[[int], float]:
        """Give a function of one step."""
        targets.check_names(target, group)
        is_plain = base is None and factors is None
        known = self.functions.get((target, group)) if is_plain else None
        if known is not None:
            return known
        read = self._read(target, group, has_base=base is not None, is_live=factors is not None)
        if is_plain:
            found = self.functions[target, group] = self._ended(_scaled(self._rate(read.value), read.scale))
            return found
        value = self._body.values[read.value]
        bound = value if base is None else ir.bind(value, float(base))
        return self._ended(_scaled(scalar.function(bound, factors), read.scale))

    def spread(
        self, chosen: Sequence[Target], bases: Sequence[float] | None, factors: Sequence[float] | None
    ) -> Callable[[int], list[float]]:
        """Give one function of the step for several targets; what targets of one value share is evaluated once."""
        if bases is not None and len(bases) != len(chosen):
            raise BindingError(Problem("base.count", "", f"{len(bases)} bases for {len(chosen)} targets",
                                       "Pass one for each target."))  # fmt: skip
        has_base, is_live = bases is not None, factors is not None
        read = [self._read(*target, has_base=has_base, is_live=is_live) for target in chosen]
        scales = [assignment.scale for assignment in read]
        indices = {assignment.value for assignment in read}
        if len(indices) != 1:
            given = [None] * len(read) if bases is None else bases
            alone = [self.function(*target, base, factors) for target, base in zip(chosen, given, strict=True)]
            return lambda step: [rate(step) for rate in alone]
        value = self._body.values[indices.pop()]
        if bases is not None:
            return self._ended(_times_each(scalar.spread(value, bases, factors), scales))
        shared = scalar.function(value, factors)
        return self._ended(_times_each(lambda step: [shared(step)] * len(scales), scales))

    def traced(self, xp: evaluate.Namespace, target: str, group: str | None) -> Callable[..., Any]:
        """Give a branch-free function of an integer tensor, and of the factors where it depends on a metric."""
        read = self._read(target, group, is_live=True)
        curve, scale = evaluate.traced(self._body.values[read.value], xp), read.scale
        return curve if scale == 1.0 else lambda step, *factors: curve(step, *factors) * xp.table(scale)

    def exactly(self, target: str, group: str | None) -> Callable[[int], float]:
        """Give the function of one step that rounds once."""
        read = self._read(target, group)
        value = self._body.values[read.value]
        return self._ended(_scaled(lambda step: exact.value_at(value, step), read.scale))

    def array(
        self, steps: npt.NDArray[np.integer[Any]], target: str, group: str | None, *, is_exact: bool
    ) -> npt.NDArray[np.float64]:
        """Give the values at an array of steps."""
        checked_steps(steps)
        if is_exact:
            function = self.exactly(target, group)
            return np.array([function(int(step)) for step in steps.flat], dtype=np.float64).reshape(steps.shape)
        if steps.size and self._body.after == "error":
            self._ended(float)(int(steps.max()))
        read = self._read(target, group)
        if read.value not in self.arrays:
            self.arrays[read.value] = arrays(self._body.values[read.value])
        return _times(self.arrays[read.value](steps), read.scale)

    def unscheduled(self, hyperparameter: str, group: str | None) -> BindingError:
        """Give the error of a target that the body does not schedule."""
        where = "" if group is None else f" for group {shorten(repr(group))}"
        known = list(dict.fromkeys(target.hyperparameter for target in self.assignments))
        way_out = f"Choose among {', '.join(known)}.{nearest(hyperparameter, known)}"
        for unit in ("samples", "tokens"):
            ramp = self._clock.ramp(unit)
            if ramp is not None and ramp.schedule == hyperparameter:
                way_out = f"It belongs to the clock: call program.clock.{unit}_per_step with a step."
        fault = f"{shorten(repr(hyperparameter))} is not scheduled{where}"
        return BindingError(Problem("target.unknown", "", fault, way_out))

    def _rate(self, index: int) -> Callable[[int], float]:
        """Give the function of a value, made once for all groups that read it."""
        if index not in self._rates:
            self._rates[index] = scalar.function(self._body.values[index])
        return self._rates[index]

    def _read(
        self, hyperparameter: str, group: str | None, *, has_base: bool = False, is_live: bool = False
    ) -> Assignment:
        target = self.directory.resolve(hyperparameter, group)
        if target is None:
            raise self.unscheduled(hyperparameter, group)
        assignment = self.assignments[target]
        if not is_live and assignment.value in self.watching:
            raise signals.unsupported(targets.place(target))
        if not has_base and assignment.value in self.based:
            raise BindingError(Problem("base.missing", targets.place(target), "is a factor of the optimizer's own "
                                       "value", "Pass base= with that value, to compile or build."))  # fmt: skip
        return assignment

    def _ended(self, function: Callable[[int], _Given]) -> Callable[[int], _Given]:
        return until(function, self._body.horizon or 0) if self._body.after == "error" else function


def _times(values: npt.NDArray[np.float64], scale: float) -> npt.NDArray[np.float64]:
    # An underflow is a value like any other, whatever the caller's numpy.seterr says.
    with np.errstate(all="ignore"):
        return values if scale == 1.0 else np.multiply(values, scale, out=values)


def _scaled(function: Callable[[int], float], scale: float) -> Callable[[int], float]:
    return function if scale == 1.0 else lambda step: function(step) * scale


def _times_each(function: Callable[[int], list[float]], scales: Sequence[float]) -> Callable[[int], list[float]]:
    if all(scale == 1.0 for scale in scales):
        return function
    return lambda step: [number * scale for number, scale in zip(function(step), scales, strict=True)]
