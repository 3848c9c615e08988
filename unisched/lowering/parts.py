"""Where the parts of a sequence fall: one after another, or between boundaries, to the whole step.

Positions are exact and cumulative until they are rounded, so parts always add up. No value is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unisched.duration import LAST_STEP, Duration, Unit, whole
from unisched.lowering.lengths import length_of
from unisched.lowering.place import Exact, Place, changed, fault, plain, steps
from unisched.spec.combinators import SequenceCurve
from unisched.spec.grammar import AnyCurve

__all__ = ["Part", "laid_out", "must_fit"]

_ATTEMPTS = 8
"""How often a length that depends on where it begins is looked for backwards."""


@dataclass(frozen=True, slots=True)
class Part:
    """A curve of a sequence, the step on the sequence's clock at which it starts, and its place."""

    curve: AnyCurve
    start: int
    place: Place


@dataclass(frozen=True, slots=True)
class _Draft:
    curve: AnyCurve
    name: str
    place: Place
    length: Exact | None


def laid_out(curve: SequenceCurve, place: Place) -> list[Part]:
    """Give the parts of a sequence at their places; raise `SpecError` where they do not fit."""
    if curve.boundaries is None:
        return _one_after_another(curve.parts, place)
    return _between(curve.parts, curve.boundaries, place)


def must_fit(length: Exact, start: Exact, part: Place, name: str, within: Place) -> None:
    """Raise `SpecError` where what lasts `length` from `start` on is longer than its place, or than any run."""
    if start + length > LAST_STEP:
        raise fault("duration.range", part.path, f"ends at step {plain(start + length)}, past 2^53",
                    "Shorten it; no counter gets there.")  # fmt: skip
    if within.length is None or start + length <= max(within.length, within.exact or 0):
        return
    raise fault("duration.too_long", part.path_of(name), f"{plain(length)} steps end at {plain(start + length)}, past "
                f"{within.limit}", "Shorten it or raise total.")  # fmt: skip


def _one_after_another(curves: Sequence[AnyCurve], place: Place) -> list[Part]:
    """Give the parts, each as long as it is of itself; one may be without length and takes the rest."""
    drafts = _drafts(curves, place)
    starts = _starts(drafts, place)
    parts: list[Part] = []
    for index, draft in enumerate(drafts):
        end = starts[index + 1] if index + 1 < len(starts) else None
        unit = place.unit if draft.length is None else _unit(draft.curve, place)
        inner = _settled(draft.place, starts[index], end, unit, open_ended=draft.length is None)
        parts.append(Part(draft.curve, whole(starts[index]), inner))
    return parts


def _between(curves: Sequence[AnyCurve], boundaries: Sequence[Duration], place: Place) -> list[Part]:
    """Give the parts between boundaries; one with a length of its own is laid out over that, however long it shows."""
    starts = _positions(boundaries, place)
    parts: list[Part] = []
    for index, curve in enumerate(curves):
        start = starts[index]
        inner = place.inside(f"parts[{index}]")
        length = length_of(curve, inner.since(start))
        end: Exact | None = None if length is None else start + length
        unit = place.unit if length is None else _unit(curve, place)
        if length is None and index < len(boundaries):
            end, unit = starts[index + 1], place.unit_of(boundaries[index])
        elif length is None and place.length is not None:
            end = place.length
        elif length is not None and index == len(boundaries):
            must_fit(length, start, inner, _field(curve, inner), place)
            _may_end_early(start + length, place)
        parts.append(Part(curve, whole(start), _settled(inner, start, end, unit, open_ended=length is None)))
    return parts


def _settled(part: Place, start: Exact, end: Exact | None, unit: Unit, *, open_ended: bool) -> Place:
    """Give the place of a part that starts and ends there; percentages are of it where it had no length of its own."""
    begun = part.since(whole(start))
    if end is None:
        return begun
    length, exact = whole(end) - whole(start), end - start
    if length == 0:
        raise fault("duration.vanishes", part.path, f"lasts {plain(exact)} steps, which rounds to none",
                    "Make it longer, or leave it out.")  # fmt: skip
    if open_ended:
        return changed(begun.spanning(length, exact, part.path, unit, begun.origin), settled=True)
    return changed(begun, length=length, exact=exact, unit=unit, settled=True, whose=part.path)


def _unit(curve: AnyCurve, place: Place) -> Unit:
    """Give what the length of a part that has one is counted in."""
    return place.unit if curve.duration is None else place.unit_of(curve.duration)


def _field(curve: AnyCurve, place: Place) -> str:
    return "" if curve.duration is None else place.field


