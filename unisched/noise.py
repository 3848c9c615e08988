"""The random numbers of noise: a pure function of seed and counter, made of integers until the last moment.

A hash without shifts, masks or unsigned types, so that every array library computes the same: the counter is
split into two words below the prime 2^31 - 1, and each of twelve rounds adds (word + key)^5 to the other word.
Every round can be undone, so two counters below the square of the prime never meet; with a key for each round,
drawn from the whole seed, neighbouring seeds have nothing in common. The two words are the draws of a Box-Muller
transform. Only + * // % on integers below 2^62. Knows no node.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from unisched.enclosure import Arithmetic, Ball, nearest_float
from unisched.namespace import Namespace, Tensor

__all__ = ["FURTHEST", "PRIME", "ROUNDS", "exact", "hashed", "host", "keys", "traced"]

PRIME: Final = 2**31 - 1
ROUNDS: Final = 12
FURTHEST: Final = 6.6
"""No draw is further from 0: the first word is at least 1 in 2^31."""

_TURN: Final = 2**31
_QUARTER: Final = 2**29
_HALF_PI: Final = math.pi / 2


@lru_cache(maxsize=1024)
def keys(seed: int) -> tuple[int, ...]:
    """Give the key of each round, below the prime."""
    digest = hashlib.sha512(b"unisched-noise-1\n%d" % seed).digest()
    return tuple(int.from_bytes(digest[4 * index : 4 * index + 4], "big") % PRIME for index in range(ROUNDS))


def hashed(round_keys: Sequence[int], counter: int) -> tuple[int, int]:
    """Give two words below the prime; another pair for every counter below the square of the prime."""
    high, low = counter // PRIME % PRIME, counter % PRIME
    for key in round_keys:
        word = (low + key) % PRIME
        square = word * word % PRIME
        high, low = low, (high + square * square % PRIME * word) % PRIME
    return high, low


def host(std: float, limit: float | None, seed: int) -> Callable[[int], float]:
    """Give the factor 1 + x as a function of the counter, an int from 0 on."""
    round_keys = keys(seed)
    high = math.inf if limit is None else limit
    low, log, sin, sqrt = -high, math.log, math.sin, math.sqrt

    def factor(counter: int) -> float:
        first, second = hashed(round_keys, counter)
        angle = _HALF_PI * ((_QUARTER - min(second, _TURN - second)) / _QUARTER)
        x = std * (sqrt(-2.0 * log((first + 1) / _TURN)) * sin(angle))
        return 1.0 + (low if x < low else min(x, high))

    return factor


def traced(xp: Namespace, std: Tensor, limit: Tensor, round_keys: Sequence[Tensor], counter: Tensor) -> Tensor:
    """Give the factor at an int64 tensor of counters from 0 on, as float64."""
    prime = xp.table(PRIME)
    high, low = counter // prime % prime, counter % prime
    for key in round_keys:
        word = (low + key) % prime
        square = word * word % prime
        high, low = low, (high + square * square % prime * word) % prime
    # Multiples of a power of two: no quotient to round, and no divisor for a compiler to replace.
    uniform = xp.float(high + xp.table(1)) * xp.table(1.0 / _TURN)
    quarters = xp.float(xp.table(_QUARTER) - xp.minimum(low, xp.table(_TURN) - low)) * xp.table(1.0 / _QUARTER)
    x = std * (xp.sqrt(xp.table(-2.0) * xp.log(uniform)) * xp.sin(xp.table(_HALF_PI) * quarters))
    return xp.table(1.0) + xp.maximum(xp.minimum(x, limit), xp.table(0.0) - limit)


def exact(std: float, limit: float | None, seed: int, counter: int) -> float:
    """Give the float64 nearest to the factor."""
    first, second = hashed(keys(seed), counter)
    quarters = _QUARTER - min(second, _TURN - second)
    if quarters == 0:
        return 1.0
    sign = 1 if quarters > 0 else -1

    def size(arithmetic: Arithmetic) -> Ball:
        logarithm = arithmetic.log(arithmetic.ratio(first + 1, _TURN))
        square = arithmetic.times(arithmetic.number(2.0), Ball(-logarithm.middle, logarithm.radius))
        square = arithmetic.times(square, arithmetic.sine_squared_of_ratio(abs(quarters), _QUARTER))
        return arithmetic.times(arithmetic.number(std), arithmetic.power(square, 0.5))

    if limit is not None and _exceeds(size, limit):
        return 1.0 + sign * limit
    return nearest_float(lambda arithmetic: _plus_one(sign, size(arithmetic), arithmetic))


def _exceeds(size: Callable[[Arithmetic], Ball], limit: float) -> bool:
    over, under = limit.as_integer_ratio()
    return nearest_float(lambda a: a.complement(a.times(size(a), a.ratio(under, over)))) < 0


def _plus_one(sign: int, size: Ball, arithmetic: Arithmetic) -> Ball:
    return arithmetic.complement(Ball(-sign * size.middle, size.radius))
