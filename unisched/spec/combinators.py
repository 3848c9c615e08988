"""The curves made of other curves. What they mean on a clock is for lowering to say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from unisched.duration import NOTHING, Duration
from unisched.spec.curve import CurveField, CurveModel, CurvesField
from unisched.spec.curves import ConstantCurve
from unisched.spec.number import fault
from unisched.spec.values import Count, PeriodField, PositionsField, PositiveNumber, ShiftField, SpanField, StrideField

__all__ = [
    "ClipCurve", "ProductCurve", "RepeatCurve", "SequenceCurve", "ShiftCurve", "StairCurve", "SumCurve",
    "WindowCurve",
]  # fmt: skip


class SequenceCurve(CurveModel):
    """Curves one after another, each on a clock of its own."""

    kind: Literal["sequence"] = "sequence"
    examples = (
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": "5%"},
                {"kind": "constant"},
                {"kind": "cosine", "end": 0, "duration": "20%"},
            ],
        },
        {
            "kind": "sequence",
            "parts": [{"kind": "cosine", "start": 0.1, "end": 0.01}, {"kind": "linear", "end": 0}],
            "boundaries": ["80 epochs"],
        },
    )
    parts: CurvesField = Field(description="The curves in order; one may be without length and takes the rest.")
    boundaries: PositionsField | None = Field(
        default=None,
        description="Where each part but the first starts, from the start of the sequence; a part with a length of its "
        "own is cut there, or holds.",
    )

    @model_validator(mode="after")
    def _between_parts(self) -> SequenceCurve:
        if self.boundaries is not None and len(self.boundaries) != len(self.parts) - 1:
            given, needed = len(self.boundaries), len(self.parts) - 1
            raise fault("sequence.boundaries", f"{given} boundaries cannot stand between {len(self.parts)} parts",
                        f"Give {needed}: where each part but the first starts." if needed else "Leave them out.",
                        "boundaries")  # fmt: skip
        return self


class ProductCurve(CurveModel):
    """The product of curves on one clock."""

    kind: Literal["product"] = "product"
    examples = (
        {
            "kind": "product",
            "curves": [
                {"kind": "linear", "start": 0, "end": 1, "duration": 500},
                {"kind": "exponential", "start": 0.1, "rate": 0.999},
            ],
        },
    )
    curves: CurvesField = Field(description="The curves that are multiplied at each step.")


class SumCurve(CurveModel):
    """The sum of curves on one clock."""

    kind: Literal["sum"] = "sum"
    examples = (
        {
            "kind": "sum",
            "curves": [
                0.001,
                {"kind": "repeat", "period": "10 epochs", "curve": {"kind": "cosine", "start": 0.1, "end": 0}},
            ],
        },
    )
    curves: CurvesField = Field(description="The curves that are added at each step.")


class ClipCurve(CurveModel):
    """A curve held between bounds, which are curves on the same clock."""

    kind: Literal["clip"] = "clip"
    examples = (
        {
            "kind": "clip",
            "curve": {"kind": "exponential", "start": 0.1, "rate": 0.999},
            "minimum": 0.001,
            "maximum": 0.05,
        },
    )
    curve: CurveField = Field(description="The curve to hold between the bounds.")
    minimum: CurveField | None = Field(default=None, description="The lower bound, a number or a curve.")
    maximum: CurveField | None = Field(
        default=None, description="The upper bound, a number or a curve; the lower wins where they cross."
    )

    @model_validator(mode="after")
    def _bounded(self) -> ClipCurve:
        if self.minimum is None and self.maximum is None:
            raise fault("field.missing", "clip needs 'minimum' or 'maximum'", "Add one of them.", "minimum")
        low, high = _number(self.minimum), _number(self.maximum)
        if low is not None and high is not None and low > high:
            raise fault("range.order", f"the minimum {low!r} is above the maximum {high!r}", "Swap them.", "minimum")
        return self


class RepeatCurve(CurveModel):
    """A curve laid out anew for each cycle."""

    kind: Literal["repeat"] = "repeat"
    examples = (
        {
            "kind": "repeat",
            "curve": {"kind": "cosine", "start": 0.1, "end": 0},
            "period": "10 epochs",
            "stretch": 2,
            "scale": 0.5,
            "times": 3,
        },
        {
            "kind": "repeat",
            "curve": {"kind": "linear", "start": 0.1, "end": 0.01},
            "period": ["10 epochs", "20 epochs"],
        },
    )
    curve: CurveField = Field(description="The curve of one cycle.")
    period: PeriodField | None = Field(default=None, description="The length of the first cycle, or of each in a list.")
    times: Count | None = Field(default=None, description="How many cycles; without it, as many as fit.")
    stretch: PositiveNumber = Field(default=1.0, description="Each cycle is so many times as long as the one before.")
    scale: PositiveNumber = Field(default=1.0, description="Each cycle is so many times as high as the one before.")

    @model_validator(mode="after")
    def _has_cycles(self) -> RepeatCurve:
        if self.period is None and self.times is None:
            raise fault("field.missing", "repeat needs 'period' or 'times'", "Add one of them.", "period")
        return self


class StairCurve(CurveModel):
    """A curve that is looked at once every so often, and held in between."""

    kind: Literal["stair"] = "stair"
    examples = ({"kind": "stair", "curve": {"kind": "cosine", "start": 0.1, "end": 0}, "every": "1 epoch"},)
    curve: CurveField = Field(description="The curve to look at once per stair.")
    every: StrideField = Field(description="The length of a stair.")


class ShiftCurve(CurveModel):
    """A curve evaluated at k + by, never below 0."""

    kind: Literal["shift"] = "shift"
    examples = (
        {"kind": "shift", "curve": {"kind": "linear", "start": 0, "end": 0.1, "duration": 100}, "by": 1},
        {"kind": "shift", "curve": {"kind": "cosine", "start": 0.1, "end": 0}, "by": -1},
    )
    curve: CurveField = Field(description="The curve to shift.")
    by: ShiftField = Field(description="How far ahead to look: a duration; a negative whole number looks back.")

    @property
    def direction(self) -> Literal[1, -1]:
        """1 where `by` looks ahead, -1 where it looks back."""
        return -1 if isinstance(self.by, int) else 1

    @property
    def distance(self) -> Duration:
        """The length of the shift, whatever its direction."""
        return Duration.parse(-self.by) if isinstance(self.by, int) else self.by


class WindowCurve(CurveModel):
    """A curve as laid out over a length of its own, or over none, shown from some step on."""

    kind: Literal["window"] = "window"
    examples = ({"kind": "window", "curve": {"kind": "cosine", "start": 0.1, "end": 0}, "length": 2000, "offset": 500},)
    curve: CurveField = Field(description="The curve of which a part is shown.")
    length: StrideField | None = Field(
        default=None, description="The length the curve is laid out over; without it, as in a run without a total."
    )
    offset: SpanField = Field(default=NOTHING, description="How far into the curve it is shown from.")


def _number(bound: CurveModel | None) -> float | None:
    return bound.value if isinstance(bound, ConstantCurve) and isinstance(bound.value, float) else None
