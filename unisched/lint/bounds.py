"""Which bound of a clip never takes part: what it bounds stays on the other side of it, with room to spare.

The document says where the clip stands, the rows where its bound holds; only bounds that are numbers are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from unisched import ir
from unisched.ir import Combine, Constant, Track, Value
from unisched.lint.extents import extent, pieces
from unisched.lint.note import Note
from unisched.lint.reading import inside
from unisched.spec.combinators import ClipCurve
from unisched.spec.curve import CurveModel
from unisched.spec.curves import ConstantCurve

__all__ = ["idle_bounds"]

_ROOM: Final = 1e-9
"""A bound that a curve comes so near to, as a part of it, may be meant to be met."""
_MOST_ROWS: Final = 256
"""The most rows of a bound that are looked at; a bound in more of them is not told from one that binds."""


class _Held(NamedTuple):
    """A constant among the operands of a node, and the steps in which it is one."""

    node: Combine
    operand: int
    start: int
    stop: int | None


def idle_bounds(path: str, curve: CurveModel, value: Value, total: int | None) -> Iterator[Note]:
    """Give the bounds of the clips in an entry that never bind in its value."""
    clips = [(at, clip) for at, clip in inside(path, curve) if isinstance(clip, ClipCurve)]
    if not clips or ir.needs_base(value):
        return
    held = _held(value, None if total is None else total + 1)
    idle: dict[tuple[str, float], bool] = {}
    for at, clip in clips:
        for side, bound in (("minimum", clip.minimum), ("maximum", clip.maximum)):
            number = bound.value if isinstance(bound, ConstantCurve) else None
            if not isinstance(number, float):
                continue
            key = ("maximum" if side == "minimum" else "minimum", number)
            if key not in idle:
                rows = held.get(key, [])
                idle[key] = 0 < len(rows) <= _MOST_ROWS and all(_is_overruled(row, number) for row in rows)
            if idle[key]:
                yield Note("bound.idle", f"{at}.{side}", f"the {side} of {number!r} never binds: the curve stays "
                           f"{'above' if side == 'minimum' else 'below'} it; move it, or leave it out")  # fmt: skip


def _held(value: Value, stop: int | None) -> dict[tuple[str, float], list[_Held]]:
    """Give, by operator and number, where a constant is an operand before `stop`."""
    found: dict[tuple[str, float], list[_Held]] = {}
    for node in _combines(value):
        for index, part in enumerate(node.parts):
            if node.op not in ("minimum", "maximum") or not isinstance(part, Track):
                continue
            for at, row, first, last in pieces(part, 0, stop):
                if isinstance(row, Constant):
                    end = None if last is None else at + last + 1
                    found.setdefault((node.op, row.value), []).append(_Held(node, index, at + first, end))
    return found


def _combines(value: Value) -> Iterator[Combine]:
    if isinstance(value, Combine):
        yield value
        for part in value.parts:
            yield from _combines(part)


def _is_overruled(held: _Held, number: float) -> bool:
    """Tell whether another operand is on the other side of a constant wherever that holds."""
    others = [extent(part, held.start, held.stop) for at, part in enumerate(held.node.parts) if at != held.operand]
    room = _ROOM * abs(number)
    if held.node.op == "maximum":
        return max(other.low for other in others) > number + room
    return min(other.high for other in others) < number - room
