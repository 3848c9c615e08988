"""One schedule after another, each counted from where it begins: optax's join_schedules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from unisched.dialects.optax.counting import OptaxCurve
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve, CurveModel, CurvesField
from unisched.spec.dialect import DialectCurve, curve
from unisched.spec.number import fault, shown
from unisched.spec.values import SpanField

__all__ = ["JoinSchedules"]


def _listed(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise fault("type.list", f"{shown(value)} is no list", "Give a list in [ ].")
    return tuple(value)


class JoinSchedules(OptaxCurve):
    """schedules[i] at t − boundaries[i − 1], for the last i whose boundary is ≤ t."""

    kind: Literal["optax.join_schedules"] = "optax.join_schedules"
    examples = (
        {
            "kind": "optax.join_schedules",
            "schedules": [
                {"kind": "optax.linear_schedule", "init_value": 0, "end_value": 0.1, "transition_steps": 1000},
                {"kind": "optax.cosine_decay_schedule", "init_value": 0.1, "decay_steps": 9000},
            ],
            "boundaries": [1000],
        },
    )
    schedules: CurvesField = Field(description="The schedules in order, each counted from where it begins.")
    boundaries: Annotated[tuple[SpanField, ...], BeforeValidator(_listed)] = Field(
        description="The counts at which the next schedule begins: one fewer than schedules, in increasing order."
    )

    @model_validator(mode="after")
    def _one_between_two(self) -> JoinSchedules:
        given, needed = len(self.boundaries), len(self.schedules) - 1
        if given != needed:
            raise fault("sequence.boundaries", f"{given} boundaries stand between {needed + 1} schedules, and optax "
                        "would drop what is too many", f"Give {needed}.", "boundaries")  # fmt: skip
        for index, schedule in enumerate(self.schedules):
            for factor in _factors(schedule):
                raise fault("dialect.base", f"{factor} gives a factor of the optimizer's value, and schedules of optax "
                            "give values", "Write it with plain kinds.", f"schedules[{index}]")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        before = 0
        for index, boundary in enumerate(self.boundaries):
            field = f"boundaries[{index}]"
            at = self.count(clock, boundary, field, least=1)
            if at <= before:
                raise fault("sequence.order", f"stands at {at}, not after {before}; optax would skip a schedule",
                            "Give boundaries in increasing order.", field)  # fmt: skip
            before = at
        boundaries = {"boundaries": self.boundaries} if self.boundaries else {}
        return {"learning_rate": curve({"kind": "sequence", "parts": self.schedules, **boundaries})}


def _factors(schedule: object) -> Iterator[str]:
    """Give the kinds in a schedule that are factors of what the optimizer was given."""
    if isinstance(schedule, DialectCurve):
        if schedule.gives == "factor":
            yield schedule.kind
    elif isinstance(schedule, CurveModel):
        for value in schedule.__dict__.values():
            for inner in value if isinstance(value, tuple) else (value,):
                yield from _factors(inner)
