"""ConcatScheduler and ParamGroupScheduler: schedulers one after another, and several at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from unisched.dialects.ignite.children import AsInside, Gives, check, curves_of
from unisched.dialects.ignite.handler import Handler
from unisched.dialects.ignite.wrapped import check_begins_anew
from unisched.dialects.pieces import in_full, in_order
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve, CurvesField
from unisched.spec.dialect import DialectCurve, Quirk
from unisched.spec.number import fault
from unisched.spec.values import REFERENCE, plain, read_each

__all__ = ["ConcatScheduler", "ParamGroupScheduler"]


def _length(value: object) -> Duration:
    duration = Duration.parse(value)
    if duration.unit == "rest" or duration.amount == 0:
        raise fault("number.range", f"'{duration}' is no length; with 0 ignite stays in the scheduler for ever",
                    "Leave the scheduler out, or give it events.")  # fmt: skip
    return duration


def _lengths(value: object) -> tuple[Duration, ...]:
    return read_each(value, _length)


Lengths: TypeAlias = Annotated[
    tuple[Duration, ...],
    PlainValidator(_lengths),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"type": "array", "items": {REFERENCE: "Duration"}, "minItems": 1}),
]


class _Combined(Handler):
    """Several schedulers in one."""

    gives: ClassVar[Any] = AsInside()
    schedulers: CurvesField = Field(description="ignite's schedulers of param groups, as documents.")

    def decided(self) -> Gives:
        """Give factors where a scheduler inside does."""
        return "factor" if any(child.gives == "factor" for child in self._children()) else "value"

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the quirks of the schedulers."""
        for child in self._children():
            yield from child.quirks(clock)

    def _children(self) -> tuple[DialectCurve, ...]:
        return tuple(child for child in self.schedulers if isinstance(child, DialectCurve))


class ConcatScheduler(_Combined):
    """Scheduler i for durations[i] events, each from its own event 0; the last one for ever."""

    kind: Literal["ignite.ConcatScheduler"] = "ignite.ConcatScheduler"
    examples = (
        {
            "kind": "ignite.ConcatScheduler",
            "schedulers": [
                {"kind": "ignite.PiecewiseLinear", "param_name": "lr", "milestones_values": [[0, 0], [500, 0.1]]},
                {
                    "kind": "ignite.CosineAnnealingScheduler",
                    "param_name": "lr",
                    "start_value": 0.1,
                    "end_value": 0.001,
                    "cycle_size": 2000,
                },
            ],
            "durations": [500],
        },
    )
    durations: Lengths = Field(description="The length of each scheduler but the last, in whole events.")

    @model_validator(mode="after")
    def _as_ignite_takes_them(self) -> ConcatScheduler:
        if len(self.schedulers) != len(self.durations) + 1:
            raise fault("ignite.count", f"{len(self.durations)} durations for {len(self.schedulers)} schedulers",
                        "Give one for each scheduler but the last.", "durations")  # fmt: skip
        for index, child in enumerate(self.schedulers):
            check(child, f"schedulers[{index}]")
            if index:
                check_begins_anew(self._leading(child), f"schedulers[{index}]")
        for index, child in enumerate(self._children()):
            if child.drives() != self.drives() or len(child.drives()) != 1:
                raise fault("ignite.param_name", f"schedules {', '.join(child.drives())}, and the first one "
                            f"{', '.join(self.drives())}", "Give schedulers of one parameter.",
                            f"schedulers[{index}]")  # fmt: skip
        return self

    def leading(self) -> AnyCurve:
        """Give the scheduler that is called first, however deep."""
        return self._leading(self.schedulers[0])

    @staticmethod
    def _leading(child: AnyCurve) -> AnyCurve:
        return child.leading() if isinstance(child, ConcatScheduler) else child

    def drives(self) -> tuple[str, ...]:
        """Give the hyperparameter of the schedulers."""
        return self._children()[0].drives()

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the schedulers, each as far as it is shown."""
        lengths = [self.whole(clock, duration, f"durations[{index}]") for index, duration in enumerate(self.durations)]
        left = None if shown_for is None else max(1, shown_for - sum(lengths))
        parts = [self._part(index, clock, length) for index, length in enumerate([*lengths, left])]
        return in_order(*zip(lengths, parts, strict=False), then=parts[-1])

    def _part(self, index: int, clock: Clock, shown_for: int | None) -> AnyCurve:
        child, path = self.schedulers[index], f"schedulers[{index}]"
        return in_full(next(iter(curves_of(child, path, clock, shown_for, self.decided()).values())))


class ParamGroupScheduler(_Combined):
    """Each scheduler for its own parameter."""

    kind: Literal["ignite.ParamGroupScheduler"] = "ignite.ParamGroupScheduler"
    examples = (
        {
            "kind": "ignite.ParamGroupScheduler",
            "schedulers": [
                {"kind": "ignite.PiecewiseLinear", "param_name": "lr", "milestones_values": [[0, 0.1], [9000, 0]]},
                {
                    "kind": "ignite.PiecewiseLinear",
                    "param_name": "weight_decay",
                    "milestones_values": [[0, 0.04], [9000, 0.4]],
                },
            ],
            "names": ["learning_rate", "weight_decay"],
        },
    )
    names: tuple[str, ...] | None = Field(
        default=None, strict=False, description="The names of the schedulers, one for each."
    )

    @model_validator(mode="after")
    def _as_ignite_takes_them(self) -> ParamGroupScheduler:
        if self.names is not None and len(self.names) != len(self.schedulers):
            raise fault("ignite.count", f"{len(self.names)} names for {len(self.schedulers)} schedulers",
                        "Give one for each.", "names")  # fmt: skip
        met: set[str] = set()
        for index, child in enumerate(self.schedulers):
            check(child, f"schedulers[{index}]")
            twice = met & set(child.drives() if isinstance(child, DialectCurve) else ())
            if twice:
                raise fault("ignite.groups", f"{min(twice)} is scheduled twice, for different param groups",
                            'Give one, and the others under "groups".', f"schedulers[{index}]")  # fmt: skip
            met |= set(child.drives() if isinstance(child, DialectCurve) else ())
        return self

    def drives(self) -> tuple[str, ...]:
        """Give the hyperparameters of all schedulers."""
        return tuple(name for child in self._children() for name in child.drives())

    def curves(self, clock: Clock, shown_for: int | None) -> Mapping[str, AnyCurve]:
        """Give the curve of each hyperparameter."""
        found: dict[str, AnyCurve] = {}
        for index, child in enumerate(self.schedulers):
            found |= curves_of(child, f"schedulers[{index}]", clock, shown_for, self.decided())
        return found
