"""torch: host values while it runs eagerly, its own operations inside `torch.compile`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
import torch

from unisched.plugin import Namespace

__all__ = ["LAST_COUNT", "array", "is_traced", "namespace", "traced"]

LAST_COUNT: Final = 2**31 - 1


class _Torch:
    def __init__(self, device: torch.device) -> None:
        self._device = device

    def table(self, values: Any, /) -> Any:
        first = values[0] if isinstance(values, list) else values
        return torch.tensor(values, dtype=torch.int64 if isinstance(first, int) else torch.float64, device=self._device)

    def take(self, table: Any, index: Any, /) -> Any:
        # Not torch.take, of a constant: inductor cannot compile that, and falls back after a page of warnings.
        return torch.index_select(table, 0, index.reshape(-1)).reshape(index.shape)

    def search(self, table: Any, values: Any, /) -> Any:
        return torch.searchsorted(table, values, right=True)

    def float(self, values: Any, /) -> Any:
        return values.to(torch.float64)

    def where(self, condition: Any, left: Any, right: Any, /) -> Any:
        return torch.where(condition, left, right)

    def minimum(self, left: Any, right: Any, /) -> Any:
        return torch.minimum(left, right)

    def maximum(self, left: Any, right: Any, /) -> Any:
        return torch.maximum(left, right)

    def sin(self, values: Any, /) -> Any:
        return torch.sin(values)

    def eighth_sin(self, values: Any, /) -> Any:
        return torch.sin(values)

    def cos(self, values: Any, /) -> Any:
        return torch.cos(values)

    def power(self, base: Any, exponent: Any, /) -> Any:
        return torch.pow(base, exponent)

    def log(self, values: Any, /) -> Any:
        return torch.log(values)

    def sqrt(self, values: Any, /) -> Any:
        return torch.sqrt(values)

    def exp(self, values: Any, /) -> Any:
        return torch.exp(values)

    def floor(self, values: Any, /) -> Any:
        return torch.floor(values)


def namespace() -> Namespace:
    """Give the namespace over torch, on the device that Keras uses now."""
    return _Torch(keras.ops.convert_to_tensor(0).device)


def is_traced(step: Any) -> bool:
    """Tell whether the number behind `step` is not known yet."""
    return isinstance(step, torch.Tensor) and torch.compiler.is_compiling()


def array(tensor: Any) -> np.ndarray[Any, Any]:
    """Give a tensor whose numbers are known as an array on the host."""
    return np.asarray(tensor.detach().cpu().numpy())


def traced(curve: Callable[..., Any], step: Any, *others: Any) -> Any:
    """Give `curve` of an integer step, as int64, and of `others`, as float64; its float64 result as float32."""
    return curve(step.to(torch.int64), *(other.to(torch.float64) for other in others)).to(torch.float32)
