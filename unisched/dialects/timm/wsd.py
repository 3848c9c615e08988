"""timm's warm-up, stable stretch and decay, with a choice of functions for both."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from unisched.dialects.pieces import in_order
from unisched.dialects.timm.lengths import Length
from unisched.dialects.timm.schedule import EXAMPLE, Scheduler
from unisched.duration import LAST_STEP, Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import WaveCurve, curve
from unisched.spec.feedback import Lowering
from unisched.spec.inner import ScaledCurve
from unisched.spec.number import fault
from unisched.spec.values import FromZero, PositiveNumber, StrideField

__all__ = ["WSDLRScheduler"]


class WSDLRScheduler(Scheduler):
    """lr_min + (max(B·stable, lr_min) - lr_min)·decay, u counted from the end of the warm-up.

    stable is 1 (constant), (1 + u / stable_timescale)^-1/2 (rsqrt), or ^-stable_power (power). Over the last decay_t of
    t_initial, with q the part that is done, decay is 1 - q (linear), 1 - sqrt(q), (1 + cos πq) / 2 (cosine),
    1 - q^decay_power (power), or (r^q - r) / (1 - r) with r = decay_ratio (exp).
    """

    kind: Literal["timm.WSDLRScheduler"] = "timm.WSDLRScheduler"
    examples = (
        {
            "kind": "timm.WSDLRScheduler",
            "t_initial": 90,
            "decay_t": 20,
            "lr_min": 1e-05,
            "stable_fn": "power",
            "stable_timescale": 10,
            "stable_power": 0.5,
            "decay_fn": "power",
            "decay_power": 0.5,
            "t_in_epochs": True,
            **EXAMPLE,
        },
        {"kind": "timm.WSDLRScheduler", "t_initial": 90, "decay_t": 20, "decay_fn": "exp", "decay_ratio": 0.05},
    )
    t_initial: StrideField = Field(description="The length of the stable stretch and the decay.")
    decay_t: StrideField = Field(description="The length of the decay.")
    lr_min: FromZero = Field(default=0.0, description="The rate at the end, and the least of the stable stretch.")
    stable_fn: Literal["constant", "rsqrt", "power"] = Field(
        default="constant", description="The shape of the stable stretch."
    )
    stable_timescale: Length | None = Field(
        default=None, description="The length over which rsqrt and power begin to fall; without it, warmup_t."
    )
    stable_power: PositiveNumber = Field(default=0.5, description="The exponent of the stable stretch power.")
    decay_fn: Literal["linear", "1-sqrt", "cosine", "power", "exp"] = Field(
        default="1-sqrt", description="The shape of the decay."
    )
    decay_power: PositiveNumber = Field(default=0.5, description="The exponent of the decay power.")
    decay_ratio: Lowering = Field(default=0.1, description="How far the decay exp would go of itself.")

    @model_validator(mode="after")
    def _has_a_scale(self) -> WSDLRScheduler:
        if self.stable_fn != "constant" and self.stable_timescale is None and self.warmup_t.amount == 0:
            raise fault("field.missing", f"{self.stable_fn} needs a stable_timescale where there is no warm-up",
                        "Add it.", "stable_timescale")  # fmt: skip
        return self

    def body(self, clock: Clock) -> AnyCurve:
        """Give the schedule proper, from u = 0 on."""
        length, decay = self.whole(clock, self.t_initial, "t_initial"), self.whole(clock, self.decay_t, "decay_t")
        if decay > length:
            raise fault("range.order", f"the decay of {decay} is longer than the {length} of t_initial", "Shorten it.",
                        "decay_t")  # fmt: skip
        stable, floor = self._stable(clock), {"absolute": self.lr_min}
        after = curve({"kind": "shift", "curve": stable, "by": length - decay})
        decayed = curve(ScaledCurve(curve=after, by=self._decay(decay, left=True)))
        if self.lr_min:
            raised = ScaledCurve(curve=curve(floor), by=self._decay(decay, left=False))
            decayed = curve({"kind": "sum", "curves": [decayed, raised]})
        return in_order((length - decay, stable), (decay, decayed), then=curve(floor))

    def starts_elsewhere(self, clock: Clock) -> bool:
        """Tell whether the schedule proper at u = 0 may be anything but B: it may, under a floor."""
        return self.lr_min > 0

    def _stable(self, clock: Clock) -> AnyCurve:
        stable = curve(1)
        if self.stable_fn != "constant":
            power = 0.5 if self.stable_fn == "rsqrt" else self.stable_power
            # A float's own digits may be more than a document may write: the nearest ratio that a clock can hold.
            pace = (1 / self._timescale(clock)).limit_denominator(LAST_STEP)
            scale = Duration(1 / pace, "steps")
            falls = curve({"kind": "power_decay", "start": 1, "timescale": 1, "power": power})
            stable = falls.model_copy(update={"timescale": scale})
        if self.lr_min == 0:
            return stable
        return curve({"kind": "clip", "curve": stable, "minimum": {"absolute": self.lr_min}})

    def _timescale(self, clock: Clock) -> Fraction:
        if isinstance(self.stable_timescale, float):
            return Fraction(repr(self.stable_timescale))
        if self.stable_timescale is None:
            return self.steps(clock, self.warmup_t, "warmup_t")
        return self.steps(clock, self.stable_timescale, "stable_timescale")

    def _decay(self, length: int, *, left: bool) -> AnyCurve:
        """Give the decay as a factor: what is `left` of it, or what is gone."""
        if self.decay_fn == "exp":
            return self._exponential(length, left=left)
        start, end = (1.0, 0.0) if left else (0.0, 1.0)
        power = {"1-sqrt": 0.5, "power": self.decay_power}.get(self.decay_fn, 1.0)
        shape: Literal["linear", "cosine"] = "cosine" if self.decay_fn == "cosine" else "linear"
        return curve(
            WaveCurve(start=start, end=end, span=Fraction(length), shape=shape, power=power, mirror=power != 1)
        )

    def _exponential(self, length: int, *, left: bool) -> AnyCurve:
        """Give (r^q - r) / (1 - r), or 1 less that; 1 - exp(-x) is 2·tanh(x/2) / (1 + tanh(x/2)), for its digits."""
        steep, scale = -math.log(self.decay_ratio), 1 - self.decay_ratio
        half = f"{steep!r} * ({length} - step) / {2 * length}" if left else f"{steep!r} * step / {2 * length}"
        gone = curve({"kind": "formula", "expression": f"2 * tanh({half}) / ((1 + tanh({half})) * {scale!r})"})
        if not left:
            return gone
        falls = {"kind": "exponential", "start": 1, "end": self.decay_ratio, "duration": length}
        return curve({"kind": "product", "curves": [falls, gone]})
