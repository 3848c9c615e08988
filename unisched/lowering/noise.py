"""Noise as rows: one random factor for each `every`, on stairs rounded to whole steps."""

from __future__ import annotations

from unisched import normalise
from unisched.ir import Value
from unisched.lowering.leaves import stairs_of, strides_of
from unisched.lowering.place import Place
from unisched.spec.noise import NoiseCurve

__all__ = ["noise_leaf"]


def noise_leaf(curve: NoiseCurve, place: Place) -> Value:
    """Give the random factor, of the base where there is one; number j holds from j times `every` on, half up."""
    pieces: list[tuple[int, Value]] = []
    for stride in strides_of(curve.every, place, "every"):
        noise = normalise.noise(curve.std, curve.seed, stairs_of(stride), limit=curve.limit)
        pieces.append((stride.start, noise))
    return place.scaled(normalise.sequence(pieces))
