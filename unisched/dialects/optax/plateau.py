"""A factor that a metric moves: optax's reduce_on_plateau."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, model_validator

from unisched.dialects.optax.counting import OptaxCurve
from unisched.dialects.ranges import Share
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.feedback import Lowering, Metric, StallCurve, Times
from unisched.spec.number import fault
from unisched.spec.values import Count, FromZero

__all__ = ["ReduceOnPlateau"]


class ReduceOnPlateau(OptaxCurve):
    """1, times factor at each stall: patience means of the metric in a row, none below (1 − rtol)·best − atol.

    A factor for a schedule to be multiplied by, in a product.
    """

    kind: Literal["optax.reduce_on_plateau"] = "optax.reduce_on_plateau"
    examples = (
        {
            "kind": "optax.reduce_on_plateau",
            "monitor": "value",
            "factor": 0.5,
            "patience": 5,
            "rtol": 0.001,
            "atol": 0.01,
            "cooldown": 2,
            "accumulation_size": 10,
            "min_scale": 0.01,
        },
    )
    factor: Lowering = Field(default=0.1, description="What each stall multiplies the factor by.")
    patience: Count = Field(default=10, description="How many means without improvement make a stall.")
    rtol: Share = Field(default=1e-4, description="How much lower counts as better, as a part of the best.")
    atol: FromZero = Field(default=0.0, description="How much lower counts as better, in the metric's own unit.")
    cooldown: Times = Field(default=0, description="How many means after a drop are not counted.")
    accumulation_size: Count = Field(default=1, description="How many metrics make a mean.")
    min_scale: Share = Field(default=0.0, description="The factor is never lowered below this.")
    monitor: Metric = Field(default="value", description="The name of the metric; optax is handed it as `value`.")

    @model_validator(mode="after")
    def _as_optax_has_it(self) -> ReduceOnPlateau:
        if self.rtol == 0 == self.atol:
            raise fault("optax.tolerance", "rtol and atol are both 0", "Give one of them.", "rtol")
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve(StallCurve(
            rule="optax", monitor=self.monitor, factor=self.factor, patience=self.patience, threshold=self.rtol,
            atol=self.atol, cooldown=self.cooldown, minimum=self.min_scale, accumulation=self.accumulation_size,
        ))}  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name what a relative tolerance does below 0."""
        if self.rtol:
            yield Quirk("optax.negative_metric", "against a negative best metric rtol is turned round: a little worse "
                        "counts as better")  # fmt: skip
