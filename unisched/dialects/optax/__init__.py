"""The schedules of optax: values as functions of the count, the number of updates done.

Conventions: the first update uses count 0; at a boundary the next piece holds; a transition reaches its end at its
length. Closed forms are optax's, in exact arithmetic: optax itself evaluates them in float32.
"""

from __future__ import annotations

from unisched.dialects.optax.cosines import CosineDecaySchedule, SgdrSchedule, WarmupCosineDecaySchedule
from unisched.dialects.optax.exponentials import ExponentialDecay, WarmupExponentialDecaySchedule
from unisched.dialects.optax.joining import JoinSchedules
from unisched.dialects.optax.knots import PiecewiseConstantSchedule, PiecewiseInterpolateSchedule
from unisched.dialects.optax.lifting import lift
from unisched.dialects.optax.onecycles import CosineOnecycleSchedule, LinearOnecycleSchedule
from unisched.dialects.optax.plateau import ReduceOnPlateau
from unisched.dialects.optax.transitions import (
    ConstantSchedule,
    LinearSchedule,
    PolynomialSchedule,
    WarmupConstantSchedule,
)
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        ConstantSchedule, LinearSchedule, PolynomialSchedule, ExponentialDecay, CosineDecaySchedule,
        CosineOnecycleSchedule, LinearOnecycleSchedule, PiecewiseConstantSchedule, PiecewiseInterpolateSchedule,
        WarmupConstantSchedule, WarmupCosineDecaySchedule, WarmupExponentialDecaySchedule, SgdrSchedule, JoinSchedules,
        ReduceOnPlateau,
    ),
    lift=lift,
)  # fmt: skip
