"""A curve in words: what it does, as the rest of a sentence, and what it is, as a part of one. Knows nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import assert_never

from unisched.explanation.rows import Row, rows_of
from unisched.ir import (
    OPERATIONS,
    Base,
    Constant,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Operator,
    Phase,
    Power,
    Ramp,
    Signal,
    Table,
)

__all__ = ["Words", "constant", "joined", "numeral", "ordinary", "shown", "words"]

_FEW = 4
_WRITTEN = 12
"""Who writes a number takes no more digits than these, and what is rounded away takes more."""


@dataclass(frozen=True, slots=True)
class Words:
    """What follows "the rate", what may stand in its place, the number that it is, and what it is the product of.

    A short one needs no article and no brackets: a number, or what the optimizer was given.
    """

    does: str
    is_: str
    number: float | None = None
    is_short: bool = False
    factors: tuple[Words, ...] = ()


def words(row: Row, span: tuple[int, int | None] | None = None) -> Words:
    """Give what the curve of a row does, and over which steps where those are others than the `span` spoken of."""
    found = _words(row)
    if span in (None, (row.start, row.stop)) or isinstance(row.curve, Constant | Base | Signal):
        return found
    return Words(found.does, f"{found.is_} {_over(row)}")


def joined(op: Operator, parts: Sequence[Words]) -> Words:
    """Give the words of an operator over its operands; operands that change nothing are left out."""
    if op == "product":
        return _product([factor for part in parts for factor in part.factors or (part,)])
    if all(part.number is not None for part in parts):
        return constant(_folded(op, parts))
    kept = [part for part in parts if op != "sum" or part.number != 0]
    if len(kept) == 1:
        return kept[0]
    return _listed(f"{_name(op, len(kept))} of {ordinary([_inner(part.is_) for part in kept])}")


def _product(factors: Sequence[Words]) -> Words:
    numbers = [factor for factor in factors if factor.number is not None]
    product = _folded("product", numbers)
    if len(numbers) == len(factors) or product == 0:
        return constant(product)
    kept = [factor for factor in factors if factor.number is None]
    if product != 1:
        kept.insert(0, constant(product))
    if len(kept) == 1:
        return kept[0]
    short, long = [part for part in kept if part.is_short], [part for part in kept if not part.is_short]
    rest = [_inner(long[0].is_)] if len(long) == 1 else []
    if len(long) > 1:
        rest = [f"the product of {ordinary([_inner(part.is_) for part in long])}"]
    ahead = [part.is_ if part.number is None else shown(part.number) for part in short]
    return replace(_listed(" times ".join([*ahead, *rest])), factors=tuple(kept))


def _listed(text: str) -> Words:
    return Words(f"is {text}", text)


def _folded(op: Operator, parts: Sequence[Words]) -> float:
    numbers = [part.number for part in parts if part.number is not None]
    return reduce(OPERATIONS[op], numbers) if numbers else 1.0


def shown(value: float) -> str:
    """Give a number as people write it: whole ones without a fraction, what arithmetic made of others in six digits.

    >>> shown(1.0), shown(1e-05), shown(0.12345678), shown(0.1 + 0.2)
    ('1', '1e-05', '0.12345678', '0.3')
    """
    digits = Decimal(repr(value)).normalize().as_tuple().digits
    return (repr(value) if len(digits) <= _WRITTEN else f"{value:.6g}").removesuffix(".0")


def _name(op: Operator, count: int) -> str:
    match op:
        case "product" | "sum":
            return f"the {op}"
        case "minimum":
            return "the smaller" if count == 2 else "the smallest"
        case "maximum":
            return "the larger" if count == 2 else "the largest"
        case _:
            assert_never(op)


def _inner(text: str) -> str:
    """Put an operand in brackets where it lists others itself."""
    return f"({text})" if re.match(r"the (product|sum|small|large)|1 plus |.* times ", text) else text


def constant(value: float) -> Words:
    """Give the words of a number."""
    return Words(f"stays at {shown(value)}", f"the constant {shown(value)}", value, is_short=True)


def ordinary(items: list[str]) -> str:
    """Give a list as people say it.

    >>> ordinary(["a", "b", "c"])
    'a, b and c'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def numeral(count: Fraction | int, unit: str = "step") -> str:
    """Give a length in words: "1 step", "2.5 steps", "20/3 steps"."""
    exact = Fraction(count)
    if exact.denominator == 1:
        return f"{exact.numerator} {unit}" + ("s" if exact != 1 else "")
    decimal = repr(exact.numerator / exact.denominator)
    return f"{decimal if Fraction(decimal) == exact else exact} {unit}s"


def _words(row: Row) -> Words:
    match row.curve:
        case Constant(value=value):
            return constant(value)
        case Base():
            return Words("is the optimizer's value", "the optimizer's value", is_short=True)
        case Ramp():
            return _ramp(row.curve, row)
        case Exponential():
            return _exponential(row.curve)
        case Power(value=value, exponent=exponent, phase=phase):
            way = (f"{shown(value)} as the power {shown(-exponent)} of the steps since its timescale of "
                   f"{_length(phase)} began{_details(phase)}")  # fmt: skip
            return Words(f"decays from {way}", f"a decay from {way}")
        case Table(values=values, linear=linear, phase=phase):
            lines = " with straight lines between them" if linear else ""
            table = f"a table of {numeral(len(values), 'value')}, one {_every(phase)}{lines}{_details(phase)}"
            return Words(f"follows {table}", table)
        case Formula():
            return Words("follows the document's formula", "the document's formula")
        case External(name=name):
            return Words(f"is what the Python function {name} gives", f"what the Python function {name} gives")
        case Noise():
            noise = _noise(row.curve)
            return Words(f"is {noise}", noise)
        case Signal(index=index, held=held):
            signal = f"what controller {index} {'had reached' if held else 'has reached'}"
            return Words(f"is {signal}", signal)
        case Fold():
            return _fold(row.curve)
        case _:
            assert_never(row.curve)


