"""Noise as rows: one random factor for each `every`, on stairs rounded to whole steps."""

from __future__ import annotations

from unisched import normalise
from unisched.ir import Phase, Value
from unisched.lowering.leaves import strides_of
from unisched.lowering.place import Place
from unisched.spec.noise import NoiseCurve

__all__ = ["noise_leaf"]


def noise_leaf(curve: NoiseCurve, place: Place) -> Value:
    """Give the random factor, of the base where there is one; number j holds from j times `every` on, half up."""
    pieces: list[tuple[int, Value]] = []
    for start, rate, offset, divisor in strides_of(curve.every, place, "every"):
        phase = Phase.of(span=2 * divisor, rate=2 * rate, offset=2 * offset + rate - 1, wrap="free")
        pieces.append((start, normalise.noise(curve.std, curve.seed, phase, limit=curve.limit)))
    return place.scaled(normalise.sequence(pieces))
