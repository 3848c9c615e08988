"""A metric as a tinygrad loop has it, mostly a tensor of one element, as what the core takes. Knows no schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinygrad import Tensor

from unisched.plugin import Metric

__all__ = ["plain"]


def plain(metric: Any) -> Metric:
    """Give a metric, or several by name, with each tensor of one number as that number; all else as it is.

    >>> from tinygrad import Tensor
    >>> plain({"loss": Tensor([0.5]), "accuracy": 1})
    {'loss': 0.5, 'accuracy': 1}
    """
    if isinstance(metric, Mapping):
        return {name: _number(value) for name, value in metric.items()}
    return _number(metric)  # type: ignore[no-any-return]


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
