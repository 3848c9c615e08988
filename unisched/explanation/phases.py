"""The phases of a value: between two boundaries one formula holds, whatever the value is made of.

The boundaries are those of all timelines in it together. Knows nodes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from unisched import ir
from unisched.explanation.formulas import combined, formula
from unisched.explanation.latex import latex
from unisched.explanation.mathematics import Symbol, Written, number, times
from unisched.explanation.names import Names, Where
from unisched.explanation.plain import plain
from unisched.explanation.rows import Row, rows_of
from unisched.explanation.words import Words, constant, joined, words
from unisched.ir import Combine, Track, Value

__all__ = ["STEP", "PhaseText", "phases_of"]

STEP = Symbol("k")
_Rows: TypeAlias = dict[int, tuple[list[int], list[Row]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseText:
    """From which step to which (`None`: no end) what holds: in words, as a formula of the step k, and in LaTeX.

    `where` says what other letters in the formula stand for, in the order in which they build on each other.
    """

    start: int
    stop: int | None
    words: str
    formula: str
    latex: str
    where: tuple[Where, ...] = ()


def phases_of(value: Value, scale: float, names: Names) -> list[PhaseText]:
    """Give the phases in order, the first from step 0, each up to the next."""
    rows: _Rows = {}
    for track in ir.tracks(value):
        found = rows_of(track)
        rows[id(track)] = [row.start for row in found], found
    boundaries = sorted({start for starts, _ in rows.values() for start in starts})
    stops: list[int | None] = [*boundaries[1:], None]
    return [_phase(value, scale, start, stop, rows, names) for start, stop in zip(boundaries, stops, strict=True)]


def _phase(value: Value, scale: float, start: int, stop: int | None, rows: _Rows, names: Names) -> PhaseText:
    span = None if isinstance(value, Track) else (start, stop)
    said = joined("product", [constant(scale), _said(value, start, rows, span)])
    written = times(number(scale), _written(value, start, rows, names))
    return PhaseText(start=start, stop=stop, words=said.does, formula=plain(written), latex=latex(written),
                     where=names.taken())  # fmt: skip


def _row(track: Track, step: int, rows: _Rows) -> Row:
    starts, found = rows[id(track)]
    return found[bisect_right(starts, step) - 1]


def _said(value: Value, step: int, rows: _Rows, span: tuple[int, int | None] | None) -> Words:
    match value:
        case Track():
            return words(_row(value, step, rows), span)
        case Combine(op=op, parts=parts):
            return joined(op, [_said(part, step, rows, span) for part in parts])
        case _:
            assert_never(value)


def _written(value: Value, step: int, rows: _Rows, names: Names) -> Written:
    match value:
        case Track():
            row = _row(value, step, rows)
            return formula(row.curve, row.origin, STEP, names)
        case Combine(op=op, parts=parts):
            return combined(op, [_written(part, step, rows, names) for part in parts])
        case _:
            assert_never(value)
