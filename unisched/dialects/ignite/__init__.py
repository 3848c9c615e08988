"""The schedulers of ignite.handlers: values that its handlers write into param groups, the engine's state or a loader.

Conventions: the value at step t is what the call before update t writes, the first being call 0; at a boundary the
new value holds. Which param groups a handler writes, and when it is called, is not data here: "groups" and "interval".
"""

from __future__ import annotations

from unisched.dialects.ignite.batch_size import BatchSizeScheduler
from unisched.dialects.ignite.combined import ConcatScheduler, ParamGroupScheduler
from unisched.dialects.ignite.cyclical import CosineAnnealingScheduler, LinearCyclicalScheduler
from unisched.dialects.ignite.finder import FastaiLRFinder
from unisched.dialects.ignite.lifting import lift
from unisched.dialects.ignite.piecewise import PiecewiseLinear, PiecewiseLinearStateScheduler
from unisched.dialects.ignite.state import (
    EMAHandler,
    ExpStateScheduler,
    LambdaStateScheduler,
    MultiStepStateScheduler,
    StepStateScheduler,
)
from unisched.dialects.ignite.warmup import CreateLRSchedulerWithWarmup
from unisched.dialects.ignite.wrapped import LRScheduler, ReduceLROnPlateauScheduler
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        LinearCyclicalScheduler,
        CosineAnnealingScheduler,
        PiecewiseLinear,
        ConcatScheduler,
        ParamGroupScheduler,
        LRScheduler,
        CreateLRSchedulerWithWarmup,
        ReduceLROnPlateauScheduler,
        LambdaStateScheduler,
        PiecewiseLinearStateScheduler,
        ExpStateScheduler,
        StepStateScheduler,
        MultiStepStateScheduler,
        BatchSizeScheduler,
        FastaiLRFinder,
        EMAHandler,
    ),
    lift=lift,
)
