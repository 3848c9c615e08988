"""What Transformers moves by a metric: torch's plateau under the Trainer's name for it, and the greedy rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from unisched.controllers import MOST_SMOOTHED
from unisched.dialects.stall import EXAMPLE, TorchStall
from unisched.dialects.transformers.schedule import Schedule
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.feedback import Lowering, Metric, Times
from unisched.spec.inner import GreedyCurve
from unisched.spec.number import fault
from unisched.spec.values import Count, FromZero, PositiveNumber

__all__ = ["Greedy", "ReduceLrOnPlateau"]

_MONITOR = "The metric to watch: the Trainer's metric_for_best_model."


class ReduceLrOnPlateau(Schedule, TorchStall):
    """torch's ReduceLROnPlateau: times `factor` whenever `monitor` stalls for longer than `patience`."""

    kind: Literal["transformers.reduce_lr_on_plateau"] = "transformers.reduce_lr_on_plateau"
    examples = ({"kind": "transformers.reduce_lr_on_plateau", "monitor": "eval_loss", **EXAMPLE},)
    known_as: ClassVar[tuple[str, ...]] = ("get_reduce_on_plateau_schedule",)
    monitor: Metric = Field(default="eval_loss", description=_MONITOR)

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": self.stalls(self.monitor, floor=self.min_lr)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.stall_quirks()


class Greedy(Schedule):
    """GreedyLR: over `factor` while `monitor` improves, times `factor` while it stalls, from `min_lr` to `max_lr`."""

    kind: Literal["transformers.greedy"] = "transformers.greedy"
    examples = (
        {
            "kind": "transformers.greedy",
            "monitor": "eval_loss",
            "mode": "min",
            "factor": 0.9,
            "patience": 5,
            "threshold": 0.001,
            "threshold_mode": "abs",
            "cooldown": 2,
            "warmup": 2,
            "min_lr": 1e-05,
            "max_lr": 0.1,
            "eps": 1e-09,
            "smooth": True,
            "window_size": 20,
            "reset_start": 100,
        },
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_greedy_schedule", "GreedyLR")
    monitor: Metric = Field(default="eval_loss", description=_MONITOR)
    mode: Literal["min", "max"] = Field(default="min", description="Whether a smaller or a larger metric is better.")
    factor: Lowering = Field(default=0.95, description="What a stall multiplies the rate by, and a gain divides it by.")
    patience: Times = Field(default=10, description="How many evaluations of one sort are borne.")
    threshold: FromZero = Field(default=1e-6, description="How much better counts as better.")
    threshold_mode: Literal["rel", "abs"] = Field(
        default="abs", description="Whether the threshold is a part of the best metric, or in its own unit."
    )
    cooldown: Times = Field(default=0, description="How many evaluations after a cut are not counted.")
    warmup: Times = Field(default=0, description="How many evaluations after a raise are not counted.")
    min_lr: FromZero = Field(default=1e-3, description="The rate is never lowered below this.")
    max_lr: PositiveNumber = Field(default=1.0, description="The rate is never raised above this.")
    eps: FromZero = Field(default=1e-8, description="No change of the rate as small as this, or smaller, is made.")
    smooth: bool = Field(default=False, description="Whether the mean of the last `window_size` metrics counts.")
    window_size: Count = Field(default=50, description="How many metrics the mean is taken of.")
    reset_start: Times = Field(default=500, description="After so many cuts at min_lr all starts over.")

    @model_validator(mode="after")
    def _bounded(self) -> Greedy:
        if self.min_lr > self.max_lr:
            raise fault(
                "range.order", f"min_lr {self.min_lr!r} is above max_lr {self.max_lr!r}", "Swap them.", "min_lr"
            )
        if self.smooth and self.window_size > MOST_SMOOTHED:
            raise fault("number.range", f"a mean of {self.window_size} metrics is longer than {MOST_SMOOTHED}",
                        "Shorten it.", "window_size")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve(GreedyCurve(
            monitor=self.monitor, mode=self.mode, factor=self.factor, patience=self.patience, threshold=self.threshold,
            threshold_mode=self.threshold_mode, cooldown=self.cooldown, warmup=self.warmup, minimum=self.min_lr,
            maximum=self.max_lr, eps=self.eps, smooth=self.smooth, window=self.window_size, reset=self.reset_start,
        ))}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        if self.min_lr:
            yield Quirk("transformers.greedy_floor", f"a rate at or below min_lr {self.min_lr!r} is never lowered, and "
                        "raised when the metric improves; usual fine-tuning rates are below the default")  # fmt: skip
