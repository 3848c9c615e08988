"""What a compiler of array programs is given in place of a library's search and sine: right, and short."""

from __future__ import annotations

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from unisched.block_search import block_search
from unisched.eighth_sine import eighth_sine

LENGTHS = (1, 2, 3, 4, 5, 9, 10, 31, 32, 33, 1023, 1024, 1025, 9999, 10_000, 40_000)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_search_by_blocks_counts_what_is_at_or_below(length: int) -> None:
    random = np.random.default_rng(length)
    table = np.cumsum(random.integers(1, 5, length))
    edges = table[:: max(1, length // 300)]
    sought = np.concatenate([edges - 1, edges, edges + 1, [0, table[-1], 2**62]])
    assert block_search(table, sought, np).tolist() == np.searchsorted(table, sought, side="right").tolist()
    assert block_search(table, sought[0], np) == np.searchsorted(table, sought[0], side="right")


class Counting:
    """numpy, counting what is asked of it."""

    def __init__(self) -> None:
        self.operations = 0

    def __getattr__(self, name: str) -> object:
        self.operations += 1
        return getattr(np, name)


def test_a_search_by_blocks_is_as_long_for_a_thousand_entries_as_for_ten() -> None:
    def operations(length: int) -> int:
        counting = Counting()
        block_search(np.arange(length), np.int64(5), counting)
        return counting.operations

    assert operations(10) == operations(100) == operations(1000) < operations(10_000) == operations(40_000) < 15


def test_the_sine_of_an_eighth_of_a_turn_is_within_an_ulp() -> None:
    angles = np.concatenate([np.linspace(0.0, np.pi / 4, 5000), 2.0 ** -np.arange(1.0, 60.0)])
    with mpmath.workprec(200):
        exact = [mpmath.sin(mpmath.mpf(float(angle))) for angle in angles]
        errors = [abs(mpmath.mpf(float(got)) - true) for got, true in zip(eighth_sine(angles), exact, strict=True)]
    assert all(error <= np.spacing(float(true)) for error, true in zip(errors, exact, strict=True))


def test_the_sine_is_finite_where_the_text_asks_for_it_in_vain() -> None:
    assert np.isfinite(eighth_sine(np.linspace(0.0, 1.0, 100))).all()
