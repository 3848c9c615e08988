"""Up to a peak and far down again: optax's one-cycle schedules, which are piecewise ones with knots of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from unisched.dialects.optax.counting import OptaxCurve
from unisched.dialects.optax.knots import Interpolation, through
from unisched.dialects.ranges import Share
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk
from unisched.spec.number import fault
from unisched.spec.values import Number, PositiveNumber, StrideField

__all__ = ["CosineOnecycleSchedule", "LinearOnecycleSchedule"]

_START = "Where in transition_steps the peak stands; counts are rounded down."


class _Onecycle(OptaxCurve):
    """From peak / div_factor to peak and down to a final value, at transition_steps."""

    transition_steps: StrideField = Field(description="The count from which the final value holds.")
    peak_value: Number = Field(description="The highest value.")

    def _through(self, clock: Clock, way: Interpolation, divisor: float, knots: Mapping[int, Fraction]) -> AnyCurve:
        return through(way, Fraction(self.peak_value) / Fraction(divisor), knots)

    def _length(self, clock: Clock) -> int:
        return self.count(clock, self.transition_steps, "transition_steps", least=1)

    def _collapsed(self, clock: Clock, shares: Mapping[str, float]) -> Iterable[Quirk]:
        steps = self._length(clock)
        places = {name: int(share * steps) for name, share in shares.items()} | {"the end": steps}
        taken: dict[int, str] = {0: "the start"}
        for name, at in places.items():
            if at in taken:
                yield Quirk("optax.knots_collapse", f"{name} and {taken[at]} share count {at}: optax keeps one of them")
            taken[at] = name


class LinearOnecycleSchedule(_Onecycle):
    """Lines through peak/div at 0, peak at ⌊pct_start·T⌋, peak/div at ⌊pct_final·T⌋ and peak/(div·final) at T."""

    kind: Literal["optax.linear_onecycle_schedule"] = "optax.linear_onecycle_schedule"
    examples = (
        {
            "kind": "optax.linear_onecycle_schedule",
            "transition_steps": 9000,
            "peak_value": 0.1,
            "pct_start": 0.25,
            "pct_final": 0.8,
            "div_factor": 10.0,
            "final_div_factor": 1000.0,
        },
    )
    pct_start: Share = Field(default=0.3, description=_START)
    pct_final: Share = Field(default=0.85, description="Where the value is back at peak_value / div_factor.")
    div_factor: PositiveNumber = Field(default=25.0, description="The peak over the first value.")
    final_div_factor: PositiveNumber = Field(default=1e4, description="The first value over the final one.")

    @model_validator(mode="after")
    def _in_order(self) -> LinearOnecycleSchedule:
        if self.pct_final < self.pct_start:
            raise fault("range.order", f"{self.pct_final!r} is below pct_start, {self.pct_start!r}",
                        "Give a pct_final after the peak.", "pct_final")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        steps = self._length(clock)
        # One mapping, as in optax: where two knots share a count, the later one replaces the other.
        knots = {
            int(self.pct_start * steps): Fraction(self.div_factor),
            int(self.pct_final * steps): 1 / Fraction(self.div_factor),
            steps: 1 / Fraction(self.final_div_factor),
        }
        return {"learning_rate": self._through(clock, "linear", self.div_factor, knots)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name knots that share a count, and the final value."""
        yield Quirk("optax.final_value", "optax ends at peak_value / (div_factor · final_div_factor), where its "
                    "documentation says peak_value / final_div_factor")  # fmt: skip
        yield from self._collapsed(clock, {"pct_start": self.pct_start, "pct_final": self.pct_final})


class CosineOnecycleSchedule(_Onecycle):
    """Half cosines through peak/div at 0, peak at ⌊pct_start·T⌋ and peak/(div·final) at T."""

    kind: Literal["optax.cosine_onecycle_schedule"] = "optax.cosine_onecycle_schedule"
    examples = (
        {
            "kind": "optax.cosine_onecycle_schedule",
            "transition_steps": 9000,
            "peak_value": 0.1,
            "pct_start": 0.25,
            "div_factor": 10.0,
            "final_div_factor": 1000.0,
        },
    )
    pct_start: Share = Field(default=0.3, description=_START)
    div_factor: PositiveNumber = Field(default=25.0, description="The peak over the first value.")
    final_div_factor: PositiveNumber = Field(default=1e4, description="The first value over the final one.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        steps = self._length(clock)
        knots = {
            int(self.pct_start * steps): Fraction(self.div_factor),
            steps: 1 / (Fraction(self.div_factor) * Fraction(self.final_div_factor)),
        }
        return {"learning_rate": self._through(clock, "cosine", self.div_factor, knots)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name knots that share a count."""
        return self._collapsed(clock, {"pct_start": self.pct_start})
