"""create_lr_scheduler_with_warmup: a line to a scheduler's first value, or to another one that is held for an event.

ignite tells four cases apart and moves torch's schedulers on by a step. They come to this: where the line ends at the
first value of what follows, that is its last event; else the line ends one event before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, model_validator

from unisched.dialects.ignite.children import AsInside, Gives, check, curves_of, is_torch
from unisched.dialects.ignite.combined import ConcatScheduler
from unisched.dialects.ignite.first import first_factor, first_value, sets_the_rate
from unisched.dialects.ignite.handler import Handler
from unisched.dialects.ignite.wrapped import check_begins_anew
from unisched.dialects.pieces import in_order
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve, CurveField
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Number, StrideField

__all__ = ["CreateLRSchedulerWithWarmup"]

_REFUSED: Final = {
    "torch.SWALR": "never moves behind ignite's wrapper",
    "torch.SequentialLR": "raises NotImplementedError behind ignite's wrapper",
    "torch.ChainedScheduler": "raises NotImplementedError behind ignite's wrapper",
    "torch.ReduceLROnPlateau": "is never told a metric behind ignite's wrapper",
}


class CreateLRSchedulerWithWarmup(Handler):
    """A line from warmup_start_value to warmup_end_value at event warmup_duration − 1, then the scheduler."""

    kind: Literal["ignite.create_lr_scheduler_with_warmup"] = "ignite.create_lr_scheduler_with_warmup"
    examples = (
        {
            "kind": "ignite.create_lr_scheduler_with_warmup",
            "lr_scheduler": {"kind": "torch.StepLR", "step_size": 3000},
            "warmup_start_value": 0.001,
            "warmup_duration": 500,
            "warmup_end_value": 0.1,
        },
    )
    gives: ClassVar[Any] = AsInside()
    lr_scheduler: CurveField = Field(
        description="What follows: a scheduler of torch, or of ignite's for param groups.",
        examples=[{"kind": "torch.StepLR", "step_size": 3000}],
    )
    warmup_start_value: Number = Field(description="The first value.")
    warmup_duration: StrideField = Field(description="The length of the warm-up, at least 2.")
    warmup_end_value: Number | None = Field(
        default=None, description="The last value of the warm-up; without it, the optimizer's rate."
    )

    @model_validator(mode="after")
    def _as_ignite_takes_them(self) -> CreateLRSchedulerWithWarmup:
        child = self.lr_scheduler
        check(child, "lr_scheduler", torch=is_torch(child))
        if isinstance(child, Handler):
            check_begins_anew(child.leading() if isinstance(child, ConcatScheduler) else child, "lr_scheduler")
        if child.kind in _REFUSED:
            raise fault("ignite.wrapper", f"{child.kind} {_REFUSED[child.kind]}", f"Write {child.kind} after a ramp.",
                        "lr_scheduler")  # fmt: skip
        if "learning_rate" not in self.drives():
            raise fault("ignite.param_name", "the warm-up is of the learning rate, and what follows is not",
                        'Give a scheduler of "lr".', "lr_scheduler")  # fmt: skip
        if self.warmup_duration.unit == "steps":
            self._events(Clock())
        return self

    def decided(self) -> Gives:
        """Give factors where the scheduler does, or the warm-up ends at the optimizer's rate."""
        child = self.lr_scheduler
        factor = isinstance(child, DialectCurve) and child.gives == "factor"
        return "factor" if factor or (self.warmup_end_value is None and not sets_the_rate(child)) else "value"

    def drives(self) -> tuple[str, ...]:
        """Give what the scheduler moves."""
        return self.lr_scheduler.drives() if isinstance(self.lr_scheduler, DialectCurve) else ("learning_rate",)

    def curves(self, clock: Clock, shown_for: int | None) -> Mapping[str, AnyCurve]:
        """Give the warm-up and what follows; what else the scheduler moves waits at its first value."""
        events = self._events(clock)
        found = curves_of(self.lr_scheduler, "lr_scheduler", clock, shown_for, self.decided())
        rate, start = found["learning_rate"], self._number(self.warmup_start_value)
        if self._ends_at_first():
            waits, end = events - 1, self._first()
            whole = in_order((waits, _line(start, end)), then=rate)
        else:
            waits, end = events, self._end()
            whole = in_order((events - 1, _line(start, end)), (1, curve({"kind": "constant", "value": end})), then=rate)
        held = {name: curve({"kind": "shift", "curve": one, "by": -waits}) for name, one in found.items()}
        return {**held, "learning_rate": whole}

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name where the peak is, and what the rate of the optimizer would change."""
        events, child = self._events(clock), self.lr_scheduler
        if self._ends_at_first():
            yield Quirk("ignite.warmup", f"the warm-up reaches the first value at event {events - 1}, its last one")
        else:
            yield Quirk("ignite.warmup", f"the warm-up ends at event {events - 1}, and the scheduler begins at "
                        f"{events}; where its first value is the warm-up's last, ignite leaves one out")  # fmt: skip
        yield from child.quirks(clock) if isinstance(child, DialectCurve) else ()

    def _events(self, clock: Clock) -> int:
        events = self.whole(clock, self.warmup_duration, "warmup_duration")
        if events < 2:
            raise fault("number.range", f"a warm-up of {events} event", "Give at least 2.", "warmup_duration")
        return events

    def _ends_at_first(self) -> bool:
        """Tell whether the last value of the warm-up is the first one of the scheduler, as far as arguments say."""
        if self.warmup_end_value is None:
            return sets_the_rate(self.lr_scheduler)
        return first_value(self.lr_scheduler) == self.warmup_end_value

    def _end(self) -> float | Absolute:
        return 1.0 if self.warmup_end_value is None else self._number(self.warmup_end_value)

    def _first(self) -> float | Absolute:
        value = first_value(self.lr_scheduler)
        return first_factor(self.lr_scheduler) if value is None else self._number(value)

    def _number(self, value: float) -> float | Absolute:
        return Absolute(absolute=value) if self.decided() == "factor" else value


def _line(start: float | Absolute, end: float | Absolute) -> AnyCurve:
    return curve({"kind": "linear", "start": start, "end": end})
