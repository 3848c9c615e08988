"""What a careful reader of a program would ask about: notes, never errors.

Works on values alone; what only the document knows (a part that ends early, a rounded duration) is noted while
it is lowered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from unisched import ir, scalar, signals
from unisched.errors import StepError
from unisched.ir import Curve, Exponential, External, Fold, Formula, Noise, Power, Ramp, Signal, Table, Track, Value

__all__ = ["SMALLEST_FLOAT32", "Note", "notes", "samples", "sides"]

SMALLEST_FLOAT32: Final = 2.0**-126


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: a stable code, the JSON path it is about, and the text."""

    code: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text} [{self.code}]"


def notes(value: Value, path: str, total: int | None) -> Iterator[Note]:
    """Give the remarks about one value."""
    seen = dict(samples(value, total))
    if path.endswith("learning_rate") and seen[0] == 0 and any(seen.values()):
        yield Note("value.zero_start", path, "the value at step 0 is 0, so the first update changes nothing; "
                   "shift the warm-up by 1 if it should count")  # fmt: skip
    small = min((step for step, v in seen.items() if 0 < abs(v) < SMALLEST_FLOAT32), default=None)
    if small is not None:
        yield Note("value.subnormal", path, f"at step {small} the value {seen[small]!r} is below 2^-126, "
                   "which is 0 in float32")  # fmt: skip
    if path.endswith("learning_rate") and not ir.needs_base(value):
        yield from _rises(value, path)
    bare = next((start for start, curve in ir.rows(value) if isinstance(curve, Signal)), None)
    if isinstance(value, Track) and bare is not None:
        yield Note("feedback.bare", path, f"what a metric moves is a factor, and stands alone from step {bare}: the "
                   "value there is 1; put it in a product with what it lowers")  # fmt: skip
    if total is not None:
        yield from _dies_out(value, path, total)
    if total is not None and total > 0 and _moves_after(value, total):
        yield Note("total.goes_on", path, f"the value still changes past the total of {total}; "
                   'write "after": "hold" to freeze it there')  # fmt: skip


def _dies_out(value: Value, path: str, total: int) -> Iterator[Note]:
    """Look for the step from which an open-ended decay is 0 in float32, by halving: such a decay only falls."""
    low, high = max(track.starts[-1] for track in ir.tracks(value)), total - 1
    function = scalar.function(ir.bind(signals.unobserved(value), 1.0))
    if low >= high or not _open_ended(value) or not abs(function(high)) < SMALLEST_FLOAT32 <= abs(function(low)):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if abs(function(middle)) < SMALLEST_FLOAT32 else (middle, high)
    yield Note("value.dies_out", path, f"from step {high} on, before the total of {total}, the value is below 2^-126, "
               "which is 0 in float32; give it a floor with clip")  # fmt: skip


def _rises(value: Value, path: str) -> Iterator[Note]:
    function = scalar.function(signals.unobserved(value))
    for start, curve in ((s, c) for track in ir.tracks(value) for s, c in zip(track.starts, track.curves, strict=True)):
        if not isinstance(curve, Ramp) or (curve.shape, curve.power) == ("linear", 1.0) or curve.end <= curve.start:
            continue
        # A fall to an absolute floor is a falling ramp plus a small rising one: the whole has to rise.
        if function(start + _turn(curve)) > function(start):
            yield Note("curve.rises", path, f"this {curve.shape} curve rises, from {curve.start!r} to {curve.end!r}")


def samples(value: Value, total: int | None) -> Iterator[tuple[int, float]]:
    """Give step and value at `sides`.

    A factor of the optimizer's value stands for a base of 1, a factor that metrics move for what it is at first.
    """
    function = scalar.function(ir.bind(signals.unobserved(value), 1.0))
    yield from ((step, function(step)) for step in sides(value, total))


def sides(value: Value, total: int | None) -> list[int]:
    """Give step 0 and the steps on both sides of every boundary and of `total`, in order."""
    steps = {0}
    for track in ir.tracks(value):
        for start, curve in zip(track.starts, track.curves, strict=True):
            steps |= {start, start - 1}
            steps.update(start + turn + side for turn in _turns(curve) for side in (-1, 0))
    if total is not None:
        steps |= {total - 1, total}
    return sorted(step for step in steps if step >= 0)


def _turn(curve: Curve) -> int:
    if isinstance(curve, Table):
        return _reads(curve, len(curve.values) - 1)
    if not isinstance(curve, Ramp | Exponential):
        return 0
    phase = curve.phase
    return max(phase.span - phase.offset, 0) // phase.rate


def _turns(curve: Curve) -> Iterator[int]:
    """Give the local steps at which a curve may turn; for a fold, those of the rows in it, the first time round."""
    yield _turn(curve)
    if isinstance(curve, Table):
        yield from (_reads(curve, curve.values.index(extreme(curve.values))) for extreme in (min, max))
    if not isinstance(curve, Fold):
        return
    phase = curve.phase
    for start, inner in zip(curve.track.starts, curve.track.curves, strict=True):
        for turn in _turns(inner):
            if phase.wrap == "restart":
                yield (min(start + turn, phase.span - 1) - phase.offset) % phase.span
            else:
                yield max(-(((start + turn) * phase.span - phase.offset) // -phase.rate), 0)


def _reads(table: Table, entry: int) -> int:
    """Give the local step from which a table reads an entry."""
    phase = table.phase
    local = max(-((entry * phase.span - phase.offset) // -phase.rate), 0)
    return max(-(-local // phase.every) * phase.every - phase.lead, 0)


def _moves_after(value: Value, total: int) -> bool:
    if not _open_ended(value) and not any(isinstance(curve, Noise) for _, curve in ir.rows(value)):
        return False
    function = scalar.function(ir.bind(signals.unobserved(value), 1.0))
    try:
        return function(total) != function(2 * total)
    except StepError:
        return True


def _open_ended(value: Value) -> bool:
    return any(_goes_on(track) for track in ir.tracks(value))


def _goes_on(track: Track) -> bool:
    match track.curves[-1]:
        case Exponential(phase=phase) | Power(phase=phase):
            return phase.wrap == "free"
        case Fold(track=folded, phase=phase):
            return phase.wrap == "free" and _goes_on(folded)
        case Formula() | External():
            return True
        case _:
            return False
