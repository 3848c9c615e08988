"""Pieces of curves whose lengths are no whole numbers of steps, each begun where the one before ends, in between steps.

What holds at a step is the piece in whose half-open range of positions the step lies. No schedule is known here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from unisched.duration import Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import WaveCurve, curve

__all__ = ["Piece", "laid_out"]


class Piece(NamedTuple):
    """From `start` to `end` over `length` steps, from the position `begin` on."""

    start: float
    end: float
    begin: Fraction
    length: Fraction
    shape: Literal["linear", "cosine"] = "linear"
    power: float = 1.0


def laid_out(pieces: Sequence[Piece]) -> AnyCurve:
    """Give the pieces one after another; one that meets no step is left out, and the last holds its end."""
    firsts = [math.ceil(piece.begin) for piece in pieces]
    parts: list[WaveCurve] = []
    starts: list[int] = []
    for piece, first, after in zip(pieces, firsts, [*firsts[1:], math.inf], strict=True):
        if first < after:
            starts.append(first)
            parts.append(_from(piece, first))
    return parts[0] if len(parts) == 1 else curve({"kind": "sequence", "parts": parts, "boundaries": starts[1:]})


def _from(piece: Piece, first: int) -> WaveCurve:
    """Give the wave of a piece from its first step on; where it is over in less than a step, it has that step."""
    ahead = piece.begin + piece.length - first
    return WaveCurve(
        start=piece.start, end=piece.end, span=piece.length, offset=first - piece.begin, shape=piece.shape,
        power=piece.power, duration=Duration(Fraction(1), "steps") if ahead < 1 else None,
    )  # fmt: skip
