"""acme dialect: acme's own schedules under their own names, valid on every backend."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unisched.plugin import Clock, Curve, Dialect, DialectCurve, curve

__all__ = ["Ramp", "dialect"]


class Ramp(DialectCurve):
    """lr · min(1, (step + 1) / warm)."""

    kind: Literal["acme.Ramp"] = "acme.Ramp"
    lr: float = Field(default=0.1, gt=0, description="The value once warm.")
    warm: int = Field(default=10, ge=2, description="Updates until then.")

    def expand(self, clock: Clock) -> dict[str, Curve]:
        """Give the curve of each hyperparameter that the kind schedules."""
        return {"learning_rate": curve({
            "kind": "linear", "start": self.lr / self.warm, "end": self.lr, "duration": self.warm - 1,
        })}  # fmt: skip


dialect = Dialect(contract=1, kinds=(Ramp,))
