"""CyclicLR: a triangle again and again, with momentum the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from unisched.dialects.torch.arguments import Number
from unisched.dialects.torch.factor import decay
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import IntervalCurve, Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import FromZero, SpanField, StrideField

__all__ = ["CyclicLR"]

_UP: Final = Duration(Fraction(2000), "steps")
_CYCLES: Final = 1024
"""How many cycles torch gets through before 2.0**1024 overflows."""


class CyclicLR(IntervalCurve):
    """base_lr + (max_lr − base_lr) · h · k, h the triangle from 0 to 1, k = 1, 2^−cycle or gamma^t by mode."""

    kind: Literal["torch.CyclicLR"] = "torch.CyclicLR"
    examples = (
        {
            "kind": "torch.CyclicLR",
            "base_lr": 0.001,
            "max_lr": 0.1,
            "step_size_up": 1000,
            "step_size_down": 2000,
            "mode": "exp_range",
            "gamma": 0.999,
            "cycle_momentum": True,
            "base_momentum": 0.85,
            "max_momentum": 0.95,
            "momentum": "momentum",
        },
    )
    base_lr: Number = Field(description="The rate at both ends of a cycle.")
    max_lr: Number = Field(description="The rate at the tip of the first cycle.")
    step_size_up: StrideField = Field(default=_UP, description="The length of the way up.")
    step_size_down: SpanField | None = Field(default=None, description="The length of the way down; without it, as up.")
    mode: Literal["triangular", "triangular2", "exp_range"] = Field(
        default="triangular", description="Whether the tips stay, halve, or fall by gamma each step."
    )
    gamma: FromZero = Field(default=1.0, description="The factor from step to step, of exp_range only.")
    cycle_momentum: bool = Field(default=True, description="Whether momentum moves as well.")
    base_momentum: Number = Field(default=0.8, description="The momentum at the tip of the first cycle.")
    max_momentum: Number = Field(default=0.9, description="The momentum at both ends of a cycle.")
    momentum: Literal["momentum", "beta1"] = Field(
        default="momentum", description="What momentum is called here; torch asks the optimizer."
    )

    @model_validator(mode="before")
    @classmethod
    def _without_functions(cls, data: Any) -> Any:
        for name in ("scale_fn", "scale_mode"):
            if isinstance(data, Mapping) and data.get(name) is not None:
                raise fault("torch.scale_fn", f"{name} scales by a function", "Use one of the modes, or write the "
                            "schedule as a sum of base_lr and a product.", name)  # fmt: skip
        return data

    def drives(self) -> tuple[str, ...]:
        """Give the rate, and momentum where it moves."""
        return ("learning_rate", self.momentum) if self.cycle_momentum else ("learning_rate",)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curves this stands for."""
        ends = ((self.base_lr, self.max_lr), (self.max_momentum, self.base_momentum))
        return {name: self._cycles(*levels, clock) for name, levels in zip(self.drives(), ends, strict=False)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the mode."""
        yield Quirk("torch.owns_the_rate", "gives rates of its own; torch writes them over the optimizer's")
        end = _CYCLES * sum(self._lengths(clock))
        if self.mode == "triangular2" and (clock.total is None or clock.total > end):
            yield Quirk("torch.overflow", f"goes on past step {end}, where torch raises OverflowError")
        if self.mode == "exp_range":
            yield Quirk("torch.exp_range", "gamma counts updates since the start, not since that of the cycle")

    def _lengths(self, clock: Clock) -> tuple[int, int]:
        up = self.whole(clock, self.step_size_up, "step_size_up")
        return up, up if self.step_size_down is None else self.whole(clock, self.step_size_down, "step_size_down")

    def _cycles(self, low: float, high: float, clock: Clock) -> AnyCurve:
        up, down = self._lengths(clock)
        if self.mode == "triangular" or (self.mode == "exp_range" and self.gamma == 1):
            return _triangles(low, high, up, down)
        if self.mode == "triangular2":
            tip = _triangle(high - low, up, down)
            tips = curve({"kind": "repeat", "period": up + down, "scale": 0.5, "curve": tip})
        else:
            tips = curve({"kind": "product", "curves": [_triangles(0.0, high - low, up, down), decay(self.gamma)]})
        return curve({"kind": "sum", "curves": [low, tips]})


def _triangles(low: float, high: float, up: int, down: int) -> AnyCurve:
    """Give triangles that all have the same tip."""
    if down == up:
        return curve(WaveCurve(start=low, end=high, span=Fraction(up), wrap="bounce"))
    if not down:
        return curve(WaveCurve(start=low, end=high, span=Fraction(up), wrap="restart"))
    return curve({"kind": "repeat", "period": up + down, "curve": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": low, "end": high, "duration": up},
        {"kind": "linear", "start": high, "end": low, "duration": down},
    ]}})  # fmt: skip


def _triangle(tip: float, up: int, down: int) -> AnyCurve:
    """Give one triangle on 0."""
    rise = {"kind": "linear", "start": 0, "end": tip, "duration": up}
    fall = {"kind": "linear", "start": tip, "end": 0, "duration": down}
    return curve({"kind": "sequence", "parts": [rise, fall] if down else [rise]})
