"""What most of torch's schedulers share: they give a factor of each param group's initial rate.

No scheduler is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import ClassVar, Final, Literal

from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import IntervalCurve, Quirk, curve

__all__ = ["FactorCurve", "decay", "for_steps"]

_FAR_SHORTER: Final = 10


class FactorCurve(IntervalCurve):
    """A factor of the initial rate.

    A chainable one multiplies what the optimizer has; `restarts` tells whether SequentialLR can begin it anew.
    """

    gives: ClassVar[Literal["value", "factor"]] = "factor"
    chainable: ClassVar[bool] = True
    restarts: ClassVar[bool] = True

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk of bare numbers that count updates where epochs were probably meant."""
        epoch, longest = clock.steps_per_epoch, max(self._bare(), default=0)
        if self.interval == "step" and epoch is not None and 0 < longest * _FAR_SHORTER <= epoch:
            yield Quirk("torch.interval", f"{longest} counts updates, {epoch} of which are an epoch; if torch is "
                        'stepped once an epoch, write "interval": "epoch"')  # fmt: skip

    def _bare(self) -> Iterator[Fraction]:
        for value in self.__dict__.values():
            for length in value if isinstance(value, tuple) else (value,):
                if isinstance(length, Duration) and length.unit == "steps":
                    yield length.amount


def decay(gamma: float, every: int = 1) -> AnyCurve:
    """Give gamma^floor(k / every), 0^0 being 1."""
    if not gamma:
        points = [[0, 1], [every, 0]]
        return curve({"kind": "piecewise", "interpolation": "previous", "points": points})
    return curve({"kind": "exponential", "start": 1, "rate": gamma, "every": every, "staircase": every > 1})


def for_steps(steps: int) -> Duration:
    """Give so many steps as a duration."""
    return Duration(Fraction(steps), "steps")
