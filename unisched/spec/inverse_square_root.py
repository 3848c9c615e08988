"""The recipes whose decay is the inverse square root of the step: inverse_sqrt and noam."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from unisched.duration import Duration
from unisched.spec.combinators import ShiftCurve
from unisched.spec.curves import PowerDecayCurve
from unisched.spec.expansion import Expansion, RecipeCurve, Steps, below_peak, warmed
from unisched.spec.values import Absolute, Count, Number, PositiveNumber, Quantity, StrideField

__all__ = ["InverseSqrtCurve", "NoamCurve"]

_ONE = Duration.parse(1)


class InverseSqrtCurve(RecipeCurve):
    """Linear from `start` to `peak`, then peak * (k/warmup)**-0.5 without an end."""

    kind: Literal["inverse_sqrt"] = "inverse_sqrt"
    examples = ({"kind": "inverse_sqrt", "peak": 0.0005, "warmup": 400, "start": 1e-07},)
    peak: Number = Field(description="The value at the end of the warm-up.")
    warmup: StrideField = Field(description="The length of the warm-up, and the timescale of the decay.")
    start: Quantity = Field(default=0.0, description="The value at the start of the warm-up, at most the peak.")

    @model_validator(mode="after")
    def _peak_is_highest(self) -> InverseSqrtCurve:
        below_peak(self.peak, start=self.start)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the sequence this stands for."""
        return _rise_and_decay(self.peak, self.warmup, self.start, steps(self.warmup, "warmup"))


class NoamCurve(RecipeCurve):
    """factor * model_size**-0.5 * min(u**-0.5, u * warmup**-1.5) with u = k + 1, which counts updates from 1."""

    kind: Literal["noam"] = "noam"
    examples = ({"kind": "noam", "model_size": 512, "warmup": 4000, "factor": 2},)
    model_size: Count = Field(description="The width of the model.")
    warmup: StrideField = Field(description="The length of the warm-up, a whole number of steps.")
    factor: PositiveNumber = Field(default=1.0, description="What everything is multiplied by.")

    def expand(self, steps: Steps) -> Expansion:
        """Give the shifted sequence this stands for; the length of the warm-up enters the peak."""
        timescale = steps(self.warmup, "warmup", whole=True)
        sequence, fields = _rise_and_decay(
            self.factor / math.sqrt(self.model_size * timescale), self.warmup, 0.0, timescale
        )
        return Expansion(ShiftCurve(curve=sequence, by=_ONE), {f"curve.{at}": field for at, field in fields.items()})


def _rise_and_decay(peak: float, warmup: Duration, start: float | Absolute, timescale: Fraction) -> Expansion:
    # In steps, as a percentage would be one of the decay; not validated, as a third of a step has no exact text.
    decay = PowerDecayCurve.model_construct(start=peak, timescale=Duration(timescale, "steps"))
    sequence, fields = warmed(warmup, start, peak, {"": decay})
    return Expansion(sequence, {**fields, "parts[1].timescale": "warmup"})
