"""OneCycleLR: up, down and out over a known number of steps, with momentum the other way round.

Phases end at real numbers, pct_start · N − 1 and so on, as torch's float64 has them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from unisched.dialects.ranges import Share
from unisched.dialects.torch.arguments import Number
from unisched.dialects.torch.factor import for_steps
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import IntervalCurve, Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import Count, PositiveNumber, StrideField

__all__ = ["OneCycleLR"]


class _Phase(NamedTuple):
    first: int
    last: int
    start: Fraction
    end: Fraction
    number: int


class OneCycleLR(IntervalCurve):
    """max_lr / div_factor to max_lr at pct_start·N − 1, then to max_lr / div_factor / final_div_factor at N − 1."""

    kind: Literal["torch.OneCycleLR"] = "torch.OneCycleLR"
    examples = (
        {
            "kind": "torch.OneCycleLR",
            "max_lr": 0.1,
            "total_steps": 9000,
            "pct_start": 0.25,
            "anneal_strategy": "cos",
            "cycle_momentum": True,
            "base_momentum": 0.8,
            "max_momentum": 0.9,
            "div_factor": 10.0,
            "final_div_factor": 1000.0,
            "three_phase": True,
            "momentum": "momentum",
        },
        {"kind": "torch.OneCycleLR", "max_lr": 0.1, "epochs": 90, "steps_per_epoch": 100},
    )
    max_lr: Number = Field(description="The highest rate.")
    total_steps: StrideField | None = Field(default=None, description="N, in whole steps; without it, the total.")
    epochs: Count | None = Field(default=None, description="With steps_per_epoch, another way to give N.")
    steps_per_epoch: Count | None = Field(default=None, description="With epochs, another way to give N.")
    pct_start: Share = Field(default=0.3, description="The share of the steps on the way up.")
    anneal_strategy: Literal["cos", "linear"] = Field(default="cos", description="The shape of each phase.")
    cycle_momentum: bool = Field(default=True, description="Whether momentum moves as well.")
    base_momentum: Number = Field(default=0.85, description="The momentum at the highest rate.")
    max_momentum: Number = Field(default=0.95, description="The momentum at both ends.")
    div_factor: PositiveNumber = Field(default=25.0, description="max_lr is so many times the first rate.")
    final_div_factor: PositiveNumber = Field(default=1e4, description="The first rate is so many times the last one.")
    three_phase: bool = Field(default=False, description="Whether a third phase goes below the first rate.")
    momentum: Literal["momentum", "beta1"] = Field(
        default="momentum", description="What momentum is called here; torch asks the optimizer."
    )

    @model_validator(mode="after")
    def _one_way_to_say_the_length(self) -> OneCycleLR:
        for name in ("epochs", "steps_per_epoch"):
            if self.total_steps is not None and getattr(self, name) is not None:
                raise fault("field.conflict", f"{name!r} says nothing beside 'total_steps'", "Leave one out.", name)
        if (self.epochs is None) != (self.steps_per_epoch is None):
            missing = "epochs" if self.epochs is None else "steps_per_epoch"
            raise fault(
                "field.missing", "epochs and steps_per_epoch make N together", "Add it, or total_steps.", missing
            )
        return self

    def drives(self) -> tuple[str, ...]:
        """Give the rate, and momentum where it moves."""
        return ("learning_rate", self.momentum) if self.cycle_momentum else ("learning_rate",)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curves this stands for."""
        first = self.max_lr / self.div_factor
        last = first / self.final_div_factor
        rates = [first, self.max_lr, first, last] if self.three_phase else [first, self.max_lr, last]
        high, low = self.max_momentum, self.base_momentum
        momenta = [high, low, high, high] if self.three_phase else [high, low, high]
        return {name: self._through(points, clock)
                for name, points in zip(self.drives(), (rates, momenta), strict=False)}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the phases, whose ends are real numbers, and of the end."""
        length = self._length(clock)
        peak = self._ends(length)[1]
        if peak.denominator != 1 or peak < 0:
            yield Quirk("torch.peak", f"the highest rate is at step {float(peak):.6g}, so no update uses it")
        if self.anneal_strategy == "cos":
            yield Quirk(
                "torch.past_the_end", f"at step {length} the rate has turned up, and holds; torch raises after it"
            )
        else:
            yield Quirk("torch.past_the_end", f"from step {length - 1} on it holds; torch goes lower, then raises")

    def _length(self, clock: Clock) -> int:
        if self.epochs is not None and self.steps_per_epoch is not None:
            return self.epochs * self.steps_per_epoch
        return self.total(clock, self.total_steps, "total_steps")

    def _ends(self, length: int) -> list[Fraction]:
        """Give where the phases start and end; the middle is what torch computes, in float64."""
        share = self.pct_start
        middle = [share * length - 1, 2 * share * length - 2] if self.three_phase else [share * length - 1]
        ends = [Fraction(0), *map(Fraction, middle), Fraction(length - 1)]
        if ends[1] == 0:
            raise fault("torch.one_cycle", f"{share!r} of {length} steps is one, and the way up ends where it starts: "
                        "torch divides by zero", "Give another share, or other steps.", "pct_start")  # fmt: skip
        if ends[-2] >= ends[-1]:
            raise fault("torch.one_cycle", f"{share!r} of {length} steps on the way up leaves nothing for the last "
                        "phase", "Give a smaller share.", "pct_start")  # fmt: skip
        return ends

    def _through(self, points: list[float], clock: Clock) -> AnyCurve:
        """Give the phases that at least one step is in, each up to the step before the next."""
        shape: Literal["linear", "cosine"] = "cosine" if self.anneal_strategy == "cos" else "linear"
        length = self._length(clock)
        parts = [
            WaveCurve(start=points[phase.number], end=points[phase.number + 1], span=phase.end - phase.start,
                      offset=phase.first - phase.start, wrap="bounce" if shape == "cosine" else "hold", shape=shape,
                      duration=for_steps(phase.last - phase.first + 1))
            for phase in _phases(self._ends(length), length)
        ]  # fmt: skip
        return curve({"kind": "sequence", "parts": parts})


def _phases(ends: list[Fraction], length: int) -> Iterator[_Phase]:
    """Give the phases with their first and last step: a step is in the first phase that ends at or after it."""
    step = 0
    for index, (start, end) in enumerate(pairwise(ends)):
        last = length - 1 if index == len(ends) - 2 else math.floor(end)
        if last >= step:
            yield _Phase(step, last, start, end, index)
            step = last + 1
