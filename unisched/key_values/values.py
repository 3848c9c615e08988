"""Key values as data: moments of a run, values there, sums. Nothing is found out here."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from unisched.batch_ramp import BatchRamp
from unisched.duration import Clock
from unisched.ir import Target

__all__ = ["At", "Boundary", "KeyValues", "Moment", "Total", "moment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A step, and what the clock knows it as: how many epochs, samples and tokens came before it."""

    step: int
    epoch: Fraction | None = None
    samples: Fraction | None = None
    tokens: Fraction | None = None


@dataclass(frozen=True, slots=True)
class At:
    """The value at a step."""

    moment: Moment
    value: float


@dataclass(frozen=True, slots=True)
class Boundary:
    """A step at which another curve holds: the value of the step before, and that of the step itself.

    It `jumps` where they lie much farther apart than the steps around them.
    """

    moment: Moment
    before: float
    value: float
    jumps: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the values of all updates; `is_about` where not all steps were added up."""

    value: float
    is_about: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValues:
    """What stands out in the values of one target.

    `steps` is how many steps were considered: the total, or, in an open-ended program, a stretch past the last
    boundary. `is_searched` says that every one of them was looked at. `held_from` is the step from which the value
    never changes again, `None` where it goes on. `of_base` tells that values are multiples of what the optimizer gives,
    `of_metric` that they are those while no metric is observed. `last`, `past`, `area` and `average` need a total,
    and the last two a sum within float64; `by_tokens` is the average over tokens, or samples, where a batch ramp gives
    them another weight than steps.
    """

    target: Target
    steps: int
    is_searched: bool
    first: At
    peak: At
    minimum: At
    boundaries: tuple[Boundary, ...]
    held_from: int | None
    last: At | None = None
    past: At | None = None
    area: Total | None = None
    average: Total | None = None
    by_tokens: float | None = None
    of_base: bool = False
    of_metric: bool = False
    ends: bool = False

    def to_data(self) -> dict[str, Any]:
        """Give all of it as JSON data; fractions of an epoch are floats."""
        return {
            "hyperparameter": self.target.hyperparameter, "group": self.target.group,
            "steps": self.steps, "searched": self.is_searched,
            "factor_of_base": self.of_base, "before_any_metric": self.of_metric,
            "first": _at_data(self.first), "peak": _at_data(self.peak), "minimum": _at_data(self.minimum),
            "boundaries": [{**_moment_data(b.moment), "before": b.before, "value": b.value} for b in self.boundaries],
            "last": self.last and _at_data(self.last), "past_the_end": self.past and _at_data(self.past),
            "held_from": self.held_from, "error_past_the_end": self.ends,
            "average": self.average and _total_data(self.average), "area": self.area and _total_data(self.area),
            "average_by_tokens": self.by_tokens,
        }  # fmt: skip


def moment(clock: Clock, step: int) -> Moment:
    """Give a step in the units that the clock knows.

    >>> moment(Clock(steps_per_epoch=4), 10).epoch
    Fraction(5, 2)
    """
    epoch = None if clock.steps_per_epoch is None else Fraction(step, clock.steps_per_epoch)
    return Moment(step=step, epoch=epoch, samples=_consumed(clock.samples_per_step, step),
                  tokens=_consumed(clock.tokens_per_step, step))  # fmt: skip


def _consumed(pace: int | BatchRamp | None, step: int) -> Fraction | None:
    if pace is None:
        return None
    return pace.consumed(step) if isinstance(pace, BatchRamp) else Fraction(pace * step)


def _at_data(found: At) -> dict[str, Any]:
    return {**_moment_data(found.moment), "value": found.value}


def _moment_data(found: Moment) -> dict[str, Any]:
    known = {"epoch": found.epoch, "samples": found.samples, "tokens": found.tokens}
    return {"step": found.step, **{name: _plainest(count) for name, count in known.items() if count is not None}}


def _plainest(count: Fraction) -> int | float:
    return count.numerator if count.denominator == 1 else float(count)


def _total_data(total: Total) -> dict[str, Any]:
    return {"value": total.value, "about": total.is_about}
