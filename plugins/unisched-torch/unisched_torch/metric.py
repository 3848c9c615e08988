"""A metric as a torch loop has it, mostly a tensor, as what the core takes. This file knows no schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from unisched.plugin import Metric

__all__ = ["plain"]


def plain(metric: Any) -> Metric:
    """Give a metric, or several by name, with each tensor of one number as that number; all else stays as it is.

    >>> import torch
    >>> plain({"loss": torch.tensor(0.5, requires_grad=True), "accuracy": 1})
    {'loss': 0.5, 'accuracy': 1}
    """
    if isinstance(metric, Mapping):
        return {name: _number(value) for name, value in metric.items()}
    return _number(metric)  # type: ignore[no-any-return]


def _number(value: Any) -> Any:
    # float() of a tensor that requires a gradient warns; a meta tensor has no number.
    is_one = isinstance(value, Tensor) and value.numel() == 1 and not value.is_meta
    return value.item() if is_one else value
