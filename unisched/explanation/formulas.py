"""The formula of a curve with the user's numbers, and of a value made of several. Knows nodes; no sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from unisched.explanation.mathematics import (
    PI,
    Call,
    Choice,
    Comparison,
    Entry,
    Negative,
    Power,
    Symbol,
    Written,
    difference,
    minus,
    number,
    over,
    plus,
    times,
    to_the,
)
from unisched.explanation.names import Names
from unisched.explanation.positions import count, later, position, since
from unisched.explanation.rows import Row, rows_of
from unisched.explanation.trees import written
from unisched.ir import (
    Base,
    Constant,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Operator,
    Ramp,
    Signal,
    Table,
)
from unisched.ir import Power as PowerDecay

__all__ = ["combined", "formula"]


def formula(curve: Curve, start: int, step: Written, names: Names) -> Written:
    """Give the formula of a curve that begins at `start`, at a step of the clock that counts `start`.

    It holds up to where the curve comes to rest, which `rows_of` makes a row of its own.
    """
    match curve:
        case Constant(value=value):
            return number(value)
        case Base():
            return Symbol(names.base())
        case Ramp():
            return _ramp(curve, _across(curve, start, step))
        case Exponential():
            return _exponential(curve, _exponent(curve, start, step))
        case PowerDecay(value=value, exponent=exponent, phase=phase):
            return times(number(value), Power(since(step, start, phase, ahead=1), number(-exponent)))
        case Table():
            return _table(curve, start, step, names)
        case Formula(tree=tree, offset=offset):
            return written(tree, later(step, offset - start))
        case External(function=function, name=name, offset=offset):
            return Call(names.function(function, name), (later(step, offset - start),))
        case Noise():
            return _noise(curve, start, step, names)
        case Signal(index=index):
            return Symbol(names.controller(index))
        case Fold():
            return _fold(curve, start, step, names)
        case _:
            assert_never(curve)


def combined(op: Operator, parts: Sequence[Written]) -> Written:
    """Give the formula of an operator over its operands."""
    match op:
        case "product":
            return times(*parts)
        case "sum":
            return plus(*parts)
        case "minimum":
            return Call("min", tuple(parts))
        case "maximum":
            return Call("max", tuple(parts))
        case _:
            assert_never(op)


def _across(ramp: Ramp, start: int, step: Written) -> Written:
    """Give where a ramp stands; a cosine that turns back is one wave that goes on."""
    phase = ramp.phase
    if ramp.shape == "cosine" and phase.wrap == "bounce":
        phase = replace(phase, wrap="free")
    return since(step, start, phase)


def _ramp(ramp: Ramp, across: Written) -> Written:
    weight, is_of_end = _weight(ramp, to_the(across, ramp.warp))
    near, far = (ramp.start, ramp.end) if is_of_end else (ramp.end, ramp.start)
    return plus(number(near), times(difference(far, near), weight))


def _weight(ramp: Ramp, across: Written) -> tuple[Written, bool]:
    """Give the weight of one end, and whether that is the second: the one that needs fewer signs."""
    is_of_end = ramp.mirror or (ramp.power == 1 and (ramp.start == 0 or (ramp.end > ramp.start and ramp.end != 0)))
    if ramp.shape == "linear":
        return to_the(across if is_of_end else minus(number(1), across), ramp.power), is_of_end
    wave: Written = Call("cos", (times(PI, across),))
    half = over(minus(number(1), wave) if is_of_end else plus(number(1), wave), number(2))
    return to_the(half, ramp.power), is_of_end


def _exponent(curve: Exponential, start: int, step: Written) -> Written:
    phase = curve.phase
    if phase.every > 1 and phase.rate * phase.every % phase.span == 0 and phase.offset % phase.span == 0:
        return later(count(step, start, replace(phase, offset=0)), phase.offset // phase.span)
    return to_the(since(step, start, phase), curve.warp)


def _exponential(curve: Exponential, exponent: Written) -> Written:
    growth = over(number(curve.to), number(curve.of))
    return times(number(curve.value), Power(growth, exponent))


def _table(table: Table, start: int, step: Written, names: Names) -> Written:
    name, index = names.table(table.values), count(step, start, table.phase)
    if not table.linear:
        return Entry(name, index)
    entry, after = Entry(name, index), Entry(name, plus(index, number(1)))
    return plus(entry, times(minus(after, entry), minus(since(step, start, table.phase), index)))


def _noise(noise: Noise, start: int, step: Written, names: Names) -> Written:
    draw = Call(names.draw(), (number(noise.seed), count(step, start, noise.phase)))
    x = times(number(noise.std), draw)
    if noise.limit is None:
        return plus(number(1), x)
    limit = number(noise.limit)
    return plus(number(1), Call("max", (Negative(limit), Call("min", (limit, x)))))


def _fold(fold: Fold, start: int, step: Written, names: Names) -> Written:
    if fold.phase.wrap == "restart":
        inside, stop = position(step, start, fold.phase), fold.phase.span
        return _body(rows_of(fold.track, stop), names.cycle(inside), names)
    return _body(rows_of(fold.track), names.cycle(count(step, start, fold.phase)), names)


def _body(rows: Sequence[Row], step: Written, names: Names) -> Written:
    *others, last = [(row, formula(row.curve, row.origin, step, names)) for row in rows]
    if not others:
        return last[1]
    starts = [row.start for row in rows[1:]]
    cases = [(Comparison("<", step, number(stop)), inner) for stop, (_, inner) in zip(starts, others, strict=True)]
    return Choice(tuple(cases), last[1])
