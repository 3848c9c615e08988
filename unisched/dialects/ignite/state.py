"""The schedulers of the engine's state: they raise their index before they ask for a value, so the first is k = 1."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from unisched.dialects.functions import curve_of
from unisched.dialects.ignite.functions import EventFunction
from unisched.dialects.ignite.handler import FIRST_INDEX, Handler, NamedHandler
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.feedback import Lowering
from unisched.spec.number import fault
from unisched.spec.values import REFERENCE, Count, Number, PositiveNumber, StrideField, plain, read_each

__all__ = ["EMAHandler", "ExpStateScheduler", "LambdaStateScheduler", "MultiStepStateScheduler", "StepStateScheduler"]

_INITIAL: Final = "The value before the first event."
_GAMMA: Final = "What it is multiplied by."


def _position(value: object) -> Duration:
    position = Duration.parse(value)
    if position.unit == "rest":
        raise fault("duration.rest", "'rest' stands only for the duration of a curve", "Give a position.")
    return position


def _positions(value: object) -> tuple[Duration, ...]:
    return () if isinstance(value, list | tuple) and not value else read_each(value, _position)


Positions: TypeAlias = Annotated[
    tuple[Duration, ...],
    PlainValidator(_positions),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"type": "array", "items": {REFERENCE: "Duration"}}),
]


class _StateScheduler(NamedHandler):
    """A function of k = t + 1."""

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the function, one event ahead."""
        return curve({"kind": "shift", "curve": self._indexed(clock), "by": 1})

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the index of the first value."""
        yield FIRST_INDEX

    def _indexed(self, clock: Clock) -> AnyCurve:
        """Give the value at event k of a clock that begins at k = 0."""
        raise NotImplementedError


class LambdaStateScheduler(_StateScheduler):
    """lambda_obj(k), k = t + 1."""

    kind: Literal["ignite.LambdaStateScheduler"] = "ignite.LambdaStateScheduler"
    examples = ({"kind": "ignite.LambdaStateScheduler", "param_name": "lr", "lambda_obj": "0.1 / sqrt(step + 1)"},)
    lambda_obj: EventFunction = Field(
        description="The value: a formula in step, which is k, or, in Python, a function of k."
    )

    def _indexed(self, clock: Clock) -> AnyCurve:
        return curve_of(self.lambda_obj)


class ExpStateScheduler(_StateScheduler):
    """initial·gamma^k, k = t + 1."""

    kind: Literal["ignite.ExpStateScheduler"] = "ignite.ExpStateScheduler"
    examples = ({"kind": "ignite.ExpStateScheduler", "param_name": "lr", "initial_value": 0.1, "gamma": 0.999},)
    initial_value: Number = Field(description=_INITIAL)
    gamma: PositiveNumber = Field(description=_GAMMA)

    def _indexed(self, clock: Clock) -> AnyCurve:
        return curve({"kind": "exponential", "start": self.initial_value, "rate": self.gamma})


class StepStateScheduler(_StateScheduler):
    """initial·gamma^floor(k / step_size), k = t + 1."""

    kind: Literal["ignite.StepStateScheduler"] = "ignite.StepStateScheduler"
    examples = (
        {
            "kind": "ignite.StepStateScheduler",
            "param_name": "lr",
            "initial_value": 0.1,
            "gamma": 0.5,
            "step_size": 3000,
        },
    )
    initial_value: Number = Field(description=_INITIAL)
    gamma: PositiveNumber = Field(description=_GAMMA)
    step_size: StrideField = Field(description="The length of a stair.")

    def _indexed(self, clock: Clock) -> AnyCurve:
        return curve({"kind": "exponential", "start": self.initial_value, "rate": self.gamma, "staircase": True,
                      "every": self.whole(clock, self.step_size, "step_size")})  # fmt: skip


class MultiStepStateScheduler(_StateScheduler):
    """initial·gamma^n, n the number of milestones up to k = t + 1."""

    kind: Literal["ignite.MultiStepStateScheduler"] = "ignite.MultiStepStateScheduler"
    examples = (
        {
            "kind": "ignite.MultiStepStateScheduler",
            "param_name": "lr",
            "initial_value": 0.1,
            "gamma": 0.1,
            "milestones": [6000, 8000],
        },
    )
    initial_value: Number = Field(description=_INITIAL)
    gamma: PositiveNumber = Field(description=_GAMMA)
    milestones: Positions = Field(description="The events from which it is multiplied once more, not decreasing.")

    @model_validator(mode="after")
    def _in_order(self) -> MultiStepStateScheduler:
        if all(milestone.unit == "steps" for milestone in self.milestones):
            self._events(Clock())
        return self

    def _indexed(self, clock: Clock) -> AnyCurve:
        points = {0: self.initial_value}
        for index, event in enumerate(self._events(clock), start=1):
            points[event] = self._level(index)
        return curve({"kind": "piecewise", "points": list(points.items()), "interpolation": "previous"})

    def _level(self, index: int) -> float:
        try:
            return self.initial_value * self.gamma**index
        except OverflowError:
            raise fault("range.overflow", f"{self.gamma!r}**{index} is above the float range", "Give a smaller gamma.",
                        "gamma") from None  # fmt: skip

    def _events(self, clock: Clock) -> list[int]:
        events = [
            self.whole(clock, milestone, f"milestones[{index}]") for index, milestone in enumerate(self.milestones)
        ]
        for index, (before, event) in enumerate(pairwise(events), start=1):
            if event < before:
                raise fault("range.order", f"event {event} is before event {before}", "Give increasing milestones.",
                            f"milestones[{index}]")  # fmt: skip
        return events


class EMAHandler(Handler):
    """momentum_warmup + (momentum − momentum_warmup)·t / (warmup_iters − 1) up to momentum: the moving average's."""

    kind: Literal["ignite.EMAHandler"] = "ignite.EMAHandler"
    examples = ({"kind": "ignite.EMAHandler", "momentum": 0.0002, "momentum_warmup": 0.1, "warmup_iters": 1000},)
    momentum: Lowering = Field(default=0.0002, description="The weight of the new, between 0 and 1.")
    momentum_warmup: Number | None = Field(default=None, description="The weight at first; with warmup_iters.")
    warmup_iters: Count | None = Field(default=None, description="The length of the warm-up; with momentum_warmup.")

    @model_validator(mode="after")
    def _both_or_none(self) -> EMAHandler:
        if (self.momentum_warmup is None) != (self.warmup_iters is None):
            missing = "momentum_warmup" if self.momentum_warmup is None else "warmup_iters"
            raise fault("field.missing", "momentum_warmup and warmup_iters make a warm-up together; ignite drops one "
                        "that is alone", "Add it, or leave the other out.", missing)  # fmt: skip
        return self

    def drives(self) -> tuple[str, ...]:
        """Give the name under which the handler writes."""
        return ("ema_momentum",)

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the line to the weight, which holds."""
        if self.momentum_warmup is None or self.warmup_iters is None:
            return curve(self.momentum)
        return curve({"kind": "linear", "start": self.momentum_warmup, "end": self.momentum,
                      "duration": max(1, self.warmup_iters - 1)})  # fmt: skip

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the name that the warm-up writes."""
        if self.momentum_warmup is not None:
            yield Quirk("ignite.ema_name", 'the warm-up writes "ema_momentum", whatever name attach is given')
