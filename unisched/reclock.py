"""One curve on another clock: later, on stairs, starting over, stopped. Each law leaves every reference bit alone."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from unisched import exact
from unisched.ir import (
    Base,
    Constant,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Phase,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
)

__all__ = ["frozen", "on_stairs", "restarted", "rests", "shifted"]


def shifted(curve: Curve, by: int) -> Curve:
    """Give the curve that reads at step 0 what this one reads at step `by` >= 0."""
    match curve:
        case Constant() | Base():
            return curve
        case Ramp() | Exponential() if rests(curve, by):
            return frozen(curve, by)
        case Table() if curve.phase.position(by) >= (len(curve.values) - 1) * curve.phase.span:
            return frozen(curve, by)
        case Table():
            return curve.read_at(curve.phase.shifted(by))
        case Ramp() | Exponential() | Power() | Noise() | Fold():
            return replace(curve, phase=curve.phase.shifted(by))
        case Formula() | External():
            return replace(curve, offset=curve.offset + by)
        case Signal():
            return curve
        case _:
            assert_never(curve)


def rests(curve: Curve, step: int) -> bool:
    """Tell whether the curve is seen to stay what it is at `step`: a constant, or a ramp that has ended."""
    match curve:
        case Constant() | Base():
            return True
        case Ramp(phase=phase) | Exponential(phase=phase):
            return phase.wrap == "hold" and phase.position(step) == phase.span
        case _:
            return False


def on_stairs(curve: Curve, every: int) -> Curve:
    """Give the curve at the last multiple of `every`."""
    if isinstance(curve, Constant | Base):
        return curve
    if isinstance(curve, Formula | External | Signal):
        return Fold(track=Track(starts=(0,), curves=(curve,)), phase=Phase(span=1, every=every, wrap="free"))
    phase = curve.phase
    if phase.every == 1 or (every % phase.every == 0 and phase.lead == 0):
        moved = replace(phase, every=every, lead=0)
        return curve.read_at(moved) if isinstance(curve, Table) else replace(curve, phase=moved)
    if phase.every % every == 0 and phase.lead % every == 0:
        return curve
    return Fold(track=Track(starts=(0,), curves=(curve,)), phase=Phase(span=1, every=every, wrap="free"))


def restarted(curve: Curve, period: int) -> Curve | None:
    """Give the curve that starts over after `period` steps, if one curve can."""
    match curve:
        case Constant() | Base():
            return curve
        case Ramp(phase=Phase(offset=0, wrap="hold") as phase, warp=1.0):
            if phase.rate * period == phase.span and period % phase.every == 0:
                return replace(curve, phase=replace(phase, wrap="restart"))
    return None


def frozen(curve: Curve, step: int, *, is_live: bool = False) -> Curve:
    """Give what the curve is at `step`, from there on; one that `is_live` still goes with its metric."""
    match curve:
        case Constant() | Base():
            return curve
        case Fold(track=track):
            return frozen(*track.row(curve.step(step)), is_live=is_live)
        case Signal():
            return curve if is_live else replace(curve, held=True)
        case _:
            return Constant(value=exact.curve_at(curve, step) + 0.0)
