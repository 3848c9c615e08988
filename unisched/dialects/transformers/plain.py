"""The schedules of Transformers that are lines and powers: constant, linear, polynomial, inverse square root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from unisched.dialects.pieces import in_order
from unisched.dialects.transformers.schedule import Schedule, Timed, Warmed, from_zero
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import FromZero, PositiveNumber, StrideField

__all__ = ["Constant", "ConstantWithWarmup", "InverseSqrt", "Linear", "Polynomial"]


class Constant(Schedule):
    """1 throughout."""

    kind: Literal["transformers.constant"] = "transformers.constant"
    examples = ({"kind": "transformers.constant"},)
    known_as: ClassVar[tuple[str, ...]] = ("get_constant_schedule",)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve(1)}


class ConstantWithWarmup(Warmed):
    """t / W, then 1."""

    kind: Literal["transformers.constant_with_warmup"] = "transformers.constant_with_warmup"
    examples = ({"kind": "transformers.constant_with_warmup", "num_warmup_steps": 500},)
    known_as: ClassVar[tuple[str, ...]] = ("get_constant_schedule_with_warmup",)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": in_order((self.warmup(clock), from_zero()), then=curve(1))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        return self.rounded_up(clock)


class Linear(Timed):
    """t / W, then max(0, (N - t) / D)."""

    kind: Literal["transformers.linear"] = "transformers.linear"
    examples = ({"kind": "transformers.linear", "num_warmup_steps": 500, "num_training_steps": 9000},)
    known_as: ClassVar[tuple[str, ...]] = ("get_linear_schedule_with_warmup",)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup, training = self.warmup(clock), self.training(clock)
        fall = curve({"kind": "linear", "start": 1, "end": 0})
        return {"learning_rate": in_order((warmup, from_zero()), (max(0, training - warmup), fall), then=curve(0))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        if self.warmup(clock) >= self.training(clock):
            yield Quirk("transformers.no_peak", "the warm-up takes the whole run: the factor drops to 0 where it "
                        "would reach 1")  # fmt: skip


class Polynomial(Timed):
    """t / W, then from the rate to `lr_end`: ((L - lr_end)·(1 - (t - W)/D)^power + lr_end) / L with L = `lr_init`."""

    kind: Literal["transformers.polynomial"] = "transformers.polynomial"
    examples = (
        {
            "kind": "transformers.polynomial",
            "num_warmup_steps": 500,
            "num_training_steps": 9000,
            "lr_end": 1e-06,
            "power": 2.0,
            "lr_init": 0.001,
        },
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_polynomial_decay_schedule_with_warmup",)
    lr_end: FromZero = Field(default=1e-7, description="The rate at the end.")
    power: PositiveNumber = Field(default=1.0, description="The exponent of what is left to go.")
    lr_init: PositiveNumber | None = Field(
        default=None,
        description="The default rate of the optimizer, which lr_end is divided by; without it, each group's own rate.",
    )

    @model_validator(mode="after")
    def _falls(self) -> Polynomial:
        if self.lr_init is not None and self.lr_end >= self.lr_init:
            raise fault("range.order", f"lr_end {self.lr_end!r} is not below the initial rate of {self.lr_init!r}",
                        "Lower it.", "lr_end")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup, training = self.warmup(clock), self.training(clock)
        if warmup == training:
            raise fault("number.range", f"the warm-up takes all {training} steps, and the library divides by what is "
                        "left", "Shorten it.", "num_warmup_steps")  # fmt: skip
        end = {"absolute": self.lr_end} if self.lr_init is None else self.lr_end / self.lr_init
        fall = curve({"kind": "polynomial", "start": 1, "end": end, "power": self.power})
        return {"learning_rate": in_order((warmup, from_zero()), (max(0, training - warmup), fall), then=curve(end))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        if self.warmup(clock) > self.training(clock):
            yield Quirk("transformers.no_decay", "the warm-up outlasts the training: the rate drops from the peak to "
                        "lr_end at once")  # fmt: skip
        if self.lr_init is None:
            yield Quirk("transformers.default_rate", "the library divides lr_end by the optimizer's default rate, so "
                        "that a group with another rate ends elsewhere; here every group ends at lr_end. Give lr_init "
                        "for the library's way")  # fmt: skip


class InverseSqrt(Warmed):
    """t / W, then ((t - W + timescale) / timescale)^-1/2, for ever."""

    kind: Literal["transformers.inverse_sqrt"] = "transformers.inverse_sqrt"
    examples = ({"kind": "transformers.inverse_sqrt", "num_warmup_steps": 500, "timescale": 1000},)
    known_as: ClassVar[tuple[str, ...]] = ("get_inverse_sqrt_schedule",)
    timescale: StrideField | None = Field(
        default=None, description="The length over which the rate starts to fall; without it, W, or 10000 where W is 0."
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup = self.warmup(clock)
        scale = warmup or 10_000
        if self.timescale is not None:
            scale = self.whole(clock, self.timescale, "timescale")
        fall = curve({"kind": "power_decay", "start": 1, "timescale": scale, "power": 0.5})
        return {"learning_rate": in_order((warmup, from_zero()), then=fall)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        if self.timescale is None and self.warmup(clock) == 0:
            yield Quirk("transformers.timescale", "without warm-up the timescale is 10000 steps")
