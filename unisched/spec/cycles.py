"""The recipes that go up and down: one_cycle once, triangular and sgdr again and again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from unisched.duration import NOTHING, Duration
from unisched.spec.combinators import RepeatCurve, SequenceCurve, SumCurve
from unisched.spec.curve import AnyCurve
from unisched.spec.curves import ConstantCurve, CosineCurve, LinearCurve
from unisched.spec.expansion import Expansion, RecipeCurve, Steps, below_peak, warmed
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Number, PositiveNumber, Quantity, SpanField, StrideField

__all__ = ["OneCycleCurve", "SgdrCurve", "TriangularCurve"]

_SCALE = "Each cycle is so many times as high as the one before."
_THIRTY, _HALF = Duration.parse("30%"), Duration.parse("50%")
_START_DIVISOR = 25.0
_END_DIVISOR = 1e4


class OneCycleCurve(RecipeCurve):
    """Half a cosine wave from `start` up to `peak`, another down to `end`."""

    kind: Literal["one_cycle"] = "one_cycle"
    examples = ({"kind": "one_cycle", "peak": 0.1, "warmup": "30%", "start": 0.004, "end": 4e-07},)
    peak: PositiveNumber = Field(description="The highest value, at the end of the warm-up.")
    warmup: SpanField = Field(default=_THIRTY, description="The length of the way up; 0 leaves it out.")
    start: Quantity | None = Field(
        default=None, description="The value at the start, at most the peak; without it, peak / 25."
    )
    end: Quantity | None = Field(
        default=None, description="The value from the end on, at most the peak; without it, start / 10000."
    )

    @model_validator(mode="after")
    def _peak_is_highest(self) -> OneCycleCurve:
        below_peak(self.peak, start=self.start, end=self.end)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the sequence this stands for."""
        start = self.peak / _START_DIVISOR if self.start is None else self.start
        end = _divided(start, _END_DIVISOR) if self.end is None else self.end
        fall = CosineCurve(start=self.peak, end=end)
        if not self.warmup.amount:
            return Expansion(fall, {})
        rise = CosineCurve(start=start, end=self.peak, duration=self.warmup)
        return Expansion(SequenceCurve(parts=(rise, fall)), {"parts[0]": "warmup"})


class TriangularCurve(RecipeCurve):
    """A line from `start` up to `peak` and back in each cycle, the cycles losing height by `scale`."""

    kind: Literal["triangular"] = "triangular"
    examples = ({"kind": "triangular", "start": 0.001, "peak": 0.006, "period": "8 epochs", "scale": 0.5},)
    start: Number = Field(description="The value at both ends of a cycle, at most the peak.")
    peak: Number = Field(description="The value in the middle of the first cycle.")
    period: StrideField = Field(description="The length of a cycle.")
    scale: PositiveNumber = Field(default=1.0, description=f"{_SCALE} Half: triangular2.")

    @model_validator(mode="after")
    def _peak_is_highest(self) -> TriangularCurve:
        below_peak(self.peak, start=self.start)
        _within_reach(self.start, self.peak)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the cycles, above a floor where they lose height."""
        floor, height = _floor(self.start, self.peak, self.scale)
        low = self.start - floor
        rise, fall = LinearCurve(start=low, end=height, duration=_HALF), LinearCurve(start=height, end=low)
        repeat = RepeatCurve(curve=SequenceCurve(parts=(rise, fall)), period=self.period, scale=self.scale)
        return _above(floor, repeat, {"curve": "period"})


class SgdrCurve(RecipeCurve):
    """Cosine with warm restarts: from `peak` to `end` in each cycle, after a warm-up from `end` if there is one."""

    kind: Literal["sgdr"] = "sgdr"
    examples = (
        {"kind": "sgdr", "peak": 0.1, "period": "10 epochs", "warmup": 100, "end": 0.001, "stretch": 2, "scale": 0.8},
    )
    peak: Number = Field(description="The highest value of the first cycle.")
    period: StrideField = Field(description="The length of the first cycle.")
    warmup: SpanField = Field(default=NOTHING, description="The length of the warm-up in each cycle; 0 leaves it out.")
    end: Number = Field(default=0.0, description="The value at the end of each cycle, at most the peak.")
    stretch: PositiveNumber = Field(default=1.0, description="Each cycle is so many times as long as the one before.")
    scale: PositiveNumber = Field(default=1.0, description=_SCALE)

    @model_validator(mode="after")
    def _peak_is_highest(self) -> SgdrCurve:
        below_peak(self.peak, end=self.end)
        _within_reach(self.end, self.peak)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the cycles, above a floor where they lose height."""
        floor, height = _floor(self.end, self.peak, self.scale)
        low = self.end - floor
        cycle, fields = warmed(self.warmup, low, height, {"": CosineCurve(start=height, end=low)})
        repeat = RepeatCurve(curve=cycle, period=self.period, stretch=self.stretch, scale=self.scale)
        return _above(floor, repeat, {f"curve.{at}": field for at, field in fields.items()})


def _divided(value: float | Absolute, by: float) -> float | Absolute:
    return Absolute(absolute=value.absolute / by) if isinstance(value, Absolute) else value / by


def _floor(low: float, peak: float, scale: float) -> tuple[float, float]:
    """Give what cycles stand on, and how high the first is: where none loses height, they stand on nothing."""
    return (0.0, peak) if scale == 1 else (low, peak - low)


def _within_reach(low: float, peak: float) -> None:
    if math.isinf(peak - low):
        raise fault("number.not_finite", f"{peak!r} is beyond float64 above {low!r}", "The largest is about 1.8e308.",
                    "peak")  # fmt: skip


def _above(floor: float, repeat: RepeatCurve, fields: Mapping[str, str]) -> Expansion:
    fields = {"period": "period", **fields}
    if not floor:
        return Expansion(repeat, fields)
    curves: tuple[AnyCurve, ...] = (ConstantCurve(value=floor), repeat)
    return Expansion(SumCurve(curves=curves), {f"curves[1].{at}": field for at, field in fields.items()})
