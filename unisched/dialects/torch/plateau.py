"""ReduceLROnPlateau: a factor that a metric moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from unisched.dialects.stall import EXAMPLE, TorchStall
from unisched.dialects.torch.factor import FactorCurve
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk
from unisched.spec.feedback import Metric

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(FactorCurve, TorchStall):
    """base, times factor whenever the metric has not improved for more than `patience` observations."""

    kind: Literal["torch.ReduceLROnPlateau"] = "torch.ReduceLROnPlateau"
    examples = ({"kind": "torch.ReduceLROnPlateau", "monitor": "val_loss", **EXAMPLE},)
    monitor: Metric = Field(default="loss", description="The name of the metric; torch is handed its value.")

    chainable: ClassVar[bool] = False
    restarts: ClassVar[bool] = False

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": self.stalls(self.monitor, floor=self.min_lr)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the rule."""
        yield from self.stall_quirks()
