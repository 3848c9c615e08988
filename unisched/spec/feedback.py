"""The factor that a metric moves: as documents write it, and with what only a dialect answers for."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from unisched.spec.curve import CurveModel
from unisched.spec.names import check_name
from unisched.spec.number import fault, read_number, read_whole, shown
from unisched.spec.values import Count, FromZero, reference

__all__ = ["Lowering", "Metric", "PlateauCurve", "StallCurve", "Times", "UpToOne"]


def _times(value: object) -> int:
    number = read_whole(value)
    if not 0 <= number <= 2**53:
        raise fault("number.range", f"{shown(number)} is not from 0 to 2**53", "Give a whole number from 0.")
    return number


def _metric(value: object) -> str:
    if not isinstance(value, str):
        raise fault("type.text", f"{shown(value)} is no name", 'Give the name of a metric, such as "loss".')
    return check_name(value)


def _lowering(value: object) -> float:
    number = read_number(value)
    if not 0 < number < 1:
        raise fault("number.range", f"{number!r} is not between 0 and 1", "Give a factor such as 0.1.")
    return number


def _up_to_one(value: object) -> float:
    number = read_number(value)
    if not 0 <= number <= 1:
        raise fault("number.range", f"{number!r} is not from 0 to 1, where the factor moves",
                    "Give the lowest factor; for a floor of the value, put a clip around it.")  # fmt: skip
    return number


Times: TypeAlias = Annotated[int, PlainValidator(_times), reference("Times")]
Metric: TypeAlias = Annotated[str, PlainValidator(_metric), reference("Metric")]
Lowering: TypeAlias = Annotated[float, PlainValidator(_lowering), reference("Lowering")]
UpToOne: TypeAlias = Annotated[float, PlainValidator(_up_to_one), reference("UpToOne")]


class PlateauCurve(CurveModel):
    """A factor that starts at 1 and is lowered whenever a metric stops to improve."""

    kind: Literal["plateau"] = "plateau"
    examples = (
        {
            "kind": "plateau",
            "monitor": "val_loss",
            "mode": "min",
            "factor": 0.5,
            "patience": 5,
            "threshold": 0.001,
            "threshold_mode": "abs",
            "cooldown": 2,
            "minimum": 0.01,
            "rule": "torch",
        },
    )
    monitor: Metric = Field(description="The metric to watch, by name.")
    mode: Literal["min", "max"] = Field(default="min", description="Whether a smaller or a larger metric is better.")
    factor: Lowering = Field(default=0.1, description="What each stall multiplies the factor by.")
    patience: Times = Field(default=10, description="How many observations without improvement are borne.")
    threshold: FromZero = Field(default=1e-4, description="How much better counts as better, by `threshold_mode`.")
    threshold_mode: Literal["rel", "abs"] = Field(
        default="rel", description="Whether the threshold is a part of the best metric, or in its own unit."
    )
    cooldown: Times = Field(default=0, description="How many observations after a drop are not counted.")
    minimum: UpToOne = Field(default=0.0, description="The factor is never lowered below this.")
    rule: Literal["torch", "keras", "optax"] = Field(
        default="torch", description="Whose way of counting: the order in which a stall, a drop and a pause are told."
    )

    @model_validator(mode="after")
    def _as_the_rule_has_it(self) -> PlateauCurve:
        if self.rule == "optax" and self.mode == "max":
            raise fault("plateau.rule", "optax's rule only minimizes", 'Feed it the negative, or use rule "torch".',
                        "mode")  # fmt: skip
        if self.rule == "optax" and self.patience == 0:
            raise fault("plateau.rule", "with patience 0, optax's rule drops at every improvement and at no stall",
                        "Give 1 to drop at the first stall.", "patience")  # fmt: skip
        if self.rule == "keras" and self.patience == 0:
            raise fault("plateau.rule", "keras's rule takes patience 0 for 1", "Write 1.", "patience")
        return self


class StallCurve(PlateauCurve):
    """A plateau with the settings that one library has and the others have not; documents do not write it."""

    floor: FromZero = Field(default=0.0, description="The value is never lowered below this, absolute.")
    eps: FromZero = Field(
        default=0.0, description="torch: no drop of the scheduled value as small as this, or smaller."
    )
    atol: FromZero = Field(default=0.0, description="optax: joins a relative threshold, in the metric's own unit.")
    accumulation: Count = Field(default=1, description="optax: how many metrics make one observation, their mean.")
