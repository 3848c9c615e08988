"""What dialects expand to and documents do not write: a table, a curve times a factor, and the greedy rule.

Documents have products, piecewise curves and `plateau`; what these may do beyond them only a dialect answers for.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unisched.spec.curve import CurveField, CurveModel
from unisched.spec.feedback import Lowering, Metric, Times
from unisched.spec.values import Count, FromZero, PositiveNumber

__all__ = ["GreedyCurve", "ScaledCurve", "TableCurve"]


class TableCurve(CurveModel):
    """One value after another, one a step; past the last, that one."""

    kind: Literal["table"] = "table"
    values: tuple[float, ...] = Field(description="The value of each step.")


class ScaledCurve(CurveModel):
    """A curve times a factor, at each step; unlike in a product, absolute values are multiplied too."""

    kind: Literal["scaled"] = "scaled"
    curve: CurveField = Field(description="The curve, whose absolute values stay absolute.")
    by: CurveField = Field(description="The factor, a plain number at each step.")


class GreedyCurve(CurveModel):
    """A value that is raised while a metric improves and lowered while it does not, between two bounds."""

    kind: Literal["greedy"] = "greedy"
    monitor: Metric = Field(description="The metric to watch, by name.")
    mode: Literal["min", "max"] = Field(default="min", description="Whether a smaller or a larger metric is better.")
    factor: Lowering = Field(
        default=0.95, description="What a stall multiplies the value by, and a gain divides it by."
    )
    patience: Times = Field(default=10, description="How many observations of one sort are borne.")
    threshold: FromZero = Field(default=1e-6, description="How much better counts as better.")
    threshold_mode: Literal["rel", "abs"] = Field(default="abs", description="What the threshold is a part of.")
    cooldown: Times = Field(default=0, description="How many observations after a cut are not counted.")
    warmup: Times = Field(default=0, description="How many observations after a raise are not counted.")
    minimum: FromZero = Field(default=1e-3, description="The value is never lowered below this.")
    maximum: PositiveNumber = Field(default=1.0, description="The value is never raised above this.")
    eps: FromZero = Field(default=1e-8, description="No change as small as this, or smaller, is made.")
    smooth: bool = Field(default=False, description="Whether the mean of the last `window` metrics counts.")
    window: Count = Field(default=50, description="How many metrics the mean is taken of.")
    reset: Times = Field(default=500, description="After so many cuts at the minimum all starts over.")
