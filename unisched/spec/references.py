"""The curve that is another schedule of the same document. Which one, and at which step, is for lowering to say."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator

from unisched.spec.curve import CurveModel
from unisched.spec.names import check_hyperparameter
from unisched.spec.number import fault, shown
from unisched.spec.values import reference

__all__ = ["FollowCurve", "ScheduleName"]


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise fault("type.text", f"{shown(value)} is no name", 'Give the name of a schedule, such as "learning_rate".')
    return check_hyperparameter(value)


ScheduleName: TypeAlias = Annotated[str, PlainValidator(_name), reference("ScheduleName")]
"""The name of a schedule of the document."""


class FollowCurve(CurveModel):
    """What another schedule's curve gives at the same step of the run, before its base and before groups."""

    kind: Literal["follow"] = "follow"
    examples = ({"kind": "follow", "schedule": "learning_rate"},)
    schedule: ScheduleName = Field(description="The name of the schedule to follow.")