def _ramp(ramp: Ramp, row: Row) -> Words:
    way, rising, phase = _way(ramp), ramp.end > ramp.start, ramp.phase
    if phase.wrap == "bounce":
        swing = f"between {shown(ramp.start)} and {shown(ramp.end)} {way}, {_length(phase)} each way{_details(phase)}"
        return Words(f"swings {swing}", f"a swing {swing}")
    again = f", again {_every(phase)}" if phase.wrap == "restart" else ""
    reaches = phase.wrap == "restart" or row.stop is None or row.stop - row.origin >= phase.reach(phase.span)
    path = f"from {shown(ramp.start)} {'to' if reaches else 'towards'} {shown(ramp.end)} {way}{again}{_details(phase)}"
    path += "" if reaches else f", which it would reach after {_length(phase)}"
    return Words(f"{'rises' if rising else 'falls'} {path}", f"a {'rise' if rising else 'fall'} {path}")


def _way(ramp: Ramp) -> str:
    """Give along what a ramp runs: a line that is bent by a power is no straight one."""
    if ramp.shape == "linear" and (ramp.power, ramp.warp) == (1, 0.5) and ramp.end < ramp.start:
        return "along one minus a square root"
    bent = []
    if ramp.power != 1:
        bent.append(f"{'what is behind' if ramp.mirror else 'what is left to go'} to the power {shown(ramp.power)}")
    if ramp.warp != 1:
        bent.append(f"its progress to the power {shown(ramp.warp)}")
    if ramp.shape == "linear":
        return f"along a curve ({ordinary(bent)})" if bent else "in a straight line"
    return "along half a cosine wave" + (f" ({ordinary(bent)})" if bent else "")


def _exponential(curve: Exponential) -> Words:
    phase, up = curve.phase, curve.to > curve.of
    if phase.wrap == "hold" and curve.value == curve.of:
        warp = "" if curve.warp == 1 else f", its progress to the power {shown(curve.warp)}"
        way = f"geometrically from {shown(curve.of)} to {shown(curve.to)} over {_length(phase)}{warp}{_details(phase)}"
        return Words(f"{'grows' if up else 'decays'} {way}", f"a {'growth' if up else 'decay'}, {way}")
    ratio = f"{shown(curve.to)}" if curve.of == 1 else f"{shown(curve.to)} / {shown(curve.of)}"
    warp = "" if curve.warp == 1 else f", its progress to the power {shown(curve.warp)}"
    way = f"geometrically from {shown(curve.value)}, times {ratio} {_every(phase)}{warp}{_details(phase)}"
    return Words(f"{'grows' if up else 'decays'} {way}", f"a {'growth' if up else 'decay'}, {way}")


def _noise(noise: Noise) -> str:
    limit = f", at most {shown(noise.limit)} away from it" if noise.limit is not None else ""
    return (f"1 plus normal noise of deviation {shown(noise.std)}{limit}, drawn anew {_every(noise.phase)} "
            f"by the seed {noise.seed}{_details(noise.phase)}")  # fmt: skip


def _fold(fold: Fold) -> Words:
    if fold.phase.wrap == "free":
        return _stairs(fold)
    rows = rows_of(fold.track, fold.phase.span)
    parts = [f"{words(row).does} {_over(row)}" for row in rows[:_FEW]]
    more = f", and {len(rows) - _FEW} more" if len(rows) > _FEW else ""
    cycle = f"a cycle of {_length(fold.phase)}, in which it {'; then it '.join(parts)}{more}{_details(fold.phase)}"
    return Words(f"repeats {cycle}", cycle)


def _stairs(fold: Fold) -> Words:
    rows = rows_of(fold.track)
    parts = [words(row).does for row in rows[:_FEW]]
    more = f", and {len(rows) - _FEW} more" if len(rows) > _FEW else ""
    phase = fold.phase
    if phase.rate * phase.every == phase.span * phase.every:
        way = f"on stairs of {numeral(phase.every)}"
    else:
        way = f"on a clock that counts one {_every(phase)}"
    text = f"what, {way}, {'; then '.join(parts)}{more}"
    return Words(f"is {text}", text)


def _over(row: Row) -> str:
    if row.stop is None:
        return f"from step {row.start} on"
    return f"at step {row.start}" if row.stop - row.start == 1 else f"over steps {row.start} to {row.stop - 1}"


def _every(phase: Phase) -> str:
    return "each step" if phase.span == phase.rate else f"every {_length(phase)}"


def _length(phase: Phase) -> str:
    return numeral(Fraction(phase.span, phase.rate))


def _details(phase: Phase) -> str:
    text = ""
    if phase.offset:
        text += f", entered {Fraction(phase.offset, phase.span)} of the way in"
    if phase.every > 1:
        text += f", on stairs of {numeral(phase.every)}" + (f", {phase.lead} in" if phase.lead else "")
    return text
