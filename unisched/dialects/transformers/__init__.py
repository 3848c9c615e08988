"""The schedules of Transformers' `get_scheduler`, one kind for each SchedulerType: factors of each group's rate.

Conventions: the factor at step t is what the optimizer uses in update t, counted from 0. Arguments are those of the
functions `get_<type>_schedule`.
"""

from __future__ import annotations

from unisched.dialects.transformers.cosines import (
    Cosine,
    CosineWarmupWithMinLr,
    CosineWithMinLr,
    CosineWithRestarts,
)
from unisched.dialects.transformers.feedback import Greedy, ReduceLrOnPlateau
from unisched.dialects.transformers.lifting import lift
from unisched.dialects.transformers.plain import Constant, ConstantWithWarmup, InverseSqrt, Linear, Polynomial
from unisched.dialects.transformers.stable import WarmupStableDecay
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        Constant, ConstantWithWarmup, Linear, Cosine, CosineWithRestarts, Polynomial, InverseSqrt, ReduceLrOnPlateau,
        CosineWithMinLr, CosineWarmupWithMinLr, WarmupStableDecay, Greedy,
    ),
    lift=lift,
)  # fmt: skip
