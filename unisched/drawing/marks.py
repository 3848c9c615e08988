"""Where the phases of a value begin, and a word or two for each. Knows nodes; no value is computed here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import assert_never

from unisched import ir
from unisched.drawing.chart import Mark
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
    Value,
)

__all__ = ["marks"]

_SIGNS = {"product": " × ", "sum": " + "}


def marks(value: Value, start: int, stop: int) -> tuple[Mark, ...]:
    """Give the beginnings of phases from step `start` up to `stop`, the phase that holds at `start` first.

    Where timelines are combined, a phase is named after all of them that say more than a number.
    """
    tracks = [list(_phases(track)) for track in ir.tracks(value)]
    starts = [[step for step, _ in phases] for phases in tracks]
    steps = sorted(set().union(*starts))
    sign = _SIGNS.get(value.op, ", ") if isinstance(value, ir.Combine) else ""
    found: list[Mark] = []
    for step in steps:
        words = [phases[bisect_right(at, step) - 1][1] for phases, at in zip(tracks, starts, strict=True)]
        telling = list(dict.fromkeys(word for word in words if word not in ("constant", "holds")))
        mark = Mark(max(step, start), sign.join(telling) or ("holds" if "holds" in words else "constant"))
        if found and (found[-1].step == mark.step or found[-1].label == mark.label == "holds"):
            found.pop()
        found.append(mark)
    return tuple(_named_once(mark for mark in found if mark.step < stop))


def _named_once(found: Iterable[Mark]) -> Iterator[Mark]:
    """Give the marks with a name for the first of neighbours that are constant only."""
    before = ""
    for mark in found:
        yield Mark(mark.step) if before == mark.label == "constant" else mark
        before = mark.label


def _phases(track: Track) -> Iterator[tuple[int, str]]:
    ends = [*track.starts[1:], None]
    for start, end, curve in zip(track.starts, ends, track.curves, strict=True):
        yield start, _word(curve)
        if isinstance(curve, Ramp) and curve.phase.wrap == "hold":
            settled = start + max(curve.phase.reach(curve.phase.span), 1)
            if end is None or settled < end:
                yield settled, "holds"


def _word(curve: Curve) -> str:
    match curve:
        case Constant() | Base():
            return "constant"
        case Ramp():
            return _of_ramp(curve)
        case Exponential(phase=phase):
            return _on_stairs("exponential", phase)
        case Power(phase=phase):
            return _on_stairs("power decay", phase)
        case Table(linear=is_linear, phase=phase):
            return "points" if is_linear else "table" if phase.rate >= phase.span else "steps"
        case Fold(phase=phase):
            return "cycles" if phase.wrap == "restart" else "stairs"
        case External(name=name):
            return name
        case Formula() | Noise() | Signal():
            return {Formula: "formula", Noise: "noise", Signal: "metric"}[type(curve)]
        case _:
            assert_never(curve)


def _of_ramp(ramp: Ramp) -> str:
    word = "polynomial" if ramp.shape == "linear" and ramp.power != 1 else str(ramp.shape)
    match ramp.phase.wrap:
        case "restart":
            return f"{word} cycles"
        case "bounce":
            return f"{word} waves"
        case "hold" | "free":
            return _on_stairs(word if ramp.warp == 1 else f"{word}, warp {ramp.warp:g}", ramp.phase)
        case _:
            assert_never(ramp.phase.wrap)


def _on_stairs(word: str, phase: Phase) -> str:
    return f"{word} stairs" if phase.every > 1 else word
