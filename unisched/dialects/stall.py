"""The arguments of torch's ReduceLROnPlateau, which other libraries wrap under their own names, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import Field

from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.feedback import Lowering, StallCurve, Times
from unisched.spec.values import FromZero

__all__ = ["EXAMPLE", "TorchStall"]

EXAMPLE: Final[Mapping[str, Any]] = {
    "mode": "min", "factor": 0.5, "patience": 5, "threshold": 0.001, "threshold_mode": "abs", "cooldown": 2,
    "min_lr": 1e-05, "eps": 1e-08,
}  # fmt: skip
"""What an example says of all but its metric."""


class TorchStall(DialectCurve):
    """The optimizer's rate, times `factor` whenever a metric has not improved for more than `patience` observations."""

    mode: Literal["min", "max"] = Field(default="min", description="Whether a smaller or a larger metric is better.")
    factor: Lowering = Field(default=0.1, description="What each stall multiplies the rate by.")
    patience: Times = Field(default=10, description="How many observations without improvement are borne.")
    threshold: FromZero = Field(default=1e-4, description="How much better counts as better.")
    threshold_mode: Literal["rel", "abs"] = Field(
        default="rel", description="Whether the threshold is a part of the best metric, or in its own unit."
    )
    cooldown: Times = Field(default=0, description="How many observations after a drop are not counted.")
    min_lr: FromZero = Field(default=0.0, description="The rate is never lowered below this, absolute.")
    eps: FromZero = Field(default=1e-8, description="No drop of the rate as small as this, or smaller, is made.")

    def stalls(self, monitor: str, *, floor: float) -> AnyCurve:
        """Give the factor that the metric moves, the rate never lowered below an absolute floor."""
        return curve(StallCurve(
            rule="torch", monitor=monitor, mode=self.mode, factor=self.factor, patience=self.patience,
            threshold=self.threshold, threshold_mode=self.threshold_mode, cooldown=self.cooldown, floor=floor,
            eps=self.eps,
        ))  # fmt: skip

    def stall_quirks(self) -> Iterator[Quirk]:
        """Give the quirks of torch's rule that these arguments meet."""
        if self.threshold_mode == "rel":
            yield Quirk("torch.relative", "against a negative best metric a relative threshold is turned round: "
                        "a little worse counts as better")  # fmt: skip
        if self.eps:
            yield Quirk("torch.eps", f"torch makes no drop of {self.eps!r} or less, so the rate may stay above")
