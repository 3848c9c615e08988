"""Cycles as rows: folded where they are alike, laid out one by one where they differ in length."""

from __future__ import annotations

from unisched import ir, normalise
from unisched.duration import Unit, whole
from unisched.ir import Phase, Value
from unisched.lowering.dialects import Lower
from unisched.lowering.lengths import cycles, most_cycles, stretch, stretched
from unisched.lowering.place import Exact, Place, changed, fault, plain, steps
from unisched.spec.combinators import RepeatCurve

__all__ = ["lower_repeat"]


def lower_repeat(curve: RepeatCurve, place: Place, lower: Lower) -> Value:
    """Give the curve again and again, each cycle compiled anew, and from its end what the last one reached."""
    if isinstance(curve.period, tuple) or curve.period is None or curve.stretch != 1:
        return _unrolled(curve, place, lower)
    period = steps(curve.period, place, "period")
    if period.denominator != 1 or place.clock.ramp(place.unit_of(curve.period)) is not None:
        return _unrolled(curve, place, lower)
    end = whole(period) * curve.times if curve.times is not None else place.length
    inner = changed(place.inside("curve").lasting(period, "the cycle"), cycle=True)
    value = normalise.repeat(lower(curve.curve, inner), whole(period), end)
    if curve.scale == 1:
        return value
    span = whole(period)
    phase = Phase.of(span=1, wrap="free") if span == 1 else Phase(span=span, every=span, wrap="free")
    factor: Value = normalise.exponential(1.0, curve.scale, 1.0, phase)
    if end is not None:
        factor = normalise.sequence([(0, factor), (end, normalise.frozen(factor, end - 1))])
    return normalise.combine("product", [value, factor])


def _unrolled(curve: RepeatCurve, place: Place, lower: Lower) -> Value:
    """Lay out each cycle as a part of its own, on boundaries rounded from the sum of all cycles before."""
    lengths = cycles(curve, place, _cycles_to_fill(curve, place))
    ends: list[Exact] = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    bounded = isinstance(curve.period, tuple) or curve.times is not None
    stop = whole(ends[-1]) if bounded or place.length is None else place.length
    pieces: list[tuple[int, Value]] = []
    factors: list[tuple[int, Value]] = []
    for index, length in enumerate(lengths):
        start, end = whole(ends[index]), whole(ends[index + 1])
        if start == end:
            raise fault("duration.vanishes", place.path, f"cycle {index}, of {plain(length)} steps, rounds to none",
                        "Give longer periods.")  # fmt: skip
        later, unit = place.inside("curve").since(start), _unit(curve, index, place)
        inner = changed(later.spanning(end - start, length, "the cycle", unit, later.origin), cycle=True)
        spent = place.budget.cycles
        value = lower(curve.curve, inner)
        known = place.budget.cycles - spent
        place.budget.lay_out(max(sum(1 for _ in ir.rows(value)) - known, 0), place.path)
        pieces.append((start, normalise.hold(value, min(end, stop) - start)))
        factors.append((start, normalise.frozen(_scale(curve), index)))
    if curve.scale == 1:
        return normalise.sequence(pieces)
    return normalise.combine("product", [normalise.sequence(pieces), normalise.sequence(factors)])


def _scale(curve: RepeatCurve) -> Value:
    return normalise.exponential(1.0, curve.scale, 1.0, Phase.of(span=1, wrap="free"))


def _unit(curve: RepeatCurve, index: int, place: Place) -> Unit:
    """Give what the length of a cycle is counted in."""
    if curve.period is None:
        return place.unit
    return place.unit_of(curve.period[index] if isinstance(curve.period, tuple) else curve.period)


def _cycles_to_fill(curve: RepeatCurve, place: Place) -> int | None:
    """Give how many cycles it takes to fill the place, where neither times nor a list says so."""
    if curve.times is not None or curve.period is None or isinstance(curve.period, tuple):
        return None
    if place.length is None:
        raise fault(
            "repeat.endless", place.path, "cycles that differ in length need an end", "Give times, a duration or total."
        )
    filled: Exact = 0
    count, most = 0, most_cycles(curve)
    lengths = stretched(curve.period, stretch(curve), place)
    while filled < place.length and count <= most:
        filled, count = filled + next(lengths), count + 1
    if count > most:
        raise fault("program.too_large", place.path, f"more than {most} cycles that differ in length",
                    "Give a period of whole steps without stretch, which costs no rows.")  # fmt: skip
    return count
