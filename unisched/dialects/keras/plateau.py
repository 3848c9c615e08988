"""A factor that a metric moves: Keras's ReduceLROnPlateau callback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.feedback import Lowering, Metric, StallCurve, Times
from unisched.spec.number import fault
from unisched.spec.values import FromZero, Number

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(DialectCurve):
    """base, times factor at each stall: patience epochs in a row, none better than the best by more than min_delta."""

    kind: Literal["keras.ReduceLROnPlateau"] = "keras.ReduceLROnPlateau"
    examples = (
        {
            "kind": "keras.ReduceLROnPlateau",
            "monitor": "val_loss",
            "factor": 0.5,
            "patience": 5,
            "mode": "auto",
            "min_delta": 0.001,
            "cooldown": 2,
            "min_lr": 1e-05,
        },
    )
    gives: ClassVar[Literal["value", "factor"]] = "factor"
    monitor: Metric = Field(default="val_loss", description="The metric to watch, by name.")
    factor: Lowering = Field(default=0.1, description="What each stall multiplies the rate by.")
    patience: Times = Field(default=10, description="How many epochs without improvement make a stall; 0 is 1.")
    mode: Literal["auto", "min", "max"] = Field(
        default="auto", description="Whether smaller or larger is better; auto knows losses only."
    )
    min_delta: Number = Field(default=1e-4, description="How much better counts as better; its sign means nothing.")
    cooldown: Times = Field(default=0, description="How many epochs after a drop are not counted; 1 is 0.")
    min_lr: FromZero = Field(default=0.0, description="The rate is never lowered below this, absolute.")

    @model_validator(mode="after")
    def _direction_is_known(self) -> ReduceLROnPlateau:
        if self.mode == "auto" and self.monitor.removeprefix("val_") != "loss":
            raise fault("keras.mode", f"which way {self.monitor!r} is better depends on the metrics of the model",
                        'Give "min" or "max".', "mode")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve(StallCurve(
            rule="keras", monitor=self.monitor, factor=self.factor, patience=max(1, self.patience),
            mode="max" if self.mode == "max" else "min", threshold=abs(self.min_delta), threshold_mode="abs",
            cooldown=self.cooldown, floor=self.min_lr,
        ))}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the counts that mean one less, or one more."""
        if self.patience == 0:
            yield Quirk("keras.patience_zero", "patience 0 is patience 1: an epoch has to pass without improvement")
        if self.cooldown:
            yield Quirk("keras.cooldown_shorter", f"the last of {self.cooldown} epochs of cooldown is counted: "
                        "cooldown 1 changes nothing")  # fmt: skip
