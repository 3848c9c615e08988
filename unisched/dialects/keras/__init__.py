"""The schedules of Keras: values as functions of the step, the number of updates done; and one well-known callback.

Conventions: the first update uses step 0. Closed forms are Keras's, in exact arithmetic: Keras itself evaluates
them in the dtype of the first value, which is float32 for a Python float.
"""

from __future__ import annotations

from unisched.dialects.keras.cosines import CosineDecay
from unisched.dialects.keras.decays import ExponentialDecay, InverseTimeDecay, PolynomialDecay
from unisched.dialects.keras.lifting import lift
from unisched.dialects.keras.piecewise import PiecewiseConstantDecay
from unisched.dialects.keras.plateau import ReduceLROnPlateau
from unisched.dialects.keras.restarts import CosineDecayRestarts
from unisched.dialects.keras.warm_up_cosine import WarmUpCosineDecayScheduler
from unisched.spec.dialect import CONTRACT, Dialect

__all__ = ["dialect"]

dialect = Dialect(
    contract=CONTRACT,
    kinds=(
        ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay, CosineDecay, CosineDecayRestarts,
        ReduceLROnPlateau, WarmUpCosineDecayScheduler,
    ),
    lift=lift,
)  # fmt: skip
