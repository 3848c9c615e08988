"""How a new future meets the present: moved and stretched to begin at a value, or in proportion to another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from unisched.spec.combinators import ClipCurve, ProductCurve, SequenceCurve, StairCurve, SumCurve
from unisched.spec.curves import (
    ConstantCurve,
    CosineCurve,
    ExponentialCurve,
    LinearCurve,
    PolynomialCurve,
    PowerDecayCurve,
)
from unisched.spec.formulas import RecurrenceCurve
from unisched.spec.grammar import AnyCurve
from unisched.spec.number import fault

__all__ = ["begun", "fitted", "in_proportion", "scaled"]

_LARGEST: Final = Fraction(sys.float_info.max) / 2
_WAY_OUT: Final = 'Give a tail, or join="jump".'


def fitted(curve: AnyCurve, current: float, begins: float, ends: float, path: str) -> AnyCurve:
    """Give the curve moved and stretched, so that it begins at `current` instead of `begins` and still ends at `ends`.

    Written from the smaller of the two ends, where it is exact. Raises `SpecError` where no factor does it.
    """
    if begins == ends:
        raise fault("replan.flat", f"laid out anew it is {begins!r} now and at its end, and the run is at {current!r}; "
                    "no factor joins them", _WAY_OUT, path)  # fmt: skip
    if current == ends:
        raise fault("replan.flat", f"the run is at {current!r}, where it ends: joined there, nothing would move on",
                    _WAY_OUT, path)  # fmt: skip
    old, new = (ends, ends) if abs(ends) <= abs(current) else (begins, current)
    factor = (Fraction(current) - Fraction(ends)) / (Fraction(begins - old) - Fraction(ends - old))
    if abs(factor) > _LARGEST:
        raise fault("replan.flat", f"laid out anew it goes from {begins!r} to {ends!r}, and the run is at {current!r}; "
                    "no factor joins them", _WAY_OUT, path)  # fmt: skip
    scaled = ProductCurve(curves=(ConstantCurve(value=float(factor)), _plus(curve, -old)))
    return _plus(scaled, new)


def scaled(curve: AnyCurve, current: float, begins: float, path: str) -> AnyCurve:
    """Give the curve times what makes it begin at `current` instead of `begins`; raise `SpecError` where nothing does.

    For what a metric moves: a summand beside it would stay while the rest falls, or leave less than nothing.
    """
    if begins == 0 or current == 0 or abs(Fraction(current) / Fraction(begins)) > _LARGEST:
        raise fault("replan.flat", f"laid out anew it is {begins!r} now, and the run is at {current!r}; no factor of "
                    "what a metric moves leads from there", _WAY_OUT, path)  # fmt: skip
    return ProductCurve(curves=(ConstantCurve(value=current / begins), curve))


def _plus(curve: AnyCurve, number: float) -> AnyCurve:
    return SumCurve(curves=(curve, ConstantCurve(value=number))) if number else curve


def in_proportion(curve: AnyCurve, current: float, of: float, path: str) -> AnyCurve:
    """Give the curve, planned for what is `of` now, for what is `current` now; raise `SpecError` where that is 0."""
    if current == of:
        return curve
    if of == 0 and current != 0:
        raise fault("replan.ratio", f"is {current!r} where the document's own schedule is 0: no tail of that fits both",
                    'Give it a tail of its own: {"schedules": {...}, "groups": {...}}.', path)  # fmt: skip
    ratio = current / of if current else 0.0
    return ProductCurve(curves=(ConstantCurve(value=ratio), begun(curve, lambda: of)))


def begun(curve: AnyCurve, value: Callable[[], float]) -> AnyCurve:
    """Give the curve with its start written out, where it would be what the part before reached."""
    match curve:
        case SequenceCurve(parts=(first, *others)):
            return _with(curve, "parts", (begun(first, value), *others))
        case ClipCurve(curve=inner) | StairCurve(curve=inner):
            return _with(curve, "curve", begun(inner, value))
        case ConstantCurve(value=None):
            return _with(curve, "value", value())
        case _:
            return _with(curve, "start", value()) if _is_entered(curve) else curve


def _with(curve: AnyCurve, name: str, value: object) -> AnyCurve:
    return type(curve)(**{**curve.__dict__, name: value})


def _is_entered(curve: AnyCurve) -> bool:
    """Tell whether a curve begins at what the part before reached."""
    match curve:
        case LinearCurve(start=None) | PolynomialCurve(start=None) | CosineCurve(start=None):
            return True
        case ExponentialCurve(start=None) | PowerDecayCurve(start=None) | RecurrenceCurve(start=None):
            return True
        case _:
            return False
