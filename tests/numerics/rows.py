"""Cases side by side: their steps in columns, and what comes back, a row for each. Knows no framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numerics.case import Case

__all__ = ["by_case", "padded"]


def padded(cases: Sequence[Case]) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """The steps, a column for each case; where one has fewer, its last again."""
    longest = max(len(case.steps) for case in cases)
    return np.stack([np.pad(case.steps, (0, longest - len(case.steps)), "edge") for case in cases], 1).astype(np.int32)


def by_case(rows: Any, cases: Sequence[Case]) -> list[np.ndarray[Any, np.dtype[Any]]]:
    """The rows without what was added to make them equally long."""
    return [row[: len(case.steps)] for row, case in zip(np.asarray(rows), cases, strict=True)]
