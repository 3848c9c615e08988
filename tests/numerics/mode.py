"""What a way of evaluating schedules is to the report: names, precisions, and a function of some cases at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from numerics.case import Case
from numerics.comparison import Precision

__all__ = ["Given", "Mode"]

Given: TypeAlias = Mapping[str, Sequence[np.ndarray[Any, np.dtype[Any]]]]
"""By the name of a result, an array of values for each case."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """`run` evaluates a batch of cases; one call may give several results, by name, each with its precision.

    `share` is of how many cases one is enough where time is short: what another mode has shown at length. Modes that
    are `compiled` take a smaller one of the parts that name every length. `is_ours` is whether bits are promised;
    a native schedule `takes` the cases that it has a kind for.
    """

    gives: Mapping[str, Precision]
    run: Callable[[Sequence[Case]], Given]
    batch: int = 16
    share: int = 1
    compiled: bool = False
    is_ours: bool = True
    takes: Callable[[Case], bool] = lambda case: True

    @property
    def name(self) -> str:
        """The name of its first result."""
        return next(iter(self.gives))
