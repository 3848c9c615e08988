"""What the traced text asks of an array library, and numpy's answer to it. Knows no nodes."""

# ruff: noqa: D102 - the protocol says once what each member gives.

from __future__ import annotations

from typing import Any, Final, Protocol, TypeAlias

import numpy as np

__all__ = ["Column", "Namespace", "Numpy", "Tensor", "numpy_namespace"]

Tensor: TypeAlias = Any
Column: TypeAlias = int | float | list[int] | list[float]


class Namespace(Protocol):
    """What the traced text asks of an array library; tensors are int64, float64 or boolean."""

    def table(self, values: Column, /) -> Tensor:
        """Give an int64 tensor of ints or a float64 tensor of floats; a lone number gives a scalar tensor."""

    def take(self, table: Tensor, index: Tensor, /) -> Tensor:
        """Give the entries of a vector at an index of any shape."""

    def search(self, table: Tensor, values: Tensor, /) -> Tensor:
        """Give how many entries of an increasing vector are at or below each value."""

    def float(self, values: Tensor, /) -> Tensor:
        """Give int64 as float64."""

    def where(self, condition: Tensor, left: Tensor, right: Tensor, /) -> Tensor:
        """Give `left` where the condition holds, else `right`."""

    def minimum(self, left: Tensor, right: Tensor, /) -> Tensor:
        """Give the smaller of two."""

    def maximum(self, left: Tensor, right: Tensor, /) -> Tensor:
        """Give the larger of two."""

    def sin(self, values: Tensor, /) -> Tensor:
        """Give the sine."""

    def eighth_sin(self, values: Tensor, /) -> Tensor:
        """Give the sine of angles from 0 to pi / 4, an eighth of a turn, and any finite number up to 1."""

    def cos(self, values: Tensor, /) -> Tensor:
        """Give the cosine."""

    def power(self, base: Tensor, exponent: Tensor, /) -> Tensor:
        """Give base to the exponent."""

    def log(self, values: Tensor, /) -> Tensor:
        """Give the natural logarithm."""

    def sqrt(self, values: Tensor, /) -> Tensor:
        """Give the square root."""

    def exp(self, values: Tensor, /) -> Tensor:
        """Give e to the values."""

    def floor(self, values: Tensor, /) -> Tensor:
        """Give the largest whole number at or below."""


class Numpy:
    """The namespace over numpy."""

    def table(self, values: Column, /) -> Any:
        if isinstance(values, list):
            return np.array(values, np.int64 if isinstance(values[0], int) else np.float64)
        return np.int64(values) if isinstance(values, int) else np.float64(values)

    def take(self, table: Any, index: Any, /) -> Any:
        return np.take(table, index)

    def search(self, table: Any, values: Any, /) -> Any:
        return np.searchsorted(table, values, side="right")

    def float(self, values: Any, /) -> Any:
        return np.float64(values)

    def where(self, condition: Any, left: Any, right: Any, /) -> Any:
        return np.where(condition, left, right)

    def minimum(self, left: Any, right: Any, /) -> Any:
        return np.minimum(left, right)

    def maximum(self, left: Any, right: Any, /) -> Any:
        return np.maximum(left, right)

    def sin(self, values: Any, /) -> Any:
        return np.sin(values)

    def eighth_sin(self, values: Any, /) -> Any:
        return np.sin(values)

    def cos(self, values: Any, /) -> Any:
        return np.cos(values)

    def power(self, base: Any, exponent: Any, /) -> Any:
        return np.power(base, exponent)

    def log(self, values: Any, /) -> Any:
        return np.log(values)

    def sqrt(self, values: Any, /) -> Any:
        return np.sqrt(values)

    def exp(self, values: Any, /) -> Any:
        return np.exp(values)

    def floor(self, values: Any, /) -> Any:
        return np.floor(values)


numpy_namespace: Final[Namespace] = Numpy()
