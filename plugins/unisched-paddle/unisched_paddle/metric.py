"""A metric as a paddle loop has it, mostly a tensor of one element, as what the core takes. Knows no schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import paddle

from unisched.plugin import Metric

__all__ = ["plain"]


def plain(metric: Any) -> Metric:
    """Give a metric, or several by name, with each tensor or array of one number as that number; all else as it is.

    >>> import paddle
    >>> plain({"loss": paddle.to_tensor([0.5]), "accuracy": 1})
    {'loss': 0.5, 'accuracy': 1}
    """
    if isinstance(metric, Mapping):
        return {name: _number(value) for name, value in metric.items()}
    return _number(metric)  # type: ignore[no-any-return]


def _number(value: Any) -> Any:
    # Losses of paddle have an axis where the user has not reduced it away, and its metrics are arrays of numpy.
    is_one = isinstance(value, (paddle.Tensor, np.ndarray)) and value.size == 1
    return value.item() if is_one else value
