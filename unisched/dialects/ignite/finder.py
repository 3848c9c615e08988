"""FastaiLRFinder: the ramp of a learning rate range test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator

from unisched.dialects.ignite.handler import Handler
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import Number, StrideField

__all__ = ["FastaiLRFinder"]


class FastaiLRFinder(Handler):
    """start·(end/start)^((t + 1)/n); linear: start + (end − start)·t/n, up to n."""

    kind: Literal["ignite.FastaiLRFinder"] = "ignite.FastaiLRFinder"
    examples = (
        {"kind": "ignite.FastaiLRFinder", "start_lr": 1e-07, "end_lr": 10, "num_iter": 1000, "step_mode": "exp"},
    )
    num_iter: StrideField | None = Field(default=None, description="n, the length of the ramp; without it, the total.")
    start_lr: Number = Field(description="The rate at the start.")
    end_lr: Number = Field(default=10.0, description="The rate at the end, above start_lr.")
    step_mode: Literal["exp", "linear"] = Field(default="exp", description="The shape of the ramp.")

    @model_validator(mode="after")
    def _rises(self) -> FastaiLRFinder:
        if self.start_lr >= self.end_lr:
            raise fault(
                "range.order", f"{self.start_lr!r} is not below the end of {self.end_lr!r}", "Lower it.", "start_lr"
            )
        if self.step_mode == "exp" and self.start_lr <= 0:
            raise fault("number.range", f"{self.start_lr!r} is not above 0, as geometric steps need",
                        'Give a rate above 0, or "linear".', "start_lr")  # fmt: skip
        return self

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the ramp, which goes on where it is geometric."""
        length = self.total(clock, self.num_iter, "num_iter")
        if self.step_mode == "linear":
            return curve({"kind": "linear", "start": self.start_lr, "end": self.end_lr, "duration": length})
        rise = {"kind": "exponential", "start": self.start_lr, "rate": self.end_lr / self.start_lr, "every": length}
        return curve({"kind": "shift", "curve": rise, "by": 1})

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the start that is skipped."""
        if self.step_mode == "exp":
            yield Quirk("ignite.finder", "the exponential ramp is one event ahead: start_lr itself is never used, and "
                        "past num_iter it goes on")  # fmt: skip
