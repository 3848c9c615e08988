"""What the schedules of Transformers share: the warm-up, the length of the run, and the argument that is no argument.

W is `num_warmup_steps`, N is `num_training_steps`; the decay is D = max(1, N - W) steps long.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, SpanField, StrideField

__all__ = ["Schedule", "Timed", "Warmed", "from_zero", "waves"]

_TRAINING = "The step at which the schedule ends; without it, the total of the run."


class Schedule(DialectCurve):
    """A factor of each group's rate, which does not know how far a run has come."""

    gives: ClassVar[Literal["value", "factor"]] = "factor"

    @model_validator(mode="before")
    @classmethod
    def _at_its_start(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "last_epoch" in given:
            raise fault("field.unknown", "last_epoch is how far a run has come, and no part of its schedule",
                        "Leave it out; a run goes on from its state: build(..., state=s).", "last_epoch")  # fmt: skip
        return given


class Warmed(Schedule):
    """A schedule that begins with W steps of warm-up."""

    num_warmup_steps: SpanField = Field(
        description="The length of the warm-up; a percentage of the total is rounded up, as the Trainer does."
    )

    def warmup(self, clock: Clock) -> int:
        """Give W in whole steps: a percentage rounded up."""
        if self.num_warmup_steps.unit == "%":
            return math.ceil(self.steps(clock, self.num_warmup_steps, "num_warmup_steps"))
        return self.whole(clock, self.num_warmup_steps, "num_warmup_steps")

    def rounded_up(self, clock: Clock) -> list[Quirk]:
        """Give the quirk of a percentage that is no whole number of steps."""
        exact = self.steps(clock, self.num_warmup_steps, "num_warmup_steps")
        if exact.denominator == 1 or self.num_warmup_steps.unit != "%":
            return []
        return [Quirk("transformers.rounded_up", f"'{self.num_warmup_steps}' is {float(exact):.6g} steps, and the "
                      f"Trainer rounds up: {self.warmup(clock)}")]  # fmt: skip


class Timed(Warmed):
    """A schedule that ends with the run."""

    num_training_steps: StrideField | None = Field(default=None, description=_TRAINING)

    def training(self, clock: Clock) -> int:
        """Give N in whole steps."""
        return self.total(clock, self.num_training_steps, "num_training_steps")

    def decay(self, clock: Clock) -> int:
        """Give D, the length of the decay in whole steps."""
        return max(1, self.training(clock) - self.warmup(clock))

    def is_over(self, clock: Clock) -> bool:
        """Tell whether the run goes on past N, or past the end of a decay that warm-up has pushed beyond N."""
        return clock.total is None or clock.total > self.warmup(clock) + self.decay(clock)

    def cut_short(self, clock: Clock) -> list[Quirk]:
        """Give the quirk of a warm-up that takes the whole run."""
        warmup, training = self.warmup(clock), self.training(clock)
        if warmup < training:
            return []
        return [Quirk("transformers.no_decay", f"the warm-up of {warmup} steps leaves nothing of the {training} steps "
                      "of training, so the decay takes one step")]  # fmt: skip


def from_zero(end: float = 1.0) -> AnyCurve:
    """Give the line from 0 to `end`, for a piece of a known length."""
    return curve({"kind": "linear", "start": 0, "end": end})


def waves(count: float, length: int, end: float | Absolute, offset: int = 0) -> AnyCurve:
    """Give `count` full cosine waves a `length`, from 1 down to `end` and up again, and on past the length."""
    if count == 0:
        return curve(1)
    half = length / (2 * Fraction(repr(count)))
    return curve(WaveCurve(start=1.0, end=end, span=half, offset=Fraction(offset), wrap="bounce", shape="cosine"))
