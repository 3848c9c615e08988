"""Down by a rate, by the inverse of time, and along a polynomial: three of Keras's schedules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field

from unisched.dialects.keras.waves import Piece, laid_out
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.values import FromZero, Number, PositiveNumber, StrideField

__all__ = ["ExponentialDecay", "InverseTimeDecay", "PolynomialDecay"]

_INITIAL = "The value at step 0."
_LATE = Quirk("keras.late_stairs", "compiled, Keras begins some stairs one step late, as it divides in float32; here "
              "all begin at the multiples of decay_steps")  # fmt: skip


class ExponentialDecay(DialectCurve):
    """initial · rate^(t / steps), the exponent rounded down if staircase."""

    kind: Literal["keras.ExponentialDecay"] = "keras.ExponentialDecay"
    examples = (
        {
            "kind": "keras.ExponentialDecay",
            "initial_learning_rate": 0.1,
            "decay_steps": 1000,
            "decay_rate": 0.96,
            "staircase": True,
        },
    )
    initial_learning_rate: Number = Field(description=_INITIAL)
    decay_steps: StrideField = Field(description="How long one factor of decay_rate takes.")
    decay_rate: PositiveNumber = Field(description="The factor for every decay_steps.")
    staircase: bool = Field(default=False, description="Whether the value changes only once in decay_steps.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        every = self.whole(clock, self.decay_steps, "decay_steps") if self.staircase else self.decay_steps
        return {"learning_rate": curve({"kind": "exponential", "start": self.initial_learning_rate,
                                        "rate": self.decay_rate, "every": every,
                                        "staircase": self.staircase})}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the stairs that begin late."""
        return (_LATE,) if self.staircase else ()


class InverseTimeDecay(DialectCurve):
    """initial / (1 + rate · t / steps), t / steps rounded down if staircase."""

    kind: Literal["keras.InverseTimeDecay"] = "keras.InverseTimeDecay"
    examples = (
        {
            "kind": "keras.InverseTimeDecay",
            "initial_learning_rate": 0.1,
            "decay_steps": 1000,
            "decay_rate": 0.5,
            "staircase": False,
        },
    )
    initial_learning_rate: Number = Field(description=_INITIAL)
    decay_steps: StrideField = Field(description="How long it takes to divide once more by decay_rate.")
    decay_rate: FromZero = Field(description="How much the divisor grows in decay_steps.")
    staircase: bool = Field(default=False, description="Whether the value changes only once in decay_steps.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        if self.staircase:
            passed = f"(step // {self.whole(clock, self.decay_steps, 'decay_steps')})"
        else:
            steps = self.steps(clock, self.decay_steps, "decay_steps")
            passed = f"(step * {steps.denominator} / {steps.numerator})"
        text = f"{self.initial_learning_rate!r} / (1 + {self.decay_rate!r} * {passed})"
        return {"learning_rate": curve({"kind": "formula", "expression": text})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the stairs that begin late."""
        return (_LATE,) if self.staircase else ()


class PolynomialDecay(DialectCurve):
    """end + (initial − end)·(1 − x)^power, x = min(t, steps) / steps.

    If cycle, x = t / (steps · max(1, ⌈t / steps⌉)).
    """

    kind: Literal["keras.PolynomialDecay"] = "keras.PolynomialDecay"
    examples = (
        {
            "kind": "keras.PolynomialDecay",
            "initial_learning_rate": 0.1,
            "decay_steps": 9000,
            "end_learning_rate": 0.001,
            "power": 0.5,
            "cycle": False,
        },
    )
    initial_learning_rate: Number = Field(description=_INITIAL)
    decay_steps: StrideField = Field(description="The length of the decay.")
    end_learning_rate: Number = Field(default=1e-4, description="The value at the end.")
    power: FromZero = Field(default=1.0, description="The exponent of what is left to go; with 0, nothing decays.")
    cycle: bool = Field(default=False, description="Whether the decay goes on, over the next multiple of decay_steps.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        if self.power == 0:
            return {"learning_rate": curve(self.initial_learning_rate)}
        if self.cycle:
            return {"learning_rate": curve({"kind": "formula", "expression": self._stretching(clock)})}
        steps = self.steps(clock, self.decay_steps, "decay_steps")
        decay = Piece(self.initial_learning_rate, self.end_learning_rate, Fraction(0), steps, power=self.power)
        return {"learning_rate": laid_out([decay])}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the cycle that stretches, and what compiled Keras makes of a power that is no whole number."""
        if self.cycle:
            yield Quirk("keras.stretching_cycle", "a cycle stretches the decay over all steps so far instead of "
                        "starting over: it begins lower each time, and ends at the boundary itself")  # fmt: skip
        elif not self.power.is_integer():
            yield Quirk("keras.nan_at_end", "compiled by XLA, Keras gives NaN from the end on for many lengths, as the "
                        "power is no whole number; end_learning_rate stands here")  # fmt: skip

    def _stretching(self, clock: Clock) -> str:
        """Give the decay over the next multiple of decay_steps, with weights exact at both ends."""
        steps = self.whole(clock, self.decay_steps, "decay_steps")
        length = f"({steps} * max(1, (step + {steps - 1}) // {steps}))"
        left = f"(({length} - step) / {length})"
        weight = left if self.power == 1 else f"{left} ** {self.power!r}"
        return f"{self.initial_learning_rate!r} * {weight} + {self.end_learning_rate!r} * (1 - {weight})"
