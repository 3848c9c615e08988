"""The first random numbers that a torch generator gives after `manual_seed`, for many seeds at once, without torch.

torch's CPU generator is the Mersenne twister MT19937, seeded by the low 32 bits of the seed. A double takes two of
its words and keeps 53 bits; a normal float32 comes from two doubles by Box and Muller in float64, which leaves a second
one for the next draw. Knows no schedule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["normals", "uniforms"]

_STATE: Final = 624
_MIDDLE: Final = 397
_BLOCK: Final = 4096
Words = npt.NDArray[np.uint32]


def normals(seeds: range) -> Iterator[list[Iterator[float]]]:
    """Give, seed by seed in blocks, the normal float32 numbers that `torch.randn(1, generator=g)` gives one by one."""
    for block in _blocks(seeds):
        words = _Words(block)
        yield [_normals_of(words, index) for index in range(len(block))]


def uniforms(seeds: range) -> Iterator[list[float]]:
    """Give, seed by seed in blocks, the first float32 that `torch.rand(1, generator=g)` gives."""
    for block in _blocks(seeds):
        yield [(int(word) & 0xFFFFFF) * 2.0**-24 for word in _Words(block).at(0)]


def _blocks(seeds: range) -> Iterator[range]:
    for start in range(0, len(seeds), _BLOCK):
        yield seeds[start : start + _BLOCK]


def _normals_of(words: _Words, index: int) -> Iterator[float]:
    count = 0
    while True:
        across, away = (_double(words, index, count), _double(words, index, count + 2))
        count += 4
        radius, angle = math.sqrt(-2.0 * math.log1p(-away)), 2.0 * math.pi * across
        yield float(np.float32(radius * math.cos(angle)))
        yield float(np.float32(radius * math.sin(angle)))


def _double(words: _Words, index: int, count: int) -> float:
    high, low = (int(words.at(count)[index]), int(words.at(count + 1)[index]))
    return ((high << 32 | low) & (2**53 - 1)) * 2.0**-53


class _Words:
    """The words of one twister for each seed, made as they are asked for."""

    def __init__(self, seeds: range) -> None:
        self._state = [np.fromiter((seed & 0xFFFFFFFF for seed in seeds), np.uint32, len(seeds))]
        self._words: list[Words] = []

    def at(self, count: int) -> Words:
        """Give the word with this number, for each seed."""
        while len(self._words) <= count:
            self._words.append(_tempered(self._twisted(len(self._words))))
        return self._words[count]

    def _twisted(self, count: int) -> Words:
        while len(self._state) <= max(count + _MIDDLE, count + 1):
            self._state.append(self._next())
        mixed = (self._state[count] & np.uint32(0x80000000)) | (self._state[count + 1] & np.uint32(0x7FFFFFFF))
        twist = (mixed & np.uint32(1)) * np.uint32(0x9908B0DF)
        twisted: Words = self._state[count + _MIDDLE] ^ (mixed >> np.uint32(1)) ^ twist
        return twisted

    def _next(self) -> Words:
        index = len(self._state)
        if index >= _STATE:
            return self._twisted(index - _STATE)
        last = self._state[-1]
        return (np.uint32(1812433253) * (last ^ (last >> np.uint32(30))) + np.uint32(index)).astype(np.uint32)


def _tempered(word: Words) -> Words:
    word = word ^ (word >> np.uint32(11))
    word = word ^ ((word << np.uint32(7)) & np.uint32(0x9D2C5680))
    word = word ^ ((word << np.uint32(15)) & np.uint32(0xEFC60000))
    return word ^ (word >> np.uint32(18))
