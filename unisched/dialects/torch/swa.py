"""SWALR: from whatever the rate is to the absolute rate of weight averaging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import ClassVar, Final, Literal

from pydantic import Field

from unisched.dialects.torch.arguments import Number
from unisched.dialects.torch.factor import FactorCurve
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.values import Quantity, SpanField

__all__ = ["SWALR"]

_TEN: Final = Duration(Fraction(10), "steps")


class SWALR(FactorCurve):
    """swa_lr · α + start · (1 − α), α = x or (1 − cos(π·x)) / 2, x = min(1, t / anneal_epochs)."""

    kind: Literal["torch.SWALR"] = "torch.SWALR"
    examples = (
        {"kind": "torch.SWALR", "swa_lr": 0.05, "anneal_epochs": 500, "anneal_strategy": "linear", "start": 0.1},
    )
    chainable: ClassVar[bool] = False
    swa_lr: Number = Field(description="The rate of weight averaging, absolute.")
    anneal_epochs: SpanField = Field(default=_TEN, description="The length of the way there; 0 is at once.")
    anneal_strategy: Literal["cos", "linear"] = Field(default="cos", description="The shape of the way there.")
    start: Quantity | None = Field(
        default=None,
        description="Where it begins, a factor of the initial rate unless absolute; without it, what the part before "
        "reached, and the initial rate where there is none. torch reads it off the optimizer.",
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        length = self.whole(clock, self.anneal_epochs, "anneal_epochs")
        end = {"absolute": self.swa_lr}
        if not length:
            return {"learning_rate": curve(end)}
        shape = "cosine" if self.anneal_strategy == "cos" else "linear"
        given = {} if self.start is None else {"start": self.start}
        return {"learning_rate": curve({"kind": shape, **given, "end": end, "duration": length})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk that the start is no argument of torch's."""
        yield from super().quirks(clock)
        if self.start is None:
            yield Quirk("torch.swa_start", "begins at what the optimizer's rate is by then, as torch reads it")
