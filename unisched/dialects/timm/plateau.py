"""timm's plateau scheduler: torch's, in epochs, with a warm-up before it and noise upon it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from pydantic import Field

from unisched.dialects.pieces import in_order
from unisched.dialects.timm.noise import Kind
from unisched.dialects.timm.schedule import EXAMPLE, Noisy
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.feedback import Lowering, Metric, StallCurve, Times
from unisched.spec.values import FromZero

__all__ = ["PlateauLRScheduler"]

_EPS: Final = 1e-8
"""The smallest drop that torch's plateau makes; timm leaves it as it is."""


class PlateauLRScheduler(Noisy):
    """A warm-up to B up to epoch `warmup_t`, then times `decay_rate` whenever `monitor` stalls. Always in epochs."""

    kind: Literal["timm.PlateauLRScheduler"] = "timm.PlateauLRScheduler"
    examples = (
        {
            "kind": "timm.PlateauLRScheduler",
            "monitor": "top1",
            "mode": "max",
            "decay_rate": 0.5,
            "patience_t": 5,
            "threshold": 0.001,
            "cooldown_t": 2,
            "lr_min": 1e-05,
            **EXAMPLE,
            "noise_type": "normal",
        },
    )
    monitor: Metric = Field(default="top1", description="The metric to watch; timm is handed its value.")
    decay_rate: Lowering = Field(default=0.1, description="What each stall multiplies the rate by.")
    patience_t: Times = Field(default=10, description="How many epochs without improvement are borne.")
    threshold: FromZero = Field(default=1e-4, description="How much better, as a part of the best, counts as better.")
    cooldown_t: Times = Field(default=0, description="How many epochs after a drop are not counted.")
    lr_min: FromZero = Field(default=0.0, description="The rate is never lowered below this.")
    mode: Literal["min", "max"] = Field(default="max", description="Whether a smaller or a larger metric is better.")
    noise_type: Kind = Field(default="normal", description="The distribution of the noise.")

    def epochs_by(self) -> str | None:
        """Give the field by which bare numbers count epochs: here they all do."""
        return "kind"

    def noise_kind(self) -> Kind:
        """Give the distribution of the noise."""
        return self.noise_type

    def noise_from(self, clock: Clock) -> int:
        """Give the first epoch with noise: none during the warm-up, its last epoch included."""
        return self.warmup(clock) + 1

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        moved = curve(StallCurve(
            rule="torch", monitor=self.monitor, mode=self.mode, factor=self.decay_rate, patience=self.patience_t,
            threshold=self.threshold, threshold_mode="rel", cooldown=self.cooldown_t, floor=self.lr_min, eps=_EPS,
        ))  # fmt: skip
        return {"learning_rate": self.noised(clock, in_order((self.warmup(clock), self.rise()), then=moved))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.noise_quirks(clock)
        if self.mode == "max":
            yield Quirk("timm.mode", "a larger metric is better by default, unlike in torch")
        yield Quirk("timm.eps", "torch's plateau makes no drop of 1e-08 or less, so the rate may stay a little above")
