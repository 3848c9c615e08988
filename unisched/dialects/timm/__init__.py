"""The schedulers of timm.scheduler: factors of each group's rate, with floors and warm-ups of their own.

Conventions: the factor at index t is what `step(t)`, or `step_update(t)`, leaves in the groups for epoch, or update, t,
counted from 0; before any such call it is what the constructor writes.
"""

from __future__ import annotations

from unisched.dialects.timm.cycled import CosineLRScheduler, PolyLRScheduler
from unisched.dialects.timm.lifting import lift
from unisched.dialects.timm.plateau import PlateauLRScheduler
from unisched.dialects.timm.stairs import MultiStepLRScheduler, StepLRScheduler
from unisched.dialects.timm.tanh import TanhLRScheduler
from unisched.dialects.timm.wsd import WSDLRScheduler
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        CosineLRScheduler, TanhLRScheduler, StepLRScheduler, MultiStepLRScheduler, PolyLRScheduler, PlateauLRScheduler,
        WSDLRScheduler,
    ),
    lift=lift,
)  # fmt: skip
