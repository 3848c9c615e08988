"""CosineAnnealingLR and CosineAnnealingWarmRestarts: cosine waves down to an absolute `eta_min`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field

from unisched.dialects.torch.factor import FactorCurve
from unisched.duration import LAST_STEP, Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, WaveCurve, Wrap, curve
from unisched.spec.values import Absolute, Count, Number, StrideField

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(FactorCurve):
    """eta_min + (base − eta_min) · (1 + cos(π·t / T_max)) / 2, which rises again past T_max."""

    kind: Literal["torch.CosineAnnealingLR"] = "torch.CosineAnnealingLR"
    examples = ({"kind": "torch.CosineAnnealingLR", "T_max": 9000, "eta_min": 1e-05},)
    T_max: StrideField = Field(description="The length of the way down.")
    eta_min: Number = Field(default=0.0, description="The lowest value, absolute.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": _wave(self.whole(clock, self.T_max, "T_max"), self.eta_min, "bounce")}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk that the value does not hold."""
        yield from super().quirks(clock)
        length = self.whole(clock, self.T_max, "T_max")
        if clock.total is None or clock.total > length:
            yield Quirk(
                "torch.rebound", f"past T_max the rate does not hold; it rises, and is back at step {2 * length}"
            )


class CosineAnnealingWarmRestarts(FactorCurve):
    """In cycle i, of length T_0 · T_mult^i: eta_min + (base − eta_min) · (1 + cos(π·u / length)) / 2 at its step u."""

    kind: Literal["torch.CosineAnnealingWarmRestarts"] = "torch.CosineAnnealingWarmRestarts"
    examples = ({"kind": "torch.CosineAnnealingWarmRestarts", "T_0": 1000, "T_mult": 2, "eta_min": 1e-05},)
    T_0: StrideField = Field(description="The length of the first cycle.")
    T_mult: Count = Field(default=1, description="Each cycle is so many times as long as the one before.")
    eta_min: Number = Field(default=0.0, description="What each cycle falls towards, absolute.")

    chainable = False

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        first = self.whole(clock, self.T_0, "T_0")
        if self.T_mult == 1:
            return {"learning_rate": _wave(first, self.eta_min, "restart")}
        end = {"absolute": self.eta_min} if self.eta_min else 0
        parts = [{"kind": "cosine", "start": 1, "end": end, "duration": length} for length in self._cycles(first)]
        return {"learning_rate": curve({"kind": "sequence", "parts": parts})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk that no step is the last of a cycle."""
        yield from super().quirks(clock)
        yield Quirk("torch.restart", "each cycle begins where the one before would reach eta_min, which no update uses")

    def _cycles(self, length: int) -> Iterator[int]:
        """Give the lengths of all cycles that a counter of steps can see to their end."""
        end = length
        while end <= LAST_STEP:
            yield length
            length *= self.T_mult
            end += length


def _wave(length: int, floor: float, wrap: Wrap) -> AnyCurve:
    # Where the floor is 0 nothing is absolute, and the wave may stand in a product.
    end = Absolute(absolute=floor) if floor else 0.0
    return curve(WaveCurve(start=1.0, end=end, span=Fraction(length), wrap=wrap, shape="cosine"))
