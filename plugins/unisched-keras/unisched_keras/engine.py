"""The engine that Keras runs on, the only one that is imported: whether a step is known, and how to trace it.

Traced values use the engine's own library, never `keras.ops`, which demotes float64 without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import keras
import numpy as np

from unisched.errors import PluginError, Problem
from unisched.plugin import Namespace

__all__ = ["ENGINE", "Engine"]


class Engine(Protocol):
    """What the module of an engine gives."""

    @property
    def LAST_COUNT(self) -> int:  # noqa: N802
        """The largest number that the counter of an optimizer holds."""

    def namespace(self) -> Namespace:
        """Give the array namespace of the engine, on the device that Keras uses now."""

    def is_traced(self, step: Any, /) -> bool:
        """Tell whether the number behind `step` is not known yet."""

    def array(self, tensor: Any, /) -> np.ndarray[Any, Any]:
        """Give a tensor whose numbers are known as an array on the host."""

    def traced(self, curve: Callable[..., Any], step: Any, /, *others: Any) -> Any:
        """Give `curve` of an integer step, as int64, and of `others`, as float64; its float64 result as float32."""


def _in_use() -> Engine:
    match keras.config.backend():
        case "jax":
            from unisched_keras import jax_engine

            return jax_engine
        case "tensorflow":
            from unisched_keras import tensorflow_engine

            return tensorflow_engine
        case "torch":
            from unisched_keras import torch_engine

            return torch_engine
        case other:
            raise PluginError(Problem("keras.engine", "", f"Keras runs on {other!r}, which cannot train",
                                      "Set KERAS_BACKEND to jax, tensorflow or torch."))  # fmt: skip


ENGINE: Final = _in_use()
