"""Which values go on for ever, and change past the total. Knows nodes; no remark is made here."""

from __future__ import annotations

from unisched import ir
from unisched.ir import Curve, Exponential, External, Fold, Formula, Noise, Power, Value
from unisched.sampling import reads

__all__ = ["moves_after", "open_ended"]


def moves_after(value: Value, total: int) -> bool:
    """Tell whether the value is another one at twice the total than at the total."""
    if not open_ended(value) and not any(isinstance(curve, Noise) for _, curve in ir.rows(value)):
        return False
    function = reads(value)
    return function(total) != function(2 * total)


def open_ended(value: Value, at: int | None = None) -> bool:
    """Tell whether any timeline of the value is, at a step or at last, in a curve that has no end of its own."""
    return any(_goes_on(track.curves[-1] if at is None else track.row(at)[0]) for track in ir.tracks(value))


def _goes_on(curve: Curve) -> bool:
    match curve:
        case Exponential(phase=phase) | Power(phase=phase):
            return phase.wrap == "free"
        case Fold(track=folded, phase=phase):
            return phase.wrap == "free" and _goes_on(folded.curves[-1])
        case Formula() | External():
            return True
        case _:
            return False
