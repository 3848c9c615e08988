"""The random factor of noise, from its description: a hash of seed and counter, and a Box-Muller transform."""

from __future__ import annotations

import hashlib
from fractions import Fraction

from corpus_generator.rounding import context, nearest, real

__all__ = ["noise"]

_PRIME = 2**31 - 1
_ROUNDS = 12


def noise(counter: int, seed: int, std: float, limit: float | None = None) -> float:
    """1 + x, where x is std times a normal number of this counter, held to ±limit."""
    first, second = _words(seed, counter)
    turn = Fraction(second, 2**31)
    if turn in (Fraction(1, 4), Fraction(3, 4)):
        return 1.0
    z = context.sqrt(-2 * context.log(real(Fraction(first + 1, 2**31)))) * context.cos(2 * context.pi * real(turn))
    x = real(Fraction(std)) * z
    if limit is not None and abs(x) > real(Fraction(limit)):
        return nearest(1 + Fraction(limit)) if x > 0 else nearest(1 - Fraction(limit))
    return nearest(1 + x)


def _words(seed: int, counter: int) -> tuple[int, int]:
    """Two words below 2^31 - 1: a Feistel network of twelve rounds over the digits of the counter in that base."""
    digest = hashlib.sha512(f"unisched-noise-1\n{seed}".encode()).digest()
    left, right = counter // _PRIME % _PRIME, counter % _PRIME
    for index in range(_ROUNDS):
        key = int.from_bytes(digest[4 * index : 4 * index + 4], "big")
        left, right = right, (left + (right + key) ** 5) % _PRIME
    return left, right
