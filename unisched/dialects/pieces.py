"""Pieces one after another, each with a length in whole steps, as a curve. Knows no library."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from unisched.duration import Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import curve

__all__ = ["in_full", "in_order"]

_LONGER_THAN_ANY: Final = 2**52


def in_order(*pieces: tuple[int, AnyCurve], then: AnyCurve) -> AnyCurve:
    """Give the pieces with their lengths, those of no length left out, and `then` for ever after.

    >>> in_order((0, curve(0.5)), then=curve(0.1)).value
    0.1
    >>> [part.kind for part in in_order((4, curve(0.5)), then=curve(0.1)).parts]
    ['constant', 'constant']
    """
    parts = [
        part.model_copy(update={"duration": Duration(Fraction(length), "steps")}) for length, part in pieces if length
    ]
    return curve({"kind": "sequence", "parts": [*parts, then]}) if parts else then


def in_full(curve_: AnyCurve) -> AnyCurve:
    """Give a curve laid out at its own length, for a place that may be shorter and cuts it."""
    return curve({"kind": "window", "curve": curve_, "length": _LONGER_THAN_ANY})