def _positions(boundaries: Sequence[Duration], place: Place) -> list[Exact]:
    starts: list[Exact] = [0]
    for index, boundary in enumerate(boundaries):
        name = f"boundaries[{index}]"
        at, before = place.position(boundary, name), whole(starts[-1])
        if at > LAST_STEP:
            raise fault("duration.range", place.path_of(name), f"stands at step {plain(at)}, past 2^53",
                        "Move it; no counter gets there.")  # fmt: skip
        if whole(at) <= before:
            after = f"step {before}" if index else "the start"
            raise fault("sequence.order", place.path_of(name), f"stands at step {whole(at)}, not after {after}",
                        "Give boundaries in increasing order, at least one step apart.")  # fmt: skip
        if place.length is not None and whole(at) >= place.length:
            raise fault("sequence.beyond", place.path_of(name), f"parts[{index + 1}] starts at step {whole(at)}, where "
                        f"nothing is left of {place.limit}", "Move it, or raise total.")  # fmt: skip
        starts.append(at)
    return starts


def _drafts(curves: Sequence[AnyCurve], place: Place) -> list[_Draft]:
    """Give the parts with the lengths they have: up to the open one from the start on, after it back from the end."""
    drafts: list[_Draft] = []
    start: Exact = 0
    for index, curve in enumerate(curves):
        inner = place.inside(f"parts[{index}]")
        length = length_of(curve, inner.since(start))
        drafts.append(_Draft(curve, f"parts[{index}]", inner, length))
        if length is None:
            break
        start += length
    later: list[_Draft] = []
    end: Exact | None = place.length
    for index in range(len(curves) - 1, len(drafts) - 1, -1):
        inner = place.inside(f"parts[{index}]")
        length = _length_before(curves[index], inner, end)
        later.append(_Draft(curves[index], f"parts[{index}]", inner, length))
        end = None if end is None or length is None else end - length
    return drafts + later[::-1]


def _length_before(curve: AnyCurve, place: Place, end: Exact | None) -> Exact | None:
    """Give the length of a part that ends at `end`: under a batch ramp the same tokens take fewer steps there."""
    if end is None:
        return length_of(curve, place)
    if curve.duration is not None and curve.duration.unit != "rest":
        return steps(curve.duration, place, place.field, end)
    length = length_of(curve, place.since(end))
    for _ in range(_ATTEMPTS):
        if length is None:
            return None
        found = length_of(curve, place.since(end - length))
        if found == length:
            return length
        length = found
    raise fault("ramp.backwards", place.path, "its steps depend on where it begins, which depends on its steps",
                "Give it a duration.")  # fmt: skip


def _starts(parts: Sequence[_Draft], place: Place) -> list[Exact]:
    """Give where each part starts, and where the last one ends if that is known, all exact."""
    open_parts = [index for index, part in enumerate(parts) if part.length is None]
    if len(open_parts) > 1:
        names = " and ".join(parts[index].name for index in open_parts[:2])
        raise fault("sequence.open", parts[open_parts[1]].place.path,
                    f"{names} have no length; one part may take the rest", "Give the others a duration.")  # fmt: skip
    starts: list[Exact] = [0]
    for index, part in enumerate(parts):
        length = part.length if part.length is not None else _rest(parts, index, starts[-1], place)
        if length is None:
            return starts
        if part.length is not None:
            must_fit(length, starts[-1], part.place, _field(part.curve, part.place), place)
        starts.append(starts[-1] + length)
    if not open_parts:
        _may_end_early(starts[-1], place)
    return starts


def _may_end_early(end: Exact, place: Place) -> None:
    if place.length is not None and whole(end) < place.length:
        place.note("length.holds", f"ends at step {whole(end)}, before {place.limit}; it holds its last value")


def _rest(parts: Sequence[_Draft], index: int, start: Exact, place: Place) -> Exact | None:
    after = sum((part.length for part in parts[index + 1 :] if part.length is not None), 0)
    path = parts[index].place.path
    if place.length is None:
        if index + 1 == len(parts):
            return None
        raise fault(
            "length.missing", path, "takes the rest, and the whole has no length", "Add a duration, or a total."
        )
    taken = start + after
    left = place.length - taken
    if left <= 0:
        known = [plain(part.length) for part in parts if part.length is not None]
        given = known[0] if len(known) == 1 else f"{' + '.join(known)} = {plain(taken)}"
        raise fault("sequence.full", path, f"{given} steps leave nothing of {place.limit}",
                    "Shorten the others, or raise total.")  # fmt: skip
    return left
