"""timm's stairs: every so long, or at milestones, a factor `decay_rate`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from unisched.dialects.pieces import in_order
from unisched.dialects.timm.lengths import Length
from unisched.dialects.timm.schedule import EXAMPLE, Scheduler
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import REFERENCE, FromZero, plain, read_each

__all__ = ["MultiStepLRScheduler", "StepLRScheduler"]

_MOST_STAIRS: Final = 2_000


def _milestones(value: object) -> tuple[Duration, ...]:
    return read_each(value, Duration.parse)


Milestones: TypeAlias = Annotated[
    tuple[Duration, ...],
    PlainValidator(_milestones),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({REFERENCE: "Positions"}),
]


class _Stairs(Scheduler):
    """A factor of the rate that changes at once."""

    decay_rate: FromZero = Field(default=1.0, description="The factor from stair to stair.")
    warmup_prefix: bool = Field(
        default=True, description="Whether the schedule begins after the warm-up, not under it."
    )

    def is_prefix(self) -> bool:
        """Tell whether the schedule begins after the warm-up, not under it."""
        return self.warmup_prefix


class StepLRScheduler(_Stairs):
    """B·decay_rate^floor(u / decay_t)."""

    kind: Literal["timm.StepLRScheduler"] = "timm.StepLRScheduler"
    examples = (
        {
            "kind": "timm.StepLRScheduler",
            "decay_t": 30,
            "decay_rate": 0.1,
            "warmup_prefix": False,
            "t_in_epochs": True,
            **EXAMPLE,
        },
    )
    decay_t: Length = Field(description="The length of a stair, which need not be whole.")

    def body(self, clock: Clock) -> AnyCurve:
        """Give the schedule proper, from u = 0 on."""
        length = self._length(clock)
        if self.decay_rate == 0:
            return in_order((math.ceil(length), curve(1)), then=curve(0))
        if length.denominator == 1:
            return curve({"kind": "exponential", "start": 1, "rate": self.decay_rate, "every": int(length),
                          "staircase": True})  # fmt: skip
        points = list(self._points(length, clock.total))
        return curve({"kind": "piecewise", "points": points, "interpolation": "previous"})

    def _length(self, clock: Clock) -> Fraction:
        if isinstance(self.decay_t, float):
            return Fraction(self.decay_t)
        return self.steps(clock, self.decay_t, "decay_t")

    def _points(self, length: Fraction, total: int | None) -> Iterator[tuple[int, float]]:
        """Give where each stair begins, at the first whole index not before it, and its factor."""
        if length < 1:
            raise fault("number.range", f"a stair of {float(length):.6g} is shorter than one index", "Give at least 1.",
                        "decay_t")  # fmt: skip
        for stair in range(_MOST_STAIRS):
            start, factor = math.ceil(stair * length), self.decay_rate**stair
            yield start, factor
            if factor == 0 or self.decay_rate == 1 or (total is not None and start > total):
                return
        raise fault("program.too_large", f"more than {_MOST_STAIRS} stairs of {float(length):.6g}, which is not whole",
                    "Give a whole number, or a total.", "decay_t")  # fmt: skip


class MultiStepLRScheduler(_Stairs):
    """B·decay_rate^(the number of milestones up to u + 1)."""

    kind: Literal["timm.MultiStepLRScheduler"] = "timm.MultiStepLRScheduler"
    examples = (
        {
            "kind": "timm.MultiStepLRScheduler",
            "decay_t": [30, 60],
            "decay_rate": 0.1,
            "warmup_prefix": False,
            "t_in_epochs": True,
            **EXAMPLE,
        },
    )
    decay_t: Milestones = Field(description="The milestones, in order; each takes effect one index before it.")

    def body(self, clock: Clock) -> AnyCurve:
        """Give the schedule proper, from u = 0 on."""
        factors = {0: 1.0}
        for count, milestone in enumerate(self._milestones(clock), 1):
            factors[max(milestone - 1, 0)] = self.decay_rate**count
        return curve({"kind": "piecewise", "points": list(factors.items()), "interpolation": "previous"})

    def starts_elsewhere(self, clock: Clock) -> bool:
        """Tell whether the schedule proper at u = 0 may be anything but B."""
        return self._milestones(clock)[0] <= 1

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from super().quirks(clock)
        yield Quirk("timm.milestone", "a milestone takes effect one index before it")

    def _milestones(self, clock: Clock) -> list[int]:
        found = [self.whole(clock, milestone, f"decay_t[{index}]") for index, milestone in enumerate(self.decay_t)]
        for index, (before, after) in enumerate(pairwise(found), 1):
            if after < before:
                raise fault("range.order", f"{after} stands after {before}, and timm looks milestones up in order",
                            "Give them in increasing order.", f"decay_t[{index}]")  # fmt: skip
        return found
