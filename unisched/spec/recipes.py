"""A warm-up and a decay under the names people say: warmup_cosine, warmup_linear, wsd, rex."""

from __future__ import annotations

from typing import Literal, assert_never

from pydantic import Field, model_validator

from unisched.duration import NOTHING
from unisched.formulas.expression import parse
from unisched.spec.combinators import ProductCurve
from unisched.spec.curves import ConstantCurve, CosineCurve, ExponentialCurve, LinearCurve
from unisched.spec.expansion import Expansion, RecipeCurve, Steps, below_peak, warmed
from unisched.spec.formulas import FORMULA_NAMES, FormulaCurve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Number, Quantity, SpanField, StrideField

__all__ = ["RexCurve", "WarmupCosineCurve", "WarmupLinearCurve", "WsdCurve"]

_PEAK = "The value at the end of the warm-up."
_WARMUP = "The length of the warm-up; 0 leaves it out."
_START = "The value at the start of the warm-up, at most the peak."
_END = "The value from the end on, at most the peak."
_REX = parse("1 / (1 - progress/2)", FORMULA_NAMES)


class WarmupCosineCurve(RecipeCurve):
    """Linear from `start` to `peak`, then half a cosine wave to `end`."""

    kind: Literal["warmup_cosine"] = "warmup_cosine"
    examples = ({"kind": "warmup_cosine", "peak": 0.001, "warmup": "5 epochs", "start": 1e-06, "end": 1e-05},)
    peak: Number = Field(description=_PEAK)
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)
    end: Quantity = Field(default=0.0, description=_END)

    @model_validator(mode="after")
    def _peak_is_highest(self) -> WarmupCosineCurve:
        below_peak(self.peak, start=self.start, end=self.end)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the sequence this stands for."""
        return warmed(self.warmup, self.start, self.peak, {"": CosineCurve(start=self.peak, end=self.end)})


class WarmupLinearCurve(RecipeCurve):
    """Linear from `start` to `peak`, then linear to `end`."""

    kind: Literal["warmup_linear"] = "warmup_linear"
    examples = ({"kind": "warmup_linear", "peak": 0.0002, "warmup": "3%", "start": 0, "end": 1e-06},)
    peak: Number = Field(description=_PEAK)
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)
    end: Quantity = Field(default=0.0, description=_END)

    @model_validator(mode="after")
    def _peak_is_highest(self) -> WarmupLinearCurve:
        below_peak(self.peak, start=self.start, end=self.end)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the sequence this stands for."""
        return warmed(self.warmup, self.start, self.peak, {"": LinearCurve(start=self.peak, end=self.end)})


class WsdCurve(RecipeCurve):
    """Warm-up, stable, decay: linear to `peak`, constant, then down to `end` over the last `decay`."""

    kind: Literal["wsd"] = "wsd"
    examples = (
        {"kind": "wsd", "peak": 0.0003, "warmup": 200, "decay": "20%", "start": 1e-06, "end": 1e-05, "shape": "1-sqrt"},
    )
    peak: Number = Field(description=_PEAK)
    decay: StrideField = Field(description="The length of the decay.")
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)
    end: Quantity = Field(default=0.0, description=_END)
    shape: Literal["1-sqrt", "linear", "cosine", "exponential"] = Field(
        default="1-sqrt",
        description="The shape of the decay; 1-sqrt falls fast at first, exponential needs an end above 0.",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> WsdCurve:
        below_peak(self.peak, start=self.start, end=self.end)
        end = self.end.absolute if isinstance(self.end, Absolute) else self.end
        for name, value in (("peak", self.peak), ("end", end)):
            if self.shape == "exponential" and value <= 0:
                raise fault("number.range", f"{value!r} is not above 0, as an exponential decay needs",
                            "Give a value above 0, or another shape.", name)  # fmt: skip
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the sequence this stands for."""
        stable = ConstantCurve(value=self.peak)
        return warmed(self.warmup, self.start, self.peak, {"": stable, "decay": self._decay()})

    def _decay(self) -> LinearCurve | CosineCurve | ExponentialCurve:
        match self.shape:
            case "1-sqrt":
                return LinearCurve(start=self.peak, end=self.end, warp=0.5, duration=self.decay)
            case "linear":
                return LinearCurve(start=self.peak, end=self.end, duration=self.decay)
            case "cosine":
                return CosineCurve(start=self.peak, end=self.end, duration=self.decay)
            case "exponential":
                return ExponentialCurve(start=self.peak, end=self.end, duration=self.decay)
            case _:
                assert_never(self.shape)


class RexCurve(RecipeCurve):
    """Linear from `start` to `peak`, then peak * (1 - u) / (1 - u/2), a line that falls late."""

    kind: Literal["rex"] = "rex"
    examples = ({"kind": "rex", "peak": 0.1, "warmup": "5%", "start": 0.001},)
    peak: Number = Field(description=_PEAK)
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)

    @model_validator(mode="after")
    def _peak_is_highest(self) -> RexCurve:
        below_peak(self.peak, start=self.start)
        return self

    def expand(self, steps: Steps) -> Expansion:
        """Give the sequence this stands for."""
        # The line is exact where it ends, as 1 - u in a formula is not.
        decay = ProductCurve(curves=(LinearCurve(start=self.peak, end=0.0), FormulaCurve(expression=_REX)))
        return warmed(self.warmup, self.start, self.peak, {"": decay})
