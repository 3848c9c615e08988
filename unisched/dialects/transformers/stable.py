"""Warm-up, a stable stretch, and a decay: the three stages of Transformers' `warmup_stable_decay`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field

from unisched.dialects.pieces import in_order
from unisched.dialects.transformers.schedule import Warmed, waves
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, WaveCurve, curve
from unisched.spec.values import FromZero, SpanField, StrideField

__all__ = ["WarmupStableDecay"]

Shape: TypeAlias = Literal["linear", "cosine", "1-sqrt"]


class WarmupStableDecay(Warmed):
    """From `min_lr_ratio` to 1 over W, 1 for S steps, back over Q = `num_decay_steps`, then `min_lr_ratio`.

    S is `num_stable_steps`, or N - W - Q. With x the part of a stage that is done, the warm-up is x, (1 - cos πx)/2
    or 1 - sqrt(1 - x), the decay 1 - x, (1 + cos(2π·num_cycles·x))/2 or 1 - sqrt(x), each put between the two ends.
    """

    kind: Literal["transformers.warmup_stable_decay"] = "transformers.warmup_stable_decay"
    examples = (
        {
            "kind": "transformers.warmup_stable_decay",
            "num_warmup_steps": 500,
            "num_decay_steps": 1500,
            "num_stable_steps": 7000,
            "warmup_type": "linear",
            "decay_type": "1-sqrt",
            "min_lr_ratio": 0.1,
            "num_cycles": 0.5,
        },
        {
            "kind": "transformers.warmup_stable_decay",
            "num_warmup_steps": 500,
            "num_decay_steps": 1500,
            "num_training_steps": 9000,
        },
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_wsd_schedule",)
    num_decay_steps: SpanField = Field(description="The length of the decay.")
    num_training_steps: StrideField | None = Field(
        default=None,
        description="Where the decay ends; without it, and without num_stable_steps, the total of the run.",
    )
    num_stable_steps: SpanField | None = Field(
        default=None, description="The length of the stable stretch; without it, what is left of the training."
    )
    warmup_type: Shape = Field(default="linear", description="The shape of the warm-up.")
    decay_type: Shape = Field(default="cosine", description="The shape of the decay.")
    min_lr_ratio: FromZero = Field(default=0.0, description="The factor at both ends.")
    num_cycles: FromZero = Field(default=0.5, description="How many full waves a cosine decay has.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup, decay, stable = self.warmup(clock), self._decay_steps(clock), self._stable(clock)
        begun = max(0, -stable)
        pieces = [
            (warmup, self._rise(warmup)),
            (max(0, stable), curve(1)),
            (max(0, decay - begun), self._fall(decay, begun)),
        ]
        return {"learning_rate": in_order(*pieces, then=curve(self.min_lr_ratio))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        if self.num_stable_steps is not None and self.num_training_steps is not None:
            yield Quirk("transformers.stable_wins", "num_training_steps says nothing beside num_stable_steps")
        stable = self._stable(clock)
        if stable < 0:
            yield Quirk("transformers.decay_begun", f"warm-up and decay overlap: the decay begins {-stable} steps in")
        if self.decay_type == "cosine" and (2 * self.num_cycles) % 2 != 1:
            yield Quirk(
                "transformers.jump", f"{self.num_cycles!r} waves do not end at the minimum: the factor jumps there"
            )

    def _decay_steps(self, clock: Clock) -> int:
        return self.whole(clock, self.num_decay_steps, "num_decay_steps")

    def _stable(self, clock: Clock) -> int:
        if self.num_stable_steps is not None:
            return self.whole(clock, self.num_stable_steps, "num_stable_steps")
        training = self.total(clock, self.num_training_steps, "num_training_steps")
        return training - self.warmup(clock) - self._decay_steps(clock)

    def _rise(self, warmup: int) -> AnyCurve:
        if self.warmup_type == "cosine":
            return curve({"kind": "cosine", "start": self.min_lr_ratio, "end": 1})
        power = 0.5 if self.warmup_type == "1-sqrt" else 1.0
        return curve({"kind": "polynomial", "start": self.min_lr_ratio, "end": 1, "power": power})

    def _fall(self, decay: int, begun: int) -> AnyCurve:
        if self.decay_type == "cosine":
            return waves(self.num_cycles, max(1, decay), self.min_lr_ratio, begun)
        root = self.decay_type == "1-sqrt"
        return curve(WaveCurve(start=1.0, end=self.min_lr_ratio, span=Fraction(max(1, decay)), offset=Fraction(begun),
                               power=0.5 if root else 1.0, mirror=root))  # fmt: skip
