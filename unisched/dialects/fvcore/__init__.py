"""The schedules of fvcore: values of the progress of a run, x = step / num_steps.

Conventions: x is 0 at the first step and below 1 at the last; a stair belongs to what follows it, and comes early by
1e-6 of the run.
"""

from __future__ import annotations

from unisched.dialects.fvcore.composite import CompositeParamScheduler
from unisched.dialects.fvcore.lifting import lift
from unisched.dialects.fvcore.smooth import (
    ConstantParamScheduler,
    CosineParamScheduler,
    ExponentialParamScheduler,
    LinearParamScheduler,
    PolynomialDecayParamScheduler,
)
from unisched.dialects.fvcore.stairs import (
    MultiStepParamScheduler,
    StepParamScheduler,
    StepWithFixedGammaParamScheduler,
)
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        ConstantParamScheduler,
        LinearParamScheduler,
        CosineParamScheduler,
        ExponentialParamScheduler,
        PolynomialDecayParamScheduler,
        StepParamScheduler,
        StepWithFixedGammaParamScheduler,
        MultiStepParamScheduler,
        CompositeParamScheduler,
    ),
    lift=lift,
)
