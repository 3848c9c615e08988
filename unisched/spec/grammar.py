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
    WindowCurve,
)
from unisched.spec.curve import CallableCurve, CurveModel
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PiecewiseCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.cycles import OneCycleCurve, SgdrCurve, TriangularCurve
from unisched.spec.dialect import DialectCurve, WaveCurve
from unisched.spec.dialects import Installed
from unisched.spec.feedback import PlateauCurve
from unisched.spec.formulas import FormulaCurve, RecurrenceCurve
from unisched.spec.inner import GreedyCurve, ScaledCurve, TableCurve
from unisched.spec.inverse_square_root import InverseSqrtCurve, NoamCurve
from unisched.spec.kinds import bind, bind_dialects, kind_of
from unisched.spec.noise import NoiseCurve
from unisched.spec.recipes import RexCurve, WarmupCosineCurve, WarmupLinearCurve, WsdCurve
from unisched.spec.references import FollowCurve

__all__ = ["KINDS", "AnyCurve", "Recipe"]

Recipe: TypeAlias = (
    WarmupCosineCurve | WarmupLinearCurve | WsdCurve | InverseSqrtCurve | NoamCurve | OneCycleCurve | TriangularCurve
    | SgdrCurve | RexCurve
)  # fmt: skip
"""The curves that expand to others."""

AnyCurve: TypeAlias = (
    ConstantCurve | LinearCurve | PolynomialCurve | CosineCurve | ExponentialCurve | PowerDecayCurve | PiecewiseCurve
    | SequenceCurve | ProductCurve | SumCurve | ClipCurve | RepeatCurve | StairCurve | ShiftCurve | WindowCurve
    | FormulaCurve | RecurrenceCurve | FollowCurve | PlateauCurve | NoiseCurve | Recipe
    | DialectCurve | WaveCurve | TableCurve | ScaledCurve | GreedyCurve | CallableCurve
)  # fmt: skip
"""Every curve there is, told apart by `kind`: those of the core, any dialect's, the wave that dialects
expand to, and a Python function."""

_MODELS: Final[tuple[type[CurveModel], ...]] = (
    ConstantCurve, LinearCurve, PolynomialCurve, CosineCurve, ExponentialCurve, PowerDecayCurve, PiecewiseCurve,
    SequenceCurve, ProductCurve, SumCurve, ClipCurve, RepeatCurve, StairCurve, ShiftCurve, WindowCurve,
    FormulaCurve, RecurrenceCurve, FollowCurve, PlateauCurve, NoiseCurve,
    WarmupCosineCurve, WarmupLinearCurve, WsdCurve, InverseSqrtCurve, NoamCurve, OneCycleCurve, TriangularCurve,
    SgdrCurve, RexCurve,
)  # fmt: skip

KINDS: Final = {kind_of(model): model for model in _MODELS}
"""From `kind` to model."""

bind(KINDS)
bind_dialects(Installed())
