"""What a recipe owes to what lies below: the curve it stands for, and whose field each place in it is.

No recipe is known here, and nothing of how a duration becomes steps.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple, Protocol

from unisched.duration import Duration
from unisched.spec.combinators import SequenceCurve
from unisched.spec.curve import AnyCurve, CurveModel
from unisched.spec.curves import LinearCurve
from unisched.spec.number import fault
from unisched.spec.values import Absolute

__all__ = ["Expansion", "RecipeCurve", "Steps", "below_peak", "warmed"]


class Steps(Protocol):
    """What a recipe may ask of the clock at its place."""

    def __call__(self, duration: Duration, field: str, *, whole: bool = False) -> Fraction:
        """Give how many steps the duration in `field` lasts; raise `SpecError` where that is unknown, or not whole."""


class Expansion(NamedTuple):
    """The curve a recipe stands for; and from a place in it, such as `parts[0]`, to the recipe's field it comes from.

    A place that is not named comes from the recipe as a whole.
    """

    curve: AnyCurve
    fields: Mapping[str, str]


class RecipeCurve(CurveModel):
    """A curve that stands for others; nothing else is known of it further down."""

    @abstractmethod
    def expand(self, steps: Steps) -> Expansion:
        """Give the curve this stands for, without its duration, which stays the recipe's."""


def warmed(warmup: Duration, start: float | Absolute, peak: float, after: Mapping[str, AnyCurve]) -> Expansion:
    """Give a line from `start` to `peak` over `warmup`, which 0 leaves out, then curves by the field they come from."""
    rise = {"warmup": LinearCurve(start=start, end=peak, duration=warmup)} if warmup.amount else {}
    parts: dict[str, AnyCurve] = {**rise, **after}
    fields = {f"parts[{index}]": field for index, field in enumerate(parts) if field}
    return Expansion(SequenceCurve(parts=tuple(parts.values())), fields)


def below_peak(peak: float, **ends: float | Absolute | None) -> None:
    """Raise `SpecError` where an end that is a number lies above the peak."""
    for name, value in ends.items():
        if isinstance(value, float) and value > peak:
            raise fault("range.order", f"{value!r} is above the peak of {peak!r}",
                        "Lower it, or write the curve as a sequence.", name)  # fmt: skip
