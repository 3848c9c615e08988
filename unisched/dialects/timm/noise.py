"""timm's noise: a factor 1 + n for each index of a range, n drawn anew until it is small enough.

It is a pure function of seed and index. The numbers are torch's own, bit for bit; nothing here knows what is multiplied
by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, Literal, TypeAlias

from unisched.dialects.timm.mersenne import normals, uniforms

__all__ = ["MOST_REDRAWS", "Kind", "factors"]

Kind: TypeAlias = Literal["normal", "uniform"]

MOST_REDRAWS: Final = 100
"""The largest std, in units of the limit: a draw is then accepted about once in 125."""


@lru_cache(maxsize=8)
def factors(kind: Kind, seed: int, pct: float, std: float, start: int, stop: int) -> tuple[float, ...]:
    """Give 1 + n for each index from `start` up to `stop`.

    >>> factors("normal", 42, 0.67, 1.0, 0, 2)
    (1.336690366268158, 0.35159891843795776)
    """
    seeds = range(seed + start, seed + stop)
    if kind == "uniform":
        return tuple(1.0 + 2 * (draw - 0.5) * pct for draw in chain.from_iterable(uniforms(seeds)))
    return tuple(1.0 + _small(draws, pct, std) for draws in chain.from_iterable(normals(seeds)))


def _small(draws: Iterator[float], pct: float, std: float) -> float:
    while True:
        noise = next(draws) * std
        if abs(noise) < pct:
            return noise
