"""Warm-up, hold, cosine: the callback that is pasted from project to project, often with these very names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from unisched.duration import NOTHING, Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import Number, SpanField, StrideField

__all__ = ["WarmUpCosineDecayScheduler"]


class WarmUpCosineDecayScheduler(DialectCurve):
    """start + (base − start)·s / warmup up to warmup, base for hold steps, then base·(1 + cos(π·v)) / 2, then 0.

    s = t + global_step_init, v = (s − warmup − hold) / (total − warmup − hold), and 0 holds from total on.
    """

    kind: Literal["keras.WarmUpCosineDecayScheduler"] = "keras.WarmUpCosineDecayScheduler"
    examples = (
        {
            "kind": "keras.WarmUpCosineDecayScheduler",
            "learning_rate_base": 0.1,
            "total_steps": 9000,
            "global_step_init": 0,
            "warmup_learning_rate": 0.001,
            "warmup_steps": 1000,
            "hold_base_rate_steps": 500,
        },
    )
    learning_rate_base: Number = Field(description="The value after the warm-up.")
    total_steps: StrideField = Field(description="Where the decay ends: warm-up and hold are included.")
    global_step_init: SpanField = Field(default=NOTHING, description="The step at which the callback begins.")
    warmup_learning_rate: Number = Field(default=0.0, description="The value at the start of the warm-up.")
    warmup_steps: SpanField = Field(default=NOTHING, description="The length of the warm-up; 0 leaves it out.")
    hold_base_rate_steps: SpanField = Field(default=NOTHING, description="How long learning_rate_base is held.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup = self.whole(clock, self.warmup_steps, "warmup_steps")
        hold = self.whole(clock, self.hold_base_rate_steps, "hold_base_rate_steps")
        left = self.whole(clock, self.total_steps, "total_steps") - warmup - hold
        if left <= 0:
            raise fault("range.order", f"total_steps include the warm-up of {warmup} and the hold of {hold} steps, "
                        "which leaves no decay", "Give more.", "total_steps")  # fmt: skip
        if warmup and self.learning_rate_base < self.warmup_learning_rate:
            raise fault("range.order", f"{self.warmup_learning_rate!r} is above learning_rate_base, "
                        f"{self.learning_rate_base!r}", "Lower it.", "warmup_learning_rate")  # fmt: skip
        base = self.learning_rate_base
        parts = [
            {"kind": "linear", "start": self.warmup_learning_rate, "end": base, "duration": warmup},
            {"kind": "constant", "value": base, "duration": hold},
            {"kind": "cosine", "start": base, "end": 0, "duration": left},
        ]
        whole = {"kind": "sequence", "parts": [part for part in parts if part["duration"]]}
        begin = self.whole(clock, self.global_step_init, "global_step_init")
        return {"learning_rate": curve({"kind": "shift", "by": begin, "curve": whole} if begin else whole)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name where the decay ends."""
        if self.warmup_steps.amount or self.hold_base_rate_steps.amount:
            yield Quirk("keras.total_includes_warmup", "total_steps include warm-up and hold, unlike the decay_steps "
                        "of keras.CosineDecay")  # fmt: skip
