"""ExponentialLR, StepLR and MultiStepLR: gamma to the power of a count.

Conventions: the factor at step t is what the optimizer uses in update t, counted from 0; a milestone belongs to
what follows it. Closed forms are torch's own, not what its recursions drift to.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal
from typing import Final, Literal

from pydantic import Field

from unisched.dialects.torch.factor import FactorCurve, decay
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import FromZero, PositionsField, StrideField

__all__ = ["ExponentialLR", "MultiStepLR", "StepLR"]

_PRECISE: Final = Context(prec=60, traps=[])


class ExponentialLR(FactorCurve):
    """base · gamma^t."""

    kind: Literal["torch.ExponentialLR"] = "torch.ExponentialLR"
    examples = ({"kind": "torch.ExponentialLR", "gamma": 0.999},)
    gamma: FromZero = Field(description="The factor from step to step.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": decay(self.gamma)}


class StepLR(FactorCurve):
    """base · gamma^floor(t / step_size)."""

    kind: Literal["torch.StepLR"] = "torch.StepLR"
    examples = ({"kind": "torch.StepLR", "step_size": 30, "gamma": 0.5, "interval": "epoch"},)
    step_size: StrideField = Field(description="The length of a stair.")
    gamma: FromZero = Field(default=0.1, description="The factor from stair to stair.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": decay(self.gamma, self.whole(clock, self.step_size, "step_size"))}


class MultiStepLR(FactorCurve):
    """base · gamma^(how many milestones are at most t)."""

    kind: Literal["torch.MultiStepLR"] = "torch.MultiStepLR"
    examples = ({"kind": "torch.MultiStepLR", "milestones": [30, 60], "gamma": 0.5, "interval": "epoch"},)
    milestones: PositionsField = Field(description="Where the factor falls, in any order; twice where repeated.")
    gamma: FromZero = Field(default=0.1, description="The factor at each milestone.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        points = sorted({0: 1.0, **dict(self._falls(clock))}.items())
        return {"learning_rate": curve({"kind": "piecewise", "interpolation": "previous", "points": points})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the milestones."""
        yield from super().quirks(clock)
        counts = self._counts(clock)
        if 0 in counts:
            yield Quirk("torch.milestone_zero", "the milestone at 0 applies from the first update on")
        repeated = [step for step, count in counts.items() if count > 1]
        if repeated:
            yield Quirk("torch.milestone_repeated", f"the milestone {repeated[0]} counts {counts[repeated[0]]} times")

    def _counts(self, clock: Clock) -> Counter[int]:
        return Counter(self.whole(clock, at, f"milestones[{i}]") for i, at in enumerate(self.milestones))

    def _falls(self, clock: Clock) -> Iterator[tuple[int, float]]:
        """Give each milestone with the factor from there on, each rounded once from its exact value."""
        passed = 0
        for step, count in sorted(self._counts(clock).items()):
            passed += count
            factor = float(_PRECISE.power(Decimal(self.gamma), passed))
            if math.isinf(factor):
                raise fault("range.overflow", f"{self.gamma!r} to the power of {passed} is above the float range",
                            "Give a smaller gamma.", "gamma")  # fmt: skip
            yield step, factor
