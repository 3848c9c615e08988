"""Down half a cosine wave, after a warm-up if one is asked for: Keras's CosineDecay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field

from unisched.dialects.keras.waves import Piece, laid_out
from unisched.dialects.rounding import product
from unisched.duration import NOTHING, Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk
from unisched.spec.values import Number, SpanField, StrideField

__all__ = ["CosineDecay"]


class CosineDecay(DialectCurve):
    """peak·((1 − alpha)·(1 + cos(π·min(t − warmup, steps) / steps)) / 2 + alpha) from t = warmup on.

    With a warmup_target that is the peak, after initial + (target − initial)·t / warmup; without one the peak is
    initial_learning_rate, and warmup is 0.
    """

    kind: Literal["keras.CosineDecay"] = "keras.CosineDecay"
    examples = (
        {
            "kind": "keras.CosineDecay",
            "initial_learning_rate": 0.001,
            "decay_steps": 9000,
            "alpha": 0.01,
            "warmup_target": 0.1,
            "warmup_steps": 1000,
        },
    )
    initial_learning_rate: Number = Field(description="The value at step 0.")
    decay_steps: StrideField = Field(description="The length of the decay, without the warm-up.")
    alpha: Number = Field(default=0.0, description="The value from the end on, as a fraction of the peak.")
    warmup_target: Number | None = Field(default=None, description="The peak, at the end of the warm-up.")
    warmup_steps: SpanField = Field(default=NOTHING, description="The length of the warm-up; only with warmup_target.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        steps = self.steps(clock, self.decay_steps, "decay_steps")
        start = Fraction(0) if self.warmup_target is None else self.steps(clock, self.warmup_steps, "warmup_steps")
        fall = Piece(self._peak, product(self._peak, self.alpha, field="alpha"), start, steps, "cosine")
        if not start:
            return {"learning_rate": laid_out([fall])}
        return {"learning_rate": laid_out([Piece(self.initial_learning_rate, self._peak, Fraction(0), start), fall])}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name what warm-up and alpha are easily taken for."""
        if self.warmup_target is None and self.warmup_steps.amount:
            yield Quirk("keras.warmup_ignored", "no warm-up: Keras ignores warmup_steps without a warmup_target")
        if self.warmup_target is not None and self.warmup_steps.amount:
            yield Quirk("keras.decay_after_warmup", "decay_steps exclude the warm-up: the decay ends at their sum")
        if self.alpha:
            yield Quirk("keras.alpha_fraction", f"alpha {self.alpha!r} is a fraction of the peak: the decay ends at "
                        f"{product(self._peak, self.alpha)!r}")  # fmt: skip

    @property
    def _peak(self) -> float:
        return self.initial_learning_rate if self.warmup_target is None else self.warmup_target
