"""By a rate for every so many updates, towards a bound: optax's exponential decays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from unisched.dialects.optax.counting import OptaxCurve, held, joined
from unisched.dialects.optax.transitions import line
from unisched.duration import NOTHING, Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.values import Number, PositiveNumber, SpanField, StrideField

__all__ = ["ExponentialDecay", "WarmupExponentialDecaySchedule"]


class _Exponential(OptaxCurve):
    """Times `decay_rate` for every `transition_steps`, after `transition_begin`."""

    transition_steps: StrideField = Field(description="How long one factor of decay_rate takes.")
    decay_rate: PositiveNumber = Field(description="The factor for every transition_steps.")
    transition_begin: SpanField = Field(default=NOTHING, description="How long the first value is held before.")
    staircase: bool = Field(default=False, description="Whether the value changes only once in transition_steps.")
    end_value: Number | None = Field(
        default=None, description="The lowest value where decay_rate is below 1, else the highest."
    )

    def _decay(self, clock: Clock, first: float) -> AnyCurve:
        begin = self.count(clock, self.transition_begin, "transition_begin")
        every = self.count(clock, self.transition_steps, "transition_steps", least=1)
        decay = joined(held(first, begin), curve({
            "kind": "exponential", "start": first, "rate": self.decay_rate, "every": every, "staircase": self.staircase,
        }))  # fmt: skip
        if self.end_value is None:
            return decay
        return curve({"kind": "clip", "curve": decay, "minimum" if self.decay_rate < 1 else "maximum": self.end_value})

    def _quirks_from(self, first: float, name: str) -> Iterable[Quirk]:
        end = self.end_value
        if self.staircase:
            yield Quirk("optax.late_stairs", "jitted, optax begins some stairs one update late, as it divides in "
                        "float32; here all begin at the multiples of transition_steps")  # fmt: skip
        if end is not None and (end > first if self.decay_rate < 1 else end < first):
            yield Quirk("optax.end_value_first", f"end_value {end!r} bounds the decay from its first count on: "
                        f"{name}, {first!r}, is never given")  # fmt: skip


class ExponentialDecay(_Exponential):
    """init·rate^q, q = max(t − begin, 0) / steps, rounded down if staircase; then max(·, end), min if rate ≥ 1."""

    kind: Literal["optax.exponential_decay"] = "optax.exponential_decay"
    examples = (
        {
            "kind": "optax.exponential_decay",
            "init_value": 0.1,
            "transition_steps": 1000,
            "decay_rate": 0.9,
            "transition_begin": 500,
            "staircase": True,
            "end_value": 0.01,
        },
    )
    init_value: Number = Field(description="The value at count 0.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": self._decay(clock, self.init_value)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name late stairs, and an end that lifts or lowers the whole curve."""
        return self._quirks_from(self.init_value, "init_value")


class WarmupExponentialDecaySchedule(_Exponential):
    """init + (peak − init)·t / warmup up to warmup, then optax.exponential_decay from peak, counted from there."""

    kind: Literal["optax.warmup_exponential_decay_schedule"] = "optax.warmup_exponential_decay_schedule"
    examples = (
        {
            "kind": "optax.warmup_exponential_decay_schedule",
            "init_value": 0,
            "peak_value": 0.1,
            "warmup_steps": 1000,
            "transition_steps": 500,
            "decay_rate": 0.9,
            "transition_begin": 200,
            "staircase": True,
            "end_value": 0.001,
        },
    )
    init_value: Number = Field(description="The value at count 0.")
    peak_value: Number = Field(description="The value at the end of the warm-up.")
    warmup_steps: SpanField = Field(description="The length of the warm-up; 0 leaves it out.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup = self.count(clock, self.warmup_steps, "warmup_steps")
        return {"learning_rate": joined(line(self.init_value, self.peak_value, warmup),
                                        self._decay(clock, self.peak_value))}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name late stairs, and an end that lifts or lowers the whole decay."""
        return self._quirks_from(self.peak_value, "peak_value")
