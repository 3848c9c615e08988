"""ConstantLR, LinearLR and PolynomialLR: what ends after `total_iters` and holds from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field

from unisched.dialects.ranges import PositiveShare, Share
from unisched.dialects.torch.factor import FactorCurve
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.values import FromZero, StrideField

__all__ = ["ConstantLR", "LinearLR", "PolynomialLR"]

_FIVE: Final = Duration(Fraction(5), "steps")
_THIRD: Final = 1.0 / 3


class ConstantLR(FactorCurve):
    """base · factor while t < total_iters, then base."""

    kind: Literal["torch.ConstantLR"] = "torch.ConstantLR"
    examples = ({"kind": "torch.ConstantLR", "factor": 0.1, "total_iters": 500},)
    factor: PositiveShare = Field(default=_THIRD, description="The factor at first.")
    total_iters: StrideField = Field(default=_FIVE, description="How long the factor holds.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        points = [[0, self.factor], [self.whole(clock, self.total_iters, "total_iters"), 1]]
        return {"learning_rate": curve({"kind": "piecewise", "interpolation": "previous", "points": points})}


class LinearLR(FactorCurve):
    """base · (start_factor + (end_factor − start_factor) · min(t, total_iters) / total_iters)."""

    kind: Literal["torch.LinearLR"] = "torch.LinearLR"
    examples = ({"kind": "torch.LinearLR", "start_factor": 0.01, "end_factor": 1.0, "total_iters": 500},)
    start_factor: PositiveShare = Field(default=_THIRD, description="The factor at the start.")
    end_factor: Share = Field(default=1.0, description="The factor from the end on.")
    total_iters: StrideField = Field(default=_FIVE, description="The length of the line.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve({"kind": "linear", "start": self.start_factor, "end": self.end_factor,
                                        "duration": self.whole(clock, self.total_iters, "total_iters")})}  # fmt: skip


class PolynomialLR(FactorCurve):
    """base · (1 − min(t, total_iters) / total_iters)^power."""

    kind: Literal["torch.PolynomialLR"] = "torch.PolynomialLR"
    examples = ({"kind": "torch.PolynomialLR", "total_iters": 9000, "power": 2.0},)
    total_iters: StrideField = Field(default=_FIVE, description="The length of the way down to 0.")
    power: FromZero = Field(default=1.0, description="The exponent of what is left to go.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        length = self.whole(clock, self.total_iters, "total_iters")
        if not self.power:
            return {"learning_rate": curve(1)}
        return {"learning_rate": curve({"kind": "polynomial", "start": 1, "end": 0, "power": self.power,
                                        "duration": length})}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the power."""
        yield from super().quirks(clock)
        if not self.power:
            yield Quirk("torch.power_zero", "a power of 0 leaves the rate as it is throughout")
