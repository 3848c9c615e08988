"""Down half a cosine wave: optax's cosine decays, alone, after a warm-up, and again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from unisched.dialects.optax.counting import LAST_COUNT, OptaxCurve, joined
from unisched.dialects.optax.transitions import line
from unisched.dialects.rounding import product
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.model import Model
from unisched.spec.number import fault, shown
from unisched.spec.values import FromZero, Number, SpanField, StrideField, read_each

__all__ = ["CosineDecaySchedule", "Cycle", "SgdrSchedule", "WarmupCosineDecaySchedule"]

_EXPONENT = "The exponent of the cosine's weight, from 0; with 0, the value never falls."


class CosineDecaySchedule(OptaxCurve):
    """init·((1 − alpha)·y^exponent + alpha), y = (1 + cos(π·min(t, steps) / steps)) / 2."""

    kind: Literal["optax.cosine_decay_schedule"] = "optax.cosine_decay_schedule"
    examples = (
        {"kind": "optax.cosine_decay_schedule", "init_value": 0.1, "decay_steps": 9000, "alpha": 0.01, "exponent": 2.0},
    )
    init_value: Number = Field(description="The value at count 0.")
    decay_steps: StrideField = Field(description="The length of the decay.")
    alpha: Number = Field(default=0.0, description="The value from the end on, as a fraction of init_value.")
    exponent: FromZero = Field(default=1.0, description=_EXPONENT)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        steps = self.whole(clock, self.decay_steps, "decay_steps")
        end = product(self.init_value, self.alpha, field="alpha")
        return {"learning_rate": _fall(self.init_value, end, steps, self.exponent)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name an alpha that is easily taken for a value."""
        if self.alpha:
            yield Quirk("optax.alpha_fraction", f"alpha {self.alpha!r} is a fraction of init_value: the decay ends at "
                        f"{product(self.init_value, self.alpha)!r}")  # fmt: skip


class Cycle(Model):
    """A warm-up and a cosine decay: the arguments of optax's warmup_cosine_decay_schedule."""

    examples = (
        {
            "init_value": 0,
            "peak_value": 0.1,
            "warmup_steps": 100,
            "decay_steps": 2000,
            "end_value": 0.001,
            "exponent": 2.0,
        },
    )
    init_value: Number = Field(description="The value at the start of the warm-up.")
    peak_value: Number = Field(description="The value at the end of the warm-up; not 0 if end_value is not.")
    warmup_steps: SpanField = Field(description="The length of the warm-up; 0 leaves it out.")
    decay_steps: StrideField = Field(description="The length of warm-up and decay together, longer than the warm-up.")
    end_value: Number = Field(default=0.0, description="The value from the end on.")
    exponent: FromZero = Field(default=1.0, description=_EXPONENT)

    @model_validator(mode="after")
    def _ends_where_it_says(self) -> Cycle:
        if self.peak_value == 0 and self.end_value != 0:
            raise fault("number.range", f"from a peak_value of 0 optax decays to 0, not to {self.end_value!r}",
                        "Give a peak_value, or leave end_value out.", "end_value")  # fmt: skip
        return self


class WarmupCosineDecaySchedule(OptaxCurve, Cycle):
    """init + (peak − init)·t / warmup up to warmup, then end + (peak − end)·y^exponent.

    y = (1 + cos(π·(min(t, decay) − warmup) / (decay − warmup))) / 2.
    """

    kind: Literal["optax.warmup_cosine_decay_schedule"] = "optax.warmup_cosine_decay_schedule"
    examples = (
        {
            "kind": "optax.warmup_cosine_decay_schedule",
            "init_value": 0,
            "peak_value": 0.1,
            "warmup_steps": 1000,
            "decay_steps": 9000,
            "end_value": 0.001,
            "exponent": 2.0,
        },
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": joined(*_cycle(self, clock, self)[1])}


def _cycles(value: object) -> tuple[Cycle, ...]:
    return read_each(value, _read_cycle)


def _read_cycle(value: object) -> Cycle:
    if isinstance(value, Cycle):
        return value
    if not isinstance(value, Mapping):
        raise fault("type.object", f"{shown(value)} is no object", "Give arguments of warmup_cosine_decay_schedule.")
    return Cycle(**value)


class SgdrSchedule(OptaxCurve):
    """optax.warmup_cosine_decay_schedule of each item in turn, counted from where the item before ended."""

    kind: Literal["optax.sgdr_schedule"] = "optax.sgdr_schedule"
    examples = (
        {
            "kind": "optax.sgdr_schedule",
            "cosine_kwargs": [
                {"init_value": 0, "peak_value": 0.1, "warmup_steps": 100, "decay_steps": 2000},
                {"init_value": 0, "peak_value": 0.05, "warmup_steps": 100, "decay_steps": 4000},
            ],
        },
    )
    cosine_kwargs: Annotated[tuple[Cycle, ...], BeforeValidator(_cycles)] = Field(
        min_length=1,
        description="The cycles: for each, the arguments of warmup_cosine_decay_schedule; it lasts its decay_steps.",
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        parts: list[AnyCurve] = []
        length = 0
        for index, cycle in enumerate(self.cosine_kwargs):
            steps, pieces = _cycle(self, clock, cycle, f"cosine_kwargs[{index}].")
            parts += [piece for piece in pieces if piece is not None]
            length += steps
            if length > LAST_COUNT:
                raise fault("number.range", f"ends at {length} updates, past 2^31 - 1", "optax counts in 32 bits.",
                            f"cosine_kwargs[{index}].decay_steps")  # fmt: skip
        return {"learning_rate": joined(*parts)}


def _cycle(
    owner: OptaxCurve, clock: Clock, cycle: Cycle, within: str = ""
) -> tuple[int, tuple[AnyCurve | None, AnyCurve]]:
    """Give the length of a cycle, its warm-up, if there is one, and its decay."""
    warmup = owner.count(clock, cycle.warmup_steps, f"{within}warmup_steps")
    steps = owner.whole(clock, cycle.decay_steps, f"{within}decay_steps")
    if steps <= warmup:
        raise fault("range.order", f"decay_steps, {steps} updates, include the warm-up of {warmup}, which leaves no "
                    "decay", "Give more, for both.", f"{within}decay_steps")  # fmt: skip
    rise = line(cycle.init_value, cycle.peak_value, warmup)
    return steps, (rise, _fall(cycle.peak_value, cycle.end_value, steps - warmup, cycle.exponent))


def _fall(start: float, end: float, steps: int, exponent: float) -> AnyCurve:
    if exponent == 0:
        return curve({"kind": "constant", "value": start, "duration": steps})
    return curve({"kind": "cosine", "start": start, "end": end, "power": exponent, "duration": steps})
