"""From one value to another along a polynomial: optax's constant, linear and polynomial schedules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, field_validator

from unisched.dialects.optax.counting import OptaxCurve, held, joined
from unisched.duration import NOTHING, Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import Number, SpanField

__all__ = ["ConstantSchedule", "LinearSchedule", "PolynomialSchedule", "WarmupConstantSchedule", "line"]

_INIT = "The value at count 0."


class ConstantSchedule(OptaxCurve):
    """`value`, at every count."""

    kind: Literal["optax.constant_schedule"] = "optax.constant_schedule"
    examples = ({"kind": "optax.constant_schedule", "value": 0.1},)
    value: Number = Field(description="The value.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve(self.value)}


class _Transition(OptaxCurve):
    """From `init_value` to `end_value` over `transition_steps`, after `transition_begin`."""

    init_value: Number = Field(description=_INIT)
    end_value: Number = Field(description="The value from the end on.")
    transition_steps: SpanField = Field(description="The length of the way; with 0, init_value stays for ever.")
    transition_begin: SpanField = Field(default=NOTHING, description="How long init_value is held before.")

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the transition that never happens."""
        if self.transition_steps.amount == 0 and self.init_value != self.end_value:
            yield Quirk("optax.no_transition", f"with transition_steps 0 optax keeps init_value, {self.init_value!r}, "
                        "for ever, and never gives end_value")  # fmt: skip

    def _across(self, clock: Clock, power: float) -> Mapping[str, AnyCurve]:
        begin = self.count(clock, self.transition_begin, "transition_begin")
        steps = self.count(clock, self.transition_steps, "transition_steps")
        if steps == 0 or power == 0:
            return {"learning_rate": curve(self.init_value)}
        ramp = curve({
            "kind": "polynomial", "start": self.init_value, "end": self.end_value, "power": power, "duration": steps,
        })  # fmt: skip
        return {"learning_rate": joined(held(self.init_value, begin), ramp)}


class LinearSchedule(_Transition):
    """end + (init − end)·(1 − x), x = clip(t − begin, 0, steps) / steps."""

    kind: Literal["optax.linear_schedule"] = "optax.linear_schedule"
    examples = (
        {
            "kind": "optax.linear_schedule",
            "init_value": 0.1,
            "end_value": 0,
            "transition_steps": 9000,
            "transition_begin": 1000,
        },
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return self._across(clock, 1.0)


class PolynomialSchedule(_Transition):
    """end + (init − end)·(1 − x)^power, x = clip(t − begin, 0, steps) / steps."""

    kind: Literal["optax.polynomial_schedule"] = "optax.polynomial_schedule"
    examples = (
        {
            "kind": "optax.polynomial_schedule",
            "init_value": 0.1,
            "end_value": 0.001,
            "power": 2,
            "transition_steps": 9000,
            "transition_begin": 1000,
        },
    )
    power: Number = Field(description="The exponent of what is left to go, from 0; with 0, init_value stays.")

    @field_validator("power")
    @classmethod
    def _power_from_zero(cls, power: float) -> float:
        if power < 0:
            raise fault("number.range", f"{power!r} is below 0, and the schedule would be infinite at its end",
                        "Give a power from 0.")  # fmt: skip
        return power

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return self._across(clock, self.power)

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name what jitted optax makes of a power that is no whole number."""
        yield from super().quirks(clock)
        if not self.power.is_integer() and self.transition_steps.amount:
            yield Quirk("optax.nan_at_end", "jitted, optax gives NaN from the end on for many lengths, as the power is "
                        "no whole number; end_value stands here")  # fmt: skip


class WarmupConstantSchedule(OptaxCurve):
    """init + (peak − init)·min(t, warmup_steps) / warmup_steps."""

    kind: Literal["optax.warmup_constant_schedule"] = "optax.warmup_constant_schedule"
    examples = ({"kind": "optax.warmup_constant_schedule", "init_value": 0, "peak_value": 0.1, "warmup_steps": 1000},)
    init_value: Number = Field(description=_INIT)
    peak_value: Number = Field(description="The value from the end of the warm-up on.")
    warmup_steps: SpanField = Field(description="The length of the warm-up, at least one update.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        steps = self.count(clock, self.warmup_steps, "warmup_steps", least=1)
        return {"learning_rate": joined(line(self.init_value, self.peak_value, steps))}


def line(start: float, end: float, steps: int) -> AnyCurve | None:
    """Give a line over so many steps, or nothing for none."""
    return curve({"kind": "linear", "start": start, "end": end, "duration": steps}) if steps else None
