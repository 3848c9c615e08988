"""Values among factors: what a scheduler of absolute values becomes beside one that multiplies the optimizer's rate."""

from __future__ import annotations

from unisched.spec.combinators import (
    ClipCurve,
    RepeatCurve,
    SequenceCurve,
    ShiftCurve,
    StairCurve,
    SumCurve,
    WindowCurve,
)
from unisched.spec.curve import AnyCurve, CurveModel, read_curve
from unisched.spec.number import fault
from unisched.spec.values import Absolute

__all__ = ["absolute"]

_NESTING = (SequenceCurve, RepeatCurve, ShiftCurve, StairCurve, SumCurve, ClipCurve, WindowCurve)
_NUMBERS = ("start", "end", "value")


def absolute(curve: AnyCurve) -> AnyCurve:
    """Give a curve of plain values with every value marked as absolute; raise `SpecError` where that cannot be."""
    if isinstance(curve, _NESTING):
        return curve.model_copy(update={name: _inside(value) for name, value in curve.__dict__.items()})
    if not any(name in type(curve).model_fields for name in _NUMBERS):
        raise fault("ignite.mixed", f"the values of a {curve.kind} do not go with factors of the optimizer's rate",
                    "Write one of them with plain kinds.")  # fmt: skip
    given = {name: getattr(curve, name) for name in _NUMBERS if name in type(curve).model_fields}
    return curve.model_copy(
        update={name: Absolute(absolute=value) for name, value in given.items() if isinstance(value, float)}
    )


def _inside(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_inside, value))
    return absolute(read_curve(value)) if isinstance(value, CurveModel) else value
