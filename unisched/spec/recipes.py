"""Curves with names people say. Each expands to a sequence; nothing else is known of them further down."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple, Protocol, assert_never

from pydantic import Field, model_validator

from unisched.duration import Duration
from unisched.spec.combinators import SequenceCurve
from unisched.spec.curve import AnyCurve, CurveModel
from unisched.spec.curves import ConstantCurve, CosineCurve, ExponentialCurve, LinearCurve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Number, Quantity, SpanField, StrideField

__all__ = ["Expansion", "WarmupCosineCurve", "WarmupLinearCurve", "WsdCurve"]

NOTHING = Duration(Fraction(0), "steps")

_PEAK = "The value at the end of the warm-up."
_WARMUP = "The length of the warm-up; 0 leaves it out."
_START = "The value at the start of the warm-up, at most the peak."
_END = "The value from the end on, at most the peak."


class Expansion(NamedTuple):
    """The sequence a recipe stands for, and for each part the recipe's field it comes from, "" for none."""

    sequence: SequenceCurve
    fields: tuple[str, ...]


class _Recipe(Protocol):
    @property
    def peak(self) -> float: ...
    @property
    def warmup(self) -> Duration: ...
    @property
    def start(self) -> float | Absolute: ...
    @property
    def end(self) -> float | Absolute: ...
    @property
    def duration(self) -> Duration | None: ...


class WarmupCosineCurve(CurveModel):
    """Linear from `start` to `peak`, then half a cosine wave to `end`."""

    kind: Literal["warmup_cosine"] = "warmup_cosine"
    peak: Number = Field(description=_PEAK)
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)
    end: Quantity = Field(default=0.0, description=_END)

    @model_validator(mode="after")
    def _peak_is_highest(self) -> WarmupCosineCurve:
        _below_peak(self)
        return self

    def expand(self) -> Expansion:
        """Give the sequence this stands for."""
        return _expansion(self, {"": CosineCurve(start=self.peak, end=self.end)})


class WarmupLinearCurve(CurveModel):
    """Linear from `start` to `peak`, then linear to `end`."""

    kind: Literal["warmup_linear"] = "warmup_linear"
    peak: Number = Field(description=_PEAK)
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)
    end: Quantity = Field(default=0.0, description=_END)

    @model_validator(mode="after")
    def _peak_is_highest(self) -> WarmupLinearCurve:
        _below_peak(self)
        return self

    def expand(self) -> Expansion:
        """Give the sequence this stands for."""
        return _expansion(self, {"": LinearCurve(start=self.peak, end=self.end)})


class WsdCurve(CurveModel):
    """Warm-up, stable, decay: linear to `peak`, constant, then down to `end` over the last `decay`."""

    kind: Literal["wsd"] = "wsd"
    peak: Number = Field(description=_PEAK)
    decay: StrideField = Field(description="The length of the decay.")
    warmup: SpanField = Field(default=NOTHING, description=_WARMUP)
    start: Quantity = Field(default=0.0, description=_START)
    end: Quantity = Field(default=0.0, description=_END)
    shape: Literal["1-sqrt", "linear", "cosine", "exponential"] = Field(
        default="1-sqrt", description="The shape of the decay; exponential needs an end above 0."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> WsdCurve:
        _below_peak(self)
        end = self.end.absolute if isinstance(self.end, Absolute) else self.end
        for name, value in (("peak", self.peak), ("end", end)):
            if self.shape == "exponential" and value <= 0:
                raise fault("number.range", f"{value!r} is not above 0, as an exponential decay needs",
                            "Give a value above 0, or another shape.", name)  # fmt: skip
        return self

    def expand(self) -> Expansion:
        """Give the sequence this stands for."""
        return _expansion(self, {"": ConstantCurve(value=self.peak), "decay": self._decay()})

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


def _expansion(recipe: _Recipe, parts: dict[str, AnyCurve]) -> Expansion:
    if recipe.warmup.amount:
        warmup = LinearCurve(start=recipe.start, end=recipe.peak, duration=recipe.warmup)
        parts = {"warmup": warmup, **parts}
    return Expansion(SequenceCurve(parts=tuple(parts.values()), duration=recipe.duration), tuple(parts))


def _below_peak(recipe: _Recipe) -> None:
    for name, value in (("start", recipe.start), ("end", recipe.end)):
        if isinstance(value, float) and value > recipe.peak:
            raise fault("range.order", f"{value!r} is above the peak of {recipe.peak!r}",
                        "Lower it, or write the curve as a sequence.", name)  # fmt: skip
