"""Sequence, shift, stair, repeat, hold and combine: functions that turn every nesting into flat rows.

Pointwise operators commute with changes of clock, so each function here works timeline by timeline and the
operators stay on top. Each law leaves every reference bit alone: rows are only moved, cut, merged or put to
their exact value. Durations and documents are unknown here; all lengths are whole steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, assert_never

from unisched import ir, reclock
from unisched.errors import Problem, SpecError
from unisched.ir import (
    OPERATIONS,
    Base,
    Combine,
    Constant,
    Curve,
    Exponential,
    Fold,
    Noise,
    Operator,
    Phase,
    Power,
    Ramp,
    Shape,
    Table,
    Track,
    Value,
    constant,
)

__all__ = [
    "base",
    "bound",
    "combine",
    "counted",
    "exponential",
    "frozen",
    "hold",
    "noise",
    "power",
    "ramp",
    "repeat",
    "sequence",
    "shift",
    "single",
    "stair",
    "table",
]

_NEUTRAL: Final[dict[Operator, Track]] = {"product": constant(1.0), "sum": constant(0.0)}


def base() -> Track:
    """Give the timeline of the optimizer's own value."""
    return single(Base())


def single(curve: Curve) -> Track:
    """Give the timeline of one curve from step 0."""
    return Track(starts=(0,), curves=(curve,))


def ramp(start: float, end: float, phase: Phase, *, shape: Shape = "linear", power: float = 1.0, mirror: bool = False,
         warp: float = 1.0) -> Track:  # fmt: skip
    """Give a ramp, or the constant it is where both ends agree."""
    if start == end:
        return constant(end)
    return single(
        Ramp(start=start + 0.0, end=end + 0.0, phase=phase, shape=shape, power=power, mirror=mirror, warp=warp)
    )


def exponential(value: float, to: float, of: float, phase: Phase, *, warp: float = 1.0) -> Track:
    """Give value · (to / of)^u, or the constant it is where the ratio is 1."""
    if to == of:
        return constant(value)
    return single(Exponential(value=value + 0.0, to=to, of=of, phase=phase, warp=warp))


def power(value: float, exponent: float, phase: Phase) -> Track:
    """Give value · (1 + u)^-exponent."""
    return single(Power(value=value + 0.0, exponent=exponent, phase=phase))


def table(values: Sequence[float], phase: Phase, *, linear: bool = False) -> Track:
    """Give the values one after another, without those at the end that say the last one again."""
    last = len(values) - 1
    while last and values[last] == values[last - 1]:
        last -= 1
    kept = tuple(value + 0.0 for value in values[: last + 1])
    return single(Table(values=kept, phase=phase, linear=linear)) if last else constant(kept[0])


def noise(std: float, seed: int, phase: Phase, *, limit: float | None = None) -> Track:
    """Give the random factor, or 1 where nothing varies."""
    return single(Noise(std=std, seed=seed, phase=phase, limit=limit)) if std else constant(1.0)


def sequence(pieces: Sequence[tuple[int, Value]]) -> Value:
    """Give the pieces one after another, each on a clock that begins at its start; the first starts at 0.

    Where only some pieces are operators, the operator is lifted out and the others get its neutral element:
    x·1, x+0 and max(x, x) are exact.
    """
    starts = [start for start, _ in pieces]
    kept = [piece for piece, end in zip(pieces, [*starts[1:], None], strict=True) if end is None or piece[0] < end]
    lifted = next((value for _, value in kept if isinstance(value, Combine)), None)
    if lifted is None:
        return _concatenated([(start, track) for start, track in kept if isinstance(track, Track)])
    op = lifted.op
    width = max(len(value.parts) for _, value in kept if isinstance(value, Combine) and value.op == op)
    return combine(op, [sequence([(start, _operand(value, op, j)) for start, value in kept]) for j in range(width)])


def shift(value: Value, by: int) -> Value:
    """Give the value read at step + by, and at step 0 where that is negative."""
    match value:
        case Combine(op=op, parts=parts):
            return combine(op, [shift(part, by) for part in parts])
        case Track() if by < 0:
            return sequence([(0, frozen(value, 0)), (-by, value)])
        case Track():
            return _track(_rows_from(value, by))
        case _:
            assert_never(value)


