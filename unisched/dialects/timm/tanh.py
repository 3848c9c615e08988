"""timm's hyperbolic tangent: lr_min + (P - lr_min)·g with g = (1 - tanh z) / 2, written 1 / (1 + exp 2z).

That keeps its digits. 2z is a ratio of whole numbers at every step: exp is taken of its whole part and of what is left
apart, so that no rounding before it is magnified.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field, model_validator

from unisched.dialects.timm.cycled import Cycled
from unisched.dialects.timm.cycles import Cycle, cycles, fails_from
from unisched.dialects.timm.schedule import EXAMPLE
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.inner import ScaledCurve
from unisched.spec.number import fault
from unisched.spec.values import Number

__all__ = ["TanhLRScheduler"]

_STEEPEST: Final = 300.0
_LARGEST: Final = 2**31


class TanhLRScheduler(Cycled):
    """lr_min + (P - lr_min)·(1 - tanh z) / 2 with z = lb·(1 - x) + ub·x."""

    kind: Literal["timm.TanhLRScheduler"] = "timm.TanhLRScheduler"
    examples = (
        {
            "kind": "timm.TanhLRScheduler",
            "t_initial": 90,
            "lr_min": 1e-05,
            "cycle_mul": 2.0,
            "cycle_decay": 0.5,
            "cycle_limit": 2,
            "warmup_prefix": True,
            "t_in_epochs": True,
            **EXAMPLE,
            "lb": -6.0,
            "ub": 4.0,
        },
    )
    lb: Number = Field(default=-7.0, description="The argument of tanh at the start of a cycle.")
    ub: Number = Field(default=3.0, description="The argument of tanh at the end of a cycle.")

    @model_validator(mode="after")
    def _rises(self) -> TanhLRScheduler:
        if self.lb >= self.ub:
            raise fault("range.order", f"lb {self.lb!r} is not below ub {self.ub!r}", "Swap them.", "lb")
        for name, bound in (("lb", self.lb), ("ub", self.ub)):
            if abs(bound) > _STEEPEST:
                raise fault("number.range", f"{bound!r} is beyond {_STEEPEST:g}, where tanh is 1 all the way",
                            f"Give a number within {_STEEPEST:g}.", name)  # fmt: skip
        return self

    def fall(self, cycle: Cycle) -> AnyCurve:
        """Give one cycle, from the index at which it takes over."""
        peak = curve(self.cycle_decay**cycle.number)
        high = curve({"kind": "product", "curves": [peak, _logistic(self._twice_z(cycle), 1)]})
        if self.lr_min == 0:
            return high
        low = ScaledCurve(curve=curve({"absolute": self.lr_min}), by=_logistic(self._twice_z(cycle), -1))
        return curve({"kind": "sum", "curves": [high, low]})

    def folded(self, clock: Clock) -> AnyCurve | None:
        """Give all cycles at once."""
        initial = self.initial(clock)
        once = self.fall(Cycle(0, 0, Fraction(0), Fraction(initial)))
        return curve({"kind": "repeat", "curve": once, "period": initial})

    def starts_elsewhere(self, clock: Clock) -> bool:
        """Tell whether the schedule proper at u = 0 may be anything but B: tanh never quite reaches -1."""
        return True

    def rise_to(self, clock: Clock) -> AnyCurve:
        """Give the warm-up: to B, or, over the schedule, to what the schedule is where the warm-up ends."""
        if self.warmup_prefix:
            return self.rise()
        warmup, fails = self.warmup(clock), fails_from(self.initial(clock), self.cycle_mul)
        if fails is not None and warmup >= fails:
            raise fault("number.range", f"the warm-up goes to what the schedule is at {warmup}, and from {fails} on "
                        "timm has no value, as cycles get shorter", "Shorten the warm-up.", "warmup_t")  # fmt: skip
        factor, absolute = self._at(warmup, clock)
        init = {"absolute": self.warmup_lr_init}
        return curve({"kind": "sum", "curves": [
            {"kind": "linear", "start": 0, "end": factor},
            {"kind": "linear", "start": init, "end": {"absolute": absolute}},
        ]})  # fmt: skip

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from super().quirks(clock)
        if self.warmup_t.amount and not self.warmup_prefix:
            yield Quirk("timm.warmup_target", "the warm-up goes to what the schedule is where it ends, not to the rate")

    def _at(self, index: int, clock: Clock) -> tuple[float, float]:
        """Give what the schedule proper is at an index: a factor of B, and what is added to it."""
        initial = self.initial(clock)
        begun = [cycle for cycle in cycles(initial, self.cycle_mul, self.cycle_limit) if cycle.first <= index][-1]
        if begun.number == self.cycle_limit:
            return 0.0, self.lr_min
        ahead, pace = self._twice_z(begun)
        twice = ahead + pace * (index - begun.first)
        share = 1 / (1 + _exp(twice))
        return self.cycle_decay**begun.number * share, self.lr_min / (1 + _exp(-twice))

    def _twice_z(self, cycle: Cycle) -> tuple[Fraction, Fraction]:
        """Give 2z at the index at which the cycle takes over, and what an index adds to it."""
        low, high = Fraction(repr(self.lb)), Fraction(repr(self.ub))
        pace = 2 * (high - low) / cycle.length
        return 2 * low + pace * (cycle.first - cycle.start), pace


def _logistic(twice: tuple[Fraction, Fraction], sign: int) -> AnyCurve:
    """Give 1 / (1 + exp(sign · (ahead + pace · step))) as a formula."""
    ahead, pace = (sign * part for part in twice)
    unit = math.lcm(ahead.denominator, pace.denominator)
    first, each = int(ahead * unit), int(pace * unit)
    if max(unit, abs(first), abs(each)) > _LARGEST:
        return curve(
            {"kind": "formula", "expression": f"1 / (1 + exp(min({float(ahead)!r} + {float(pace)!r} * step, 700)))"}
        )
    whole, part = f"min(({first} + {each} * step) // {unit}, 700)", f"({first} + {each} * step) % {unit} / {unit}"
    return curve({"kind": "formula", "expression": f"1 / (1 + exp({whole}) * exp({part}))"})


def _exp(exponent: Fraction) -> float:
    whole = math.floor(exponent)
    return math.exp(min(whole, 700)) * math.exp(exponent - whole)
