"""A timeline as a table: one row a curve, one column a parameter, folds laid out behind the rows that read them.

Wraps are numbers here, not branches, and a column with one value is that value: what is not used costs nothing.
Knows nodes and integers; no array library.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, assert_never

from unisched import noise
from unisched.errors import Problem, UnsupportedError
from unisched.exact import unbound
from unisched.external import untraceable
from unisched.formulas.tree import Tree
from unisched.geometric import STEEP, factors
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
from unisched.namespace import Column

__all__ = [
    "EXPONENTIAL", "FORMULA", "KEYS", "LARGEST", "LAST", "NEVER", "NOISE", "PLAIN", "POWER", "RAMP", "SIGNAL", "TABLE",
    "Packed", "pack",
]  # fmt: skip

LAST: Final = 2**62 - 1
"""The last step told apart: later ones read this one."""
NEVER: Final = 2**63 - 1
LARGEST: Final = sys.float_info.max
_FURTHEST: Final = 2**60

RAMP, EXPONENTIAL, POWER, TABLE, NOISE, SIGNAL, FORMULA = range(7)
"""The kinds of curve; formula number i has the kind FORMULA + i."""

KEYS: Final = tuple(f"key{index}" for index in range(noise.ROUNDS))


_Row: TypeAlias = dict[str, int | float]
"""One curve: the columns in which it departs from `PLAIN`."""

PLAIN: Final[_Row] = {
    "key": 0, "start": 0, "limit": NEVER, "lead": 0, "every": 1, "rate": 1, "offset": 0, "modulus": NEVER,
    "cap": LAST, "reflect": NEVER, "jump": 0, "final": 0, "share": 1, "span": 1, "stop": NEVER, "kind": RAMP,
    "first": 0.0, "last": 0.0, "cosine": 0, "warped": 0, "warp": 1.0, "powered": 0, "mirrored": 0, "power": 1.0,
    "pieces": 1, "factor": 1.0, "error": 0.0, "lag": 0, "base": 0.0, "reach": NEVER, "exponent": 0.0, "steep": 0,
    "begin": 0, "entry": 0, "entries": 0, "lines": 0, "std": 0.0, "most": 1.0,
    **dict.fromkeys(KEYS, 0),
}  # fmt: skip
"""The parameters that change nothing in any formula."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The columns of one timeline, its search keys, how deep its folds nest, and the kinds of curve in it.

    `values` are those of all its tables, one after another; `formulas` the distinct trees, each with a step at which
    it has a value; `faulty` stands where a formula has none (`None`: some finite number does).
    """

    keys: list[int]
    columns: dict[str, Column]
    depth: int
    final: int
    kinds: frozenset[int]
    values: list[float]
    formulas: tuple[tuple[Tree, int], ...]
    faulty: float | None


@dataclass(slots=True)
class _Layout:
    above: float
    rows: list[_Row] = field(default_factory=list)
    size: int = 0
    values: list[float] = field(default_factory=list)
    entries: dict[tuple[float, ...], int] = field(default_factory=dict)
    formulas: dict[Tree, tuple[int, int]] = field(default_factory=dict)


def pack(track: Track, above: float = LARGEST) -> Packed:
    """Give the table of a timeline, in which a growth above the float range reads `above`.

    Raises `BindingError` where it needs the optimizer's own value, `UnsupportedError` where it needs Python.
    """
    layout = _Layout(above)
    depth = _lay_out(track, layout)
    rows = layout.rows
    if layout.size > LAST:
        raise UnsupportedError(Problem("ir.too_long", "", "the cycles of the program are too long for 64-bit steps",
                                       "Shorten the cycles."))  # fmt: skip
    formulas = tuple((tree, offset) for tree, (_, offset) in layout.formulas.items())
    return Packed(_listed("key", rows)[1:], _columns(rows), depth, track.starts[-1], frozenset(_listed("kind", rows)),
                  layout.values, formulas, math.nan if above == math.inf else None)  # fmt: skip


def _columns(rows: Sequence[_Row]) -> dict[str, Column]:
    """Give all columns by name; equal ones are one list, so that it is looked up once."""
    used = set[str]().union(*rows)
    known: dict[Any, list[Any]] = {}
    columns: dict[str, Column] = dict(PLAIN)
    for name in used:
        values = _listed(name, rows)
        # An int equals a float, and a table has the type of its numbers.
        alike = known.setdefault((type(values[0]), *values), values)
        columns[name] = values[0] if len(set(values)) == 1 else alike
    return columns


def _listed(name: str, rows: Sequence[_Row]) -> list[Any]:
    plain = PLAIN[name]
    return [row.get(name, plain) for row in rows]


def _lay_out(track: Track, layout: _Layout) -> int:
    """Append the rows of a timeline, then those of the timelines folded into it; give the depth of folds."""
    address, place = layout.size, len(layout.rows)
    layout.size += track.starts[-1] + 1
    for curve, start in zip(track.curves, track.starts, strict=True):
        layout.rows.append(_row(curve, layout) | {"key": address + start, "start": start})
    depth = 0
    for index, curve in enumerate(track.curves):
        if isinstance(curve, Fold):
            layout.rows[place + index] |= {"jump": layout.size, "final": curve.track.starts[-1]}
            depth = max(depth, 1 + _lay_out(curve.track, layout))
    return depth


def _row(curve: Curve, layout: _Layout) -> _Row:
    match curve:
        case Constant(value=value):
            return _constant(value)
        case Base():
            raise unbound()
        case Ramp():
            return _clocked(curve.phase) | _Row(
                first=curve.start, last=curve.end, cosine=int(curve.shape == "cosine"), warped=int(curve.warp != 1.0),
                warp=curve.warp, powered=int(curve.power != 1.0), mirrored=int(curve.mirror), power=curve.power,
            )  # fmt: skip
        case Exponential():
            return _exponential(curve, layout.above)
        case Power():
            steep = abs(curve.value) > STEEP
            exponent = -curve.exponent / 2 if steep else -curve.exponent
            row = _Row(kind=POWER, first=curve.value, exponent=exponent, steep=int(steep), stop=NEVER)
            return _clocked(curve.phase) | row
        case Table():
            return _table(curve, layout)
        case Formula(tree=tree, offset=offset):
            kind, _ = layout.formulas.setdefault(tree, (FORMULA + len(layout.formulas), offset))
            return _clocked(Phase(span=1, offset=offset, wrap="free")) | _Row(kind=kind, begin=-1)
        case External():
            raise untraceable(curve)
        case Noise(std=std, limit=limit):
            drawn = dict(zip(KEYS, noise.keys(curve.seed), strict=True))
            most = LARGEST if limit is None else limit
            return _clocked(curve.phase) | drawn | _Row(kind=NOISE, begin=-1, std=std, most=most)
        case Signal(index=index):
            return _Row(kind=SIGNAL, begin=-1, entry=index)
        case Fold(phase=phase):
            return _clocked(phase) | _Row(share=phase.span if phase.wrap == "free" else 1, span=1)
        case _:
            assert_never(curve)


def _constant(value: float) -> _Row:
    return _Row(first=value, last=value, cap=1, stop=1)


def _table(table: Table, layout: _Layout) -> _Row:
    values, last = table.values, len(table.values) - 1
    if last == 0:
        return _constant(values[0])
    if values not in layout.entries:
        layout.entries[values] = len(layout.values)
        layout.values.extend(values)
    end = min(last * table.phase.span, LAST)
    return _clocked(table.phase) | _Row(
        kind=TABLE, first=values[0], last=values[last], stop=end, cap=end, entry=layout.entries[values], entries=last,
        lines=int(table.linear),
    )  # fmt: skip


def _exponential(curve: Exponential, above: float) -> _Row:
    if curve.value == 0.0:
        return _constant(0.0)
    row, form = _clocked(curve.phase), factors(curve)
    cap = min(row["cap"], _FURTHEST // form.pieces)
    row |= _Row(
        kind=EXPONENTIAL, first=curve.value, last=form.end, cap=cap, warped=int(curve.warp != 1.0), warp=curve.warp,
        pieces=form.pieces, factor=form.factor, error=form.error, lag=form.lag, base=form.base,
    )  # fmt: skip
    if curve.to < curve.of:
        return row
    if curve.phase.wrap == "hold" and math.isfinite(form.end):
        return row if form.reach > curve.phase.span else row | _Row(reach=curve.phase.span - 1)
    stop = min(row["stop"], form.reach + 1)
    return row | _Row(reach=form.reach, stop=stop, cap=min(cap, stop), last=math.copysign(above, curve.value))


def _clocked(phase: Phase) -> _Row:
    """Give the phase as columns; `limit` is the local step up to which no product leaves 64 bits."""
    rate = phase.rate
    if phase.wrap == "hold":
        rate = min(rate, max(1, -(-(phase.span - phase.offset) // phase.every)))
    elif phase.wrap != "free":
        rate = rate % phase.cycle or phase.cycle
    reach = (NEVER - phase.offset) // rate - phase.lead
    row = _Row(limit=NEVER if reach >= LAST else max(0, reach), lead=phase.lead, every=phase.every, rate=rate,
               offset=phase.offset, span=phase.span, cap=LAST, stop=NEVER)  # fmt: skip
    match phase.wrap:
        case "hold":
            return row | _Row(cap=phase.span, stop=phase.span)
        case "restart":
            return row | _Row(modulus=phase.cycle)
        case "bounce":
            return row | _Row(modulus=phase.cycle, reflect=phase.cycle)
        case "free":
            return row
        case _:
            assert_never(phase.wrap)
