"""timm's cosine, polynomial and tanh schedulers: falls to `lr_min`, cycle after cycle, then `lr_min` for ever.

In cycle i, of length T, P = B·cycle_decay^i is the peak, and x = (u - its start) / T.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, model_validator

from unisched.dialects.pieces import in_order
from unisched.dialects.timm.cycles import MOST_CYCLES, Cycle, cycles, fails_from
from unisched.dialects.timm.schedule import EXAMPLE, Scheduler
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Count, FromZero, PositiveNumber, StrideField

__all__ = ["CosineLRScheduler", "Cycled", "PolyLRScheduler"]


class Cycled(Scheduler):
    """A fall to `lr_min`, over and over."""

    t_initial: StrideField = Field(description="The length of the first cycle.")
    lr_min: FromZero = Field(default=0.0, description="The rate at the end of every cycle, and after the last.")
    cycle_mul: PositiveNumber = Field(default=1.0, description="Each cycle is so many times as long as the one before.")
    cycle_decay: FromZero = Field(default=1.0, description="Each peak is so many times as high as the one before.")
    cycle_limit: Count = Field(default=1, description="How many cycles there are.")
    warmup_prefix: bool = Field(
        default=False, description="Whether the schedule begins after the warm-up, not under it."
    )

    @model_validator(mode="after")
    def _lengths_are_lengths(self) -> Cycled:
        if self.cycle_mul != 1 and abs(self.cycle_mul - 1) < 1e-3:
            raise fault("number.range", f"{self.cycle_mul!r} is so close to 1 that timm's logarithms lose the cycles",
                        "Give 1, or a factor at least 0.001 away.", "cycle_mul")  # fmt: skip
        return self

    def is_prefix(self) -> bool:
        """Tell whether the schedule begins after the warm-up, not under it."""
        return self.warmup_prefix

    def fall(self, cycle: Cycle) -> AnyCurve:
        """Give one cycle, from the index at which it takes over."""
        raise NotImplementedError

    def folded(self, clock: Clock) -> AnyCurve | None:
        """Give all cycles at once, where they are alike and a curve can say so."""
        return None

    def body(self, clock: Clock) -> AnyCurve:
        """Give the schedule proper, from u = 0 on."""
        initial, floor = self.initial(clock), curve({"absolute": self.lr_min})
        folded = self.folded(clock) if self.cycle_limit > 1 and self.cycle_mul == self.cycle_decay == 1 else None
        if folded is not None:
            return in_order((initial * self.cycle_limit, folded), then=floor)
        pieces: list[tuple[int, AnyCurve]] = []
        for cycle, after in pairwise(cycles(initial, self.cycle_mul, self.cycle_limit)):
            if clock.total is not None and cycle.first > clock.total:
                break
            if len(pieces) == MOST_CYCLES:
                raise fault("program.too_large", f"more than {MOST_CYCLES} cycles", "Give fewer cycles, or a total.",
                            "cycle_limit")  # fmt: skip
            if after.first > cycle.first:
                pieces.append((after.first - cycle.first, self.fall(cycle)))
        return in_order(*pieces, then=floor)

    def initial(self, clock: Clock) -> int:
        """Give the length of the first cycle."""
        return self.whole(clock, self.t_initial, "t_initial")

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from super().quirks(clock)
        fails = fails_from(self.initial(clock), self.cycle_mul)
        if fails is not None:
            yield Quirk("timm.fails", f"cycles get shorter, and from index {fails} of the schedule on timm takes the "
                        "logarithm of a number not above 0, and raises; here the rate stays at lr_min")  # fmt: skip
        late = next((cycle for cycle in self._early_cycles(clock) if cycle.first > math.ceil(cycle.start)), None)
        if late is not None:
            yield Quirk("timm.late_cycle", f"float64 rounding makes timm start cycle {late.number} at index "
                        f"{late.first} of the schedule, not at {math.ceil(late.start)}; so does this")  # fmt: skip

    def _early_cycles(self, clock: Clock) -> Iterable[Cycle]:
        for cycle in cycles(self.initial(clock), self.cycle_mul, min(self.cycle_limit, 100)):
            if clock.total is not None and cycle.first > clock.total:
                return
            yield cycle


class _Ramped(Cycled):
    """A cycle that is one ramp."""

    k_decay: PositiveNumber = Field(default=1.0, description="The exponent of x.")

    def ramp(self) -> dict[str, Any]:
        """Give the shape of the ramp."""
        raise NotImplementedError

    def fall(self, cycle: Cycle) -> AnyCurve:
        """Give one cycle, from the index at which it takes over."""
        return curve(WaveCurve(
            start=self.cycle_decay**cycle.number, end=Absolute(absolute=self.lr_min), span=cycle.length,
            offset=cycle.first - cycle.start, warp=self.k_decay, **self.ramp(),
        ))  # fmt: skip

    def folded(self, clock: Clock) -> AnyCurve | None:
        """Give all cycles at once."""
        initial, floor = self.initial(clock), Absolute(absolute=self.lr_min)
        if self.k_decay == 1:
            return curve(WaveCurve(start=1.0, end=floor, span=Fraction(initial), wrap="restart", **self.ramp()))
        once = WaveCurve(start=1.0, end=floor, span=Fraction(initial), warp=self.k_decay, **self.ramp())
        return curve({"kind": "repeat", "curve": once, "period": initial})


class CosineLRScheduler(_Ramped):
    """lr_min + (P - lr_min)·(1 + cos(π·x^k_decay)) / 2."""

    kind: Literal["timm.CosineLRScheduler"] = "timm.CosineLRScheduler"
    examples = (
        {
            "kind": "timm.CosineLRScheduler",
            "t_initial": 90,
            "lr_min": 1e-05,
            "cycle_mul": 2.0,
            "cycle_decay": 0.5,
            "cycle_limit": 2,
            "warmup_prefix": True,
            "t_in_epochs": True,
            **EXAMPLE,
            "k_decay": 1.5,
        },
    )

    def ramp(self) -> dict[str, Any]:
        """Give the shape of the ramp."""
        return {"shape": "cosine"}


class PolyLRScheduler(_Ramped):
    """lr_min + (P - lr_min)·(1 - x^k_decay)^power."""

    kind: Literal["timm.PolyLRScheduler"] = "timm.PolyLRScheduler"
    examples = (
        {
            "kind": "timm.PolyLRScheduler",
            "t_initial": 90,
            "lr_min": 1e-05,
            "cycle_mul": 2.0,
            "cycle_decay": 0.5,
            "cycle_limit": 2,
            "warmup_prefix": True,
            "t_in_epochs": True,
            **EXAMPLE,
            "power": 0.9,
            "k_decay": 1.5,
        },
    )
    power: PositiveNumber = Field(default=0.5, description="The exponent of what is left to go.")

    def ramp(self) -> dict[str, Any]:
        """Give the shape of the ramp."""
        return {"power": self.power}
