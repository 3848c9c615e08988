"""What a part of a sequence hands on to the next: its value at the boundary, as a factor of the base and the rest."""

from __future__ import annotations

from typing import assert_never

from unisched import normalise
from unisched.ir import Base, Combine, Constant, Operator, Track, Value, constant
from unisched.lowering.place import Level, Place, fault

__all__ = ["reached"]


def reached(value: Value, step: int, place: Place) -> Level:
    """Give what a value is at `step`, as a factor of the base and an absolute part."""
    found = _level(normalise.frozen(value, step), place)
    return found if place.units == "based" else Level(found.absolute)


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
