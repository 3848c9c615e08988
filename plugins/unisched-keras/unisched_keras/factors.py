"""Feedback as Keras variables hold it: memories for the next observation, factors for the compiled step.

Both are exact: a memory is the bits of float64 numbers as int32, a factor the sum of three float32 times a power of
two. JAX has no float64 variables, and TPUs no float64 bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from unisched.plugin import Controller, Program, State, memory, watching

__all__ = ["PARTS", "factors_of", "feedback_of", "parts_of", "words_of"]

PARTS: Final = 4
"""How many float32 make a factor: three that add up, and what their sum is times."""

_LOWEST, _HIGHEST = -126, 127


def parts_of(factors: Sequence[float]) -> npt.NDArray[np.float32]:
    """Give the factors in parts, of shape (factors, 4); exact from 2^-200 on.

    >>> parts_of([0.5])
    array([[1. , 0. , 0. , 0.5]], dtype=float32)
    """
    return np.array([list(_parts(factor)) for factor in factors], np.float32).reshape(-1, PARTS)


def factors_of(parts: npt.NDArray[np.float32]) -> list[float]:
    """Give the factors that `parts_of` took apart.

    >>> factors_of(parts_of([0.1, 1e-9, 0.0]))
    [0.1, 1e-09, 0.0]
    """
    wide = parts.astype(np.float64)
    found: list[float] = ((wide[:, 0] + wide[:, 1] + wide[:, 2]) * wide[:, 3]).tolist()
    return found


def words_of(program: Program, state: State) -> npt.NDArray[np.int32]:
    """Give what the controllers remember as one vector; raise `StateError` where the state is of other controllers."""
    recalled = watching.recalled(program.body, state.feedback)
    numbers = [float(number) for remembered in recalled for number in _numbers(remembered)]
    return np.array(numbers, np.float64).view(np.int32)


def feedback_of(program: Program, words: npt.NDArray[np.int32]) -> dict[str, Mapping[str, Any]]:
    """Give what `words_of` took apart as a state holds it, of the controllers that have observed."""
    numbers = iter(np.ascontiguousarray(words).view(np.float64).tolist())
    return watching.written(program.body, [_remembered(controller, numbers) for controller in program.controllers])


def _parts(factor: float) -> Iterator[float]:
    exponent = min(max(math.frexp(factor)[1] - 1, _LOWEST), _HIGHEST) if factor else 0
    rest = math.ldexp(factor, -exponent)
    for _ in range(PARTS - 1):
        part = float(np.float32(rest))
        yield part
        rest -= part
    yield math.ldexp(1.0, exponent)


def _numbers(remembered: memory.Memory) -> Iterator[float]:
    for field in remembered:
        if isinstance(field, tuple):
            yield from field
        else:
            yield field


def _remembered(controller: Controller, numbers: Iterator[float]) -> memory.Memory:
    begun = memory.start(controller)
    fields = [tuple(next(numbers) for _ in like) if isinstance(like, tuple) else type(like)(next(numbers))
              for like in begun]  # fmt: skip
    return type(begun)(*fields)
