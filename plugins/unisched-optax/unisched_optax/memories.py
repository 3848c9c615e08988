"""How a controller's memory is kept in an optimizer's state: float64 numbers as pairs of uint32, counts as int32.

Exact whether JAX has 64-bit types or not, and plain arrays to every checkpoint. Knows memories; no rule stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from unisched.plugin import Controller
from unisched.plugin import memory as memories

__all__ = ["Remembered", "fits", "narrowed", "packed", "unpacked", "widened"]

_MOST: Final = 2**31 - 1


class Remembered(NamedTuple):
    """One controller's memory: `numbers`, uint32 of shape (n, 2), has the bits of n float64; `counts` is int32."""

    numbers: Any
    counts: Any


def packed(controller: Controller, memory: memories.Memory) -> Remembered:
    """Give a memory in Python's numbers as arrays; counts stop where int32 ends."""
    numbers, counts = _parted(controller, memory)
    bits = np.array(numbers, np.float64).view(np.uint32).reshape(-1, 2)
    return Remembered(jnp.asarray(bits), jnp.asarray(np.minimum(counts, _MOST).astype(np.int32)))


def unpacked(controller: Controller, remembered: Remembered) -> memories.Memory:
    """Give a memory kept in arrays in Python's numbers."""
    numbers = np.ascontiguousarray(remembered.numbers, np.uint32).view(np.float64).ravel()
    return _joined(controller, numbers.tolist(), np.asarray(remembered.counts).tolist())


def widened(controller: Controller, remembered: Remembered) -> memories.Memory:
    """Give a memory kept in arrays as float64 and int64 scalars, where 64-bit types are enabled.

    Of the metrics that a rule smooths there is only the oldest: no rule reads more of them.
    """
    numbers = jax.lax.bitcast_convert_type(jnp.asarray(remembered.numbers)[: _scalars(controller) + 1], np.float64)
    counts = jnp.asarray(remembered.counts).astype(np.int64)
    return _joined(controller, list(numbers), list(counts))


def narrowed(controller: Controller, memory: memories.Memory, before: Remembered) -> Remembered:
    """Give as arrays what a rule made of a memory of float64 and int64 scalars, which was `before`.

    Counts stop where int32 ends, as optax's own do.
    """
    numbers, counts = _parted(controller, memory)
    bits = jax.lax.bitcast_convert_type(jnp.stack(numbers), np.uint32)
    kept = _scalars(controller)
    if len(numbers) > kept:  # the newest of the metrics that are smoothed; the oldest leaves
        bits = jnp.concatenate([bits[:kept], jnp.asarray(before.numbers)[kept + 1 :], bits[kept:]])
    return Remembered(bits, jnp.minimum(jnp.stack(counts), _MOST).astype(np.int32))


def fits(controller: Controller, remembered: Remembered) -> bool:
    """Tell whether the arrays have the shapes in which the controller's memory is kept."""
    numbers, counts = _parted(controller, memories.start(controller))
    return (np.shape(remembered.numbers), np.shape(remembered.counts)) == ((len(numbers), 2), (len(counts),))


def _scalars(controller: Controller) -> int:
    """Give how many numbers a memory has beside the metrics that are smoothed."""
    return sum(isinstance(like, float) for like in memories.start(controller))


def _parted(controller: Controller, memory: memories.Memory) -> tuple[list[Any], list[Any]]:
    """Give the numbers of a memory, and its counts, each in the order of its fields."""
    numbers: list[Any] = []
    counts: list[Any] = []
    for like, known in zip(memories.start(controller), memory, strict=True):
        match like:
            case float():
                numbers.append(known)
            case int():
                counts.append(known)
            case _:
                numbers.extend(known)
    return numbers, counts


def _joined(controller: Controller, numbers: Sequence[Any], counts: Sequence[Any]) -> memories.Memory:
    begun = memories.start(controller)
    number, count = iter(numbers), iter(counts)
    fields = [
        next(number) if isinstance(like, float) else next(count) if isinstance(like, int) else tuple(number)
        for like in begun
    ]
    return type(begun)(*fields)
