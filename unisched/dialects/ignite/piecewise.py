"""PiecewiseLinear, of a param group and of the engine's state: straight lines through milestones."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from unisched.dialects.ignite.handler import FIRST_INDEX, NamedHandler
from unisched.dialects.pieces import in_order
from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, Points

__all__ = ["PiecewiseLinear", "PiecewiseLinearStateScheduler"]

_Point: TypeAlias = tuple[Duration, float | Absolute]


def _numbers(points: tuple[_Point, ...]) -> tuple[_Point, ...]:
    for index, (_, value) in enumerate(points):
        if isinstance(value, Absolute):
            raise fault("type.number", "ignite's values are absolute as they are", "Give the number.", f"[{index}][1]")
    return points


Milestones: TypeAlias = Annotated[Points, AfterValidator(_numbers)]


class _Milestones(NamedHandler):
    """Straight lines."""

    milestones_values: Milestones = Field(
        description="Pairs [event, value], events not decreasing; of two at one event the later one holds."
    )

    @model_validator(mode="after")
    def _in_order(self) -> _Milestones:
        if all(position.unit == "steps" for position, _ in self.milestones_values):
            self._knots(Clock())
        return self

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the lines; the first value before them and the last one after."""
        knots = self._knots(clock)
        lines = [(last - first, curve({"kind": "linear", "start": start, "end": end}))
                 for (first, start), (last, end) in pairwise(knots)]  # fmt: skip
        return in_order((knots[0][0], curve(knots[0][1])), *lines, then=curve(knots[-1][1]))

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the milestones at one event."""
        for (first, _), (last, value) in pairwise(self._knots(clock)):
            if first == last:
                yield Quirk("ignite.jump", f"of two milestones at event {first} the later one holds: {value!r}")

    def first(self) -> float:
        """Give the value at event 0."""
        at_once = [value for position, value in self.milestones_values if position.amount == 0]
        value = at_once[-1] if at_once else self.milestones_values[0][1]
        return value.absolute if isinstance(value, Absolute) else value

    def _knots(self, clock: Clock) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for index, (position, value) in enumerate(self.milestones_values):
            at = self.whole(clock, position, f"milestones_values[{index}][0]")
            if found and at < found[-1][0]:
                raise fault("range.order", f"event {at} is before event {found[-1][0]}", "Give increasing events.",
                            f"milestones_values[{index}][0]")  # fmt: skip
            found.append((at, value.absolute if isinstance(value, Absolute) else value))
        return found


class PiecewiseLinear(_Milestones):
    """Lines through the milestones; the first value before them, the last one after."""

    kind: Literal["ignite.PiecewiseLinear"] = "ignite.PiecewiseLinear"
    examples = (
        {
            "kind": "ignite.PiecewiseLinear",
            "param_name": "lr",
            "milestones_values": [[0, 0.1], [5000, 0.05], [9000, 0]],
        },
    )


class PiecewiseLinearStateScheduler(_Milestones):
    """Lines through the milestones at k = t + 1: the index is raised before the first value."""

    kind: Literal["ignite.PiecewiseLinearStateScheduler"] = "ignite.PiecewiseLinearStateScheduler"
    examples = (
        {
            "kind": "ignite.PiecewiseLinearStateScheduler",
            "param_name": "lr",
            "milestones_values": [[0, 0.1], [5000, 0.05], [9000, 0]],
        },
    )

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the lines, one event ahead."""
        return curve({"kind": "shift", "curve": super().laid(clock, shown_for), "by": 1})

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the index of the first value, too."""
        yield FIRST_INDEX
        yield from super().own_quirks(clock)
