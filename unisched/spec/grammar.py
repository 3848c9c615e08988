"""The closed set of kinds: the one place that knows them all."""

from __future__ import annotations

from typing import Final, TypeAlias

from unisched.spec.combinators import (
    ClipCurve,
    ProductCurve,
    RepeatCurve,
    SequenceCurve,
    ShiftCurve,
    StairCurve,
    SumCurve,
)
from unisched.spec.curve import CurveModel
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PiecewiseCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.kinds import bind
from unisched.spec.recipes import WarmupCosineCurve, WarmupLinearCurve, WsdCurve

__all__ = ["KINDS", "AnyCurve", "Recipe"]

Recipe: TypeAlias = WarmupCosineCurve | WarmupLinearCurve | WsdCurve
"""The curves that expand to others."""

AnyCurve: TypeAlias = (
    ConstantCurve | LinearCurve | PolynomialCurve | CosineCurve | ExponentialCurve | PowerDecayCurve | PiecewiseCurve
    | SequenceCurve | ProductCurve | SumCurve | ClipCurve | RepeatCurve | StairCurve | ShiftCurve | Recipe
)  # fmt: skip
"""Every curve there is, told apart by `kind`."""

_MODELS: Final[tuple[type[CurveModel], ...]] = (
    ConstantCurve, LinearCurve, PolynomialCurve, CosineCurve, ExponentialCurve, PowerDecayCurve, PiecewiseCurve,
    SequenceCurve, ProductCurve, SumCurve, ClipCurve, RepeatCurve, StairCurve, ShiftCurve,
    WarmupCosineCurve, WarmupLinearCurve, WsdCurve,
)  # fmt: skip

KINDS: Final = {str(model.model_fields["kind"].default): model for model in _MODELS}
"""From `kind` to model."""

bind(KINDS)