def stair(value: Value, every: Fraction | int) -> Value:
    """Give the value of the last multiple of `every`, each multiple rounded to a whole step, half up."""
    if every == 1:
        return value
    match value:
        case Combine(op=op, parts=parts):
            return combine(op, [stair(part, every) for part in parts])
        case Track(curves=(Constant() | Base(),)):
            return value
        case Track() if every.denominator != 1:
            a, b = every.numerator, every.denominator
            rounded = Phase.of(span=2 * b, rate=2 * a, offset=b, wrap="free")
            return counted(single(Fold(track=value, phase=rounded)), every)
        case Track(starts=starts, curves=curves):
            length = int(every)
            raised = [-(-start // length) * length for start in starts]
            moved = [
                reclock.shifted(curve, up - start) for start, up, curve in zip(starts, raised, curves, strict=True)
            ]
            return _track([(up, reclock.on_stairs(curve, length)) for up, curve in zip(raised, moved, strict=True)])
        case _:
            assert_never(value)


def counted(value: Value, every: Fraction | int) -> Value:
    """Give the value read at the number of the stair, where stair j begins at j times `every`, rounded half up."""
    if every == 1:
        return value
    match value:
        case Combine(op=op, parts=parts):
            return combine(op, [counted(part, every) for part in parts])
        case Track(curves=(Constant() | Base(),)):
            return value
        case Track():
            a, b = every.numerator, every.denominator
            return single(Fold(track=value, phase=Phase.of(span=2 * a, rate=2 * b, offset=b - 1, wrap="free")))
        case _:
            assert_never(value)


def repeat(value: Value, period: int, end: int | None = None) -> Value:
    """Give the first `period` steps over and over; from `end` on, what the last cycle reached by then."""
    match value:
        case Combine(op=op, parts=parts):
            return combine(op, [repeat(part, period, end) for part in parts])
        case Track():
            cycles = _track([(0, _cyclic(value, period))])
            if end is None:
                return cycles
            return sequence([(0, cycles), (end, frozen(value, end % period or period))])
        case _:
            assert_never(value)


def hold(value: Value, at: int) -> Value:
    """Give the value up to step `at`, and from there what it is at `at`."""
    if isinstance(value, Track) and value.starts[-1] < at and reclock.rests(value.curves[-1], at - value.starts[-1]):
        return value  # most curves end where their place does
    return sequence([(0, value), (at, frozen(value, at))])


def frozen(value: Value, step: int, *, is_live: bool = False) -> Value:
    """Give, for every timeline of the value, the constant it is at `step`, in the same tree.

    What a metric moves is held there, unless it `is_live`.
    """
    match value:
        case Combine(op=op, parts=parts):
            return Combine(op=op, parts=tuple(frozen(part, step, is_live=is_live) for part in parts))
        case Track():
            return single(reclock.frozen(*value.row(step), is_live=is_live))
        case _:
            assert_never(value)


def bound(value: Value, number: float) -> Value:
    """Give the value in normal form with `number` in the place of what the optimizer would give."""
    match value:
        case Combine(op=op, parts=parts):
            return combine(op, [bound(part, number) for part in parts])
        case Track():
            known = ir.bind_track(value, number)
            return _track(list(zip(known.starts, known.curves, strict=True)))
        case _:
            assert_never(value)


def combine(op: Operator, parts: Iterable[Value]) -> Value:
    """Give the parts under one operator: neutral parts gone, leading constants folded, flat on the left."""
    kept = _flat(op, list(parts))
    if op in _NEUTRAL:
        kept = _flat(op, [part for part in kept if part != _NEUTRAL[op]]) or [_NEUTRAL[op]]
    else:
        kept = list(dict.fromkeys(kept))
    while len(kept) > 1 and (folded := _folded(op, kept[0], kept[1])) is not None:
        kept[:2] = [folded]
    return kept[0] if len(kept) == 1 else Combine(op=op, parts=tuple(kept))


def _flat(op: Operator, parts: list[Value]) -> list[Value]:
    while parts and isinstance(parts[0], Combine) and parts[0].op == op:
        parts[:1] = parts[0].parts
    return parts


def _folded(op: Operator, left: Value, right: Value) -> Value | None:
    match left, right:
        case Track(curves=(Constant(value=a),)), Track(curves=(Constant(value=b),)):
            return constant(_finite(OPERATIONS[op](a, b), f"the {op} of {a!r} and {b!r}"))
        case _:
            return None


def _finite(number: float, what: str) -> float:
    if not math.isfinite(number):
        raise SpecError(Problem("range.overflow", "", f"{what} is above the float range", "Give smaller numbers."))
    return number


def _operand(value: Value, op: Operator, index: int) -> Value:
    parts = value.parts if isinstance(value, Combine) and value.op == op else (value,)
    return parts[index] if index < len(parts) else _NEUTRAL.get(op, parts[0])


def _concatenated(pieces: Sequence[tuple[int, Track]]) -> Track:
    ends = [start for start, _ in pieces[1:]] + [None]
    return _track([
        (start + row, curve)
        for (start, track), end in zip(pieces, ends, strict=True)
        for row, curve in zip(track.starts, track.curves, strict=True)
        if end is None or start + row < end
    ])  # fmt: skip


def _rows_from(track: Track, step: int) -> list[tuple[int, Curve]]:
    ends = [*track.starts[1:], None]
    return [
        (max(start - step, 0), reclock.shifted(curve, max(step - start, 0)))
        for start, end, curve in zip(track.starts, ends, track.curves, strict=True)
        if end is None or end > step
    ]


def _track(rows: Sequence[tuple[int, Curve]]) -> Track:
    """Give the timeline of rows in order: overtaken rows dropped, rows that continue the one before merged."""
    kept: list[tuple[int, Curve]] = []
    for start, curve in rows:
        while kept and kept[-1][0] >= start:
            kept.pop()
        if not kept or not _continues(kept[-1][1], start - kept[-1][0], curve):
            kept.append((start, curve))
    return Track(starts=tuple(start for start, _ in kept), curves=tuple(curve for _, curve in kept))


def _continues(before: Curve, after: int, curve: Curve) -> bool:
    """Tell whether `curve` is what `before` goes on with: itself, later, or the constant that it has come to."""
    return isinstance(curve, Constant | type(before)) and reclock.shifted(before, after) == curve


def _cyclic(track: Track, period: int) -> Curve:
    rows = [(start, curve) for start, curve in zip(track.starts, track.curves, strict=True) if start < period]
    if len(rows) == 1 and (curve := reclock.restarted(rows[0][1], period)) is not None:
        return curve
    return Fold(track=_track(rows), phase=Phase(span=period, wrap="restart"))
