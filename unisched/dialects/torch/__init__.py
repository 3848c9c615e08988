"""The schedulers of torch.optim.lr_scheduler, and SWALR of torch.optim.swa_utils.

Most give factors of each group's initial value; CyclicLR and OneCycleLR give values of their own, momentum included.
"""

from __future__ import annotations

from unisched.dialects.torch.composites import ChainedScheduler, SequentialLR
from unisched.dialects.torch.cosines import CosineAnnealingLR, CosineAnnealingWarmRestarts
from unisched.dialects.torch.cyclic import CyclicLR
from unisched.dialects.torch.decays import ExponentialLR, MultiStepLR, StepLR
from unisched.dialects.torch.lambdas import LambdaLR, MultiplicativeLR
from unisched.dialects.torch.lifting import lift
from unisched.dialects.torch.one_cycle import OneCycleLR
from unisched.dialects.torch.plateau import ReduceLROnPlateau
from unisched.dialects.torch.ramps import ConstantLR, LinearLR, PolynomialLR
from unisched.dialects.torch.swa import SWALR
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        LambdaLR, MultiplicativeLR, StepLR, MultiStepLR, ConstantLR, LinearLR, ExponentialLR, PolynomialLR,
        CosineAnnealingLR, ChainedScheduler, SequentialLR, ReduceLROnPlateau, CyclicLR, OneCycleLR,
        CosineAnnealingWarmRestarts, SWALR,
    ),
    lift=lift,
)  # fmt: skip
