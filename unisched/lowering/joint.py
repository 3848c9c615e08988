"""What a part of a sequence hands on to the next: its value at the boundary, as a factor of the base and the rest."""

from __future__ import annotations

from typing import assert_never

from unisched import ir, normalise
from unisched.ir import Base, Combine, Constant, Curve, Fold, Noise, Operator, Signal, Track, Value, constant
from unisched.lowering.place import Level, Place, fault

__all__ = ["reached"]


def reached(value: Value, step: int, place: Place) -> Level:
    """Give what a value is at `step`, as a factor of the base and an absolute part.

    Raises `SpecError` where that depends on a metric, or is drawn at random.
    """
    for track in ir.tracks(value):
        # What ends here holds one number from here on: it is the step before that tells where that came from.
        _settle(*track.row(step - 1), place)
        _settle(*track.row(step), place)
    found = _level(normalise.frozen(value, step), place)
    return found if place.units == "based" else Level(found.absolute)


def _settle(curve: Curve, step: int, place: Place) -> None:
    match curve:
        case Fold(track=track):
            _settle(*track.row(curve.step(step)), place)
        case Signal():
            raise fault("joint.feedback", place.path, "what this part reaches depends on a metric, which is not known "
                        "before the run", "Give the next part its start.")  # fmt: skip
        case Noise():
            raise fault("joint.noise", place.path, "what this part reaches is drawn at random, and the next would keep "
                        "one draw", "Give the next part its start.")  # fmt: skip
        case _:
            return


def _level(value: Value, place: Place) -> Level:
    match value:
        case Track(curves=(Base(),)):
            return Level(1.0)
        case Track(curves=(Constant(value=number),)):
            return Level(0.0, number)
        case Combine(op=op, parts=parts):
            levels = [_level(part, place) for part in parts]
            result = levels[0]
            for other in levels[1:]:
                result = _operate(op, result, other, place)
            return result
        case Track():
            raise AssertionError("a frozen timeline is one constant")
        case _:
            assert_never(value)


def _operate(op: Operator, a: Level, b: Level, place: Place) -> Level:
    if op == "sum":
        return Level(a.factor + b.factor, a.absolute + b.absolute)
    if op == "product" and 0 in (a.factor, b.factor):
        if a.factor:
            return Level(a.factor * b.absolute, a.absolute * b.absolute)
        return Level(a.absolute * b.factor, a.absolute * b.absolute)
    if a.factor == b.factor == 0:
        pair = normalise.combine(op, [constant(a.absolute), constant(b.absolute)])
        return _level(pair, place)
    raise fault("joint.base", place.path, "what this part reaches depends on the optimizer's value in a way that "
                "cannot be handed on", "Give the next part its start.")  # fmt: skip
