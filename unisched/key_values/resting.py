"""Where the curves of a value begin and come to rest, and from which step nothing changes any more. Knows nodes."""

from __future__ import annotations

from typing import assert_never

from unisched import exact, ir, signals
from unisched.ir import (
    Base,
    Combine,
    Constant,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
    Value,
)

__all__ = ["held_from", "rests", "starts"]


def starts(value: Value) -> list[int]:
    """Give the steps at which a row begins, or comes to rest before the next."""
    found: set[int] = set()
    for track in ir.tracks(value):
        for start, curve, stop in zip(track.starts, track.curves, [*track.starts[1:], None], strict=True):
            rest = start + (rests(curve) or 0)
            found |= {start, rest} if stop is None or rest < stop else {start}
    return sorted(found)


def held_from(value: Value) -> int | None:
    """Give the step from which the value stays as it is, `None` where it may change; 0 times anything is 0."""
    match value:
        case Track(starts=starts, curves=curves):
            rest = rests(curves[-1])
            return None if rest is None else starts[-1] + rest
        case Combine(op=op, parts=parts):
            found = [held_from(part) for part in parts]
            known = [step for step in found if step is not None]
            if len(known) == len(found):
                return max(known)
            zeros = [step for part, step in zip(parts, found, strict=True)
                     if op == "product" and step is not None and _is_zero(part, step)]  # fmt: skip
            return min(zeros, default=None)
        case _:
            assert_never(value)


def _is_zero(value: Value, step: int) -> bool:
    plain = not ir.needs_base(value) and not signals.needs_metric(value)
    return plain and exact.value_at(value, step) == 0


def rests(curve: Curve) -> int | None:
    """Give the local step from which a curve stays as it is; `None` for one that may always change.

    >>> rests(Ramp(start=1.0, end=0.0, phase=ir.Phase(span=4)))
    4
    """
    match curve:
        case Constant() | Base() | Signal(held=True):
            return 0
        case Ramp(phase=phase) | Exponential(phase=phase) | Power(phase=phase) if phase.wrap == "hold":
            return phase.reach(phase.span)
        case Table(values=values, phase=phase):
            return phase.reach((len(values) - 1) * phase.span)
        case Ramp() | Exponential() | Power() | Formula() | External() | Noise() | Signal() | Fold():
            return None
        case _:
            assert_never(curve)
