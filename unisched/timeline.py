"""The traced text of one timeline: a search, a lookup of its columns, and one formula for each kind of curve.

The size of the graph does not depend on the number of rows. The rules behind the text:

- Constants enter through `table` only, as int64 or float64: libraries round bare floats to float32 on the way.
- Divisors are selected on the step, so that no compiler turns x / T into x · (1 / T); negative steps, where that
  select is wrong, are the caller's to replace.
- Every branch of every select is finite, and positions saturate instead of leaving 64 bits.

Knows tables; the library is an argument.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final, TypeAlias

from unisched import noise
from unisched.formulas import evaluation as formula
from unisched.namespace import Namespace, Tensor
from unisched.packing import EXPONENTIAL, FORMULA, KEYS, NOISE, PLAIN, POWER, RAMP, SIGNAL, TABLE, Packed

__all__ = ["timeline"]

_Weights: TypeAlias = tuple[Tensor, Tensor]
_NEGLIGIBLE: Final = 2.0**-60
_FEW: Final = 4
"""Up to so many rows a parameter is selected by comparing, which compiles into one kernel, as tables do not."""


class _Rows:
    """The parameters of the rows that hold at each address, each looked up once."""

    def __init__(self, table: Packed, xp: Namespace, address: Tensor) -> None:
        self._table, self._xp = table, xp
        self._found: dict[int, Tensor] = {}
        self._passed: list[Tensor] | None = None
        if len(table.keys) < _FEW:
            self._passed = [address >= xp.table(key) for key in table.keys]
        else:
            self._index = xp.search(xp.table(table.keys), address)

    def uses(self, name: str) -> bool:
        """Tell whether any row departs from what changes nothing."""
        return self._table.columns[name] != PLAIN[name]

    def has(self, flag: str) -> bool:
        """Tell whether any row carries the flag."""
        return self._table.columns[flag] != 0

    def flagged(self, flag: str, then: Tensor, otherwise: Tensor) -> Tensor:
        """Select on a flag of the row; no select where all rows agree."""
        column = self._table.columns[flag]
        if not isinstance(column, list):
            return then if column else otherwise
        return self._xp.where(self[flag] > 0, then, otherwise)

    def __getitem__(self, name: str) -> Tensor:
        column = self._table.columns[name]
        if not isinstance(column, list):
            return self._xp.table(column)
        if id(column) not in self._found:
            self._found[id(column)] = self._looked_up(column)
        return self._found[id(column)]

    def _looked_up(self, column: list[int] | list[float]) -> Tensor:
        xp = self._xp
        if self._passed is None:
            return xp.take(xp.table(column), self._index)
        found = xp.table(column[0])
        for passed, (before, value) in zip(self._passed, pairwise(column), strict=True):
            found = found if value == before else xp.where(passed, xp.table(value), found)
        return found


def timeline(table: Packed, xp: Namespace, step: Tensor, negative: Tensor, factors: Tensor = None) -> Tensor:
    """Give the value of a timeline at int64 steps within 0 and `LAST`; where `negative`, any finite number.

    `factors`, a float64 vector, holds what the controllers have reached, by index.
    """
    address = xp.minimum(step, xp.table(table.final)) if table.depth else step
    rows = _Rows(table, xp, address)
    for _ in range(table.depth):
        inside = _position(rows, xp, step)
        if rows.uses("share"):
            inside = inside // rows["share"]
        folds = rows["jump"] > 0
        address = xp.where(folds, rows["jump"] + xp.minimum(inside, rows["final"]), address)
        step = xp.where(folds, inside, step)
        rows = _Rows(table, xp, address)
    return _formula(table, rows, xp, _position(rows, xp, step), negative, factors)


def _position(rows: _Rows, xp: Namespace, step: Tensor) -> Tensor:
    """Give p of the phase, in integers only."""
    if rows.uses("start"):
        step = step - rows["start"]
    if rows.uses("limit"):
        step = xp.minimum(step, rows["limit"])
    if rows.uses("lead"):
        step = step + rows["lead"]
    if rows.uses("every"):
        step = step - step % rows["every"]
    if rows.uses("rate"):
        step = step * rows["rate"]
    if rows.uses("offset"):
        step = step + rows["offset"]
    if rows.uses("modulus"):
        step = step % rows["modulus"]
    if rows.uses("cap"):
        step = xp.minimum(step, rows["cap"])
    if rows.uses("reflect"):
        step = xp.minimum(step, rows["reflect"] - step)
    return step


def _formula(table: Packed, rows: _Rows, xp: Namespace, position: Tensor, negative: Tensor, factors: Tensor) -> Tensor:
    if table.columns["first"] == table.columns["last"] and table.kinds == {RAMP}:
        return rows["first"]
    span, has_ramps, has_warps = rows["span"], RAMP in table.kinds, rows.has("warped")
    divisor = xp.where(negative, xp.float(span + 1), xp.float(span))
    is_within = table.kinds == {RAMP} or not (has_ramps or has_warps)
    part = position if is_within else xp.minimum(position, span)
    warped = _warped(rows, xp, part, divisor) if has_warps else None
    result = _ramp(rows, xp, part, divisor, warped) if has_ramps else None
    if table.kinds == {RAMP} and not (has_warps or rows.has("powered")):
        return result  # the weights of its ends are exactly 0 and 1
    if EXPONENTIAL in table.kinds:
        result = _chosen(rows, xp, EXPONENTIAL, _exponential(rows, xp, position, divisor, warped), result)
    if POWER in table.kinds:
        result = _chosen(rows, xp, POWER, _power(rows, xp, xp.float(span + position) / divisor), result)
    if TABLE in table.kinds:
        result = _chosen(rows, xp, TABLE, _table(table, rows, xp, position, divisor), result)
    if NOISE in table.kinds:
        drawn = [rows[key] for key in KEYS]
        factor = noise.traced(xp, rows["std"], rows["most"], drawn, position // span)
        result = _chosen(rows, xp, NOISE, factor, result)
    if SIGNAL in table.kinds:
        result = _chosen(rows, xp, SIGNAL, xp.take(factors, rows["entry"]), result)
    for kind, (tree, valid) in enumerate(table.formulas, FORMULA):
        # Where another curve holds, the formula reads a step at which it has a value.
        step = position if result is None else _chosen(rows, xp, kind, position, xp.table(valid))
        result = _chosen(rows, xp, kind, formula.traced(tree, xp, step, negative, table.faulty), result)
    if rows.uses("stop"):
        result = xp.where(position < rows["stop"], result, rows["last"])
    return xp.where(position > (rows["begin"] if rows.uses("begin") else 0), result, rows["first"])


def _chosen(rows: _Rows, xp: Namespace, kind: int, then: Tensor, otherwise: Tensor | None) -> Tensor:
    if otherwise is None:
        return then
    own = rows["kind"]
    return xp.where((own >= kind) & (own <= kind), then, otherwise)


def _ramp(rows: _Rows, xp: Namespace, part: Tensor, divisor: Tensor, warped: _Weights | None) -> Tensor:
    across, back = _even(rows, xp, part, divisor) if warped is None else _bent(rows, xp, *warped)
    if rows.has("powered"):
        bent, rest = _powered(xp, rows.flagged("mirrored", across, back), rows.flagged("mirrored", back, across),
                              rows["power"])  # fmt: skip
        across = rows.flagged("powered", rows.flagged("mirrored", bent, rest), across)
        back = rows.flagged("powered", rows.flagged("mirrored", rest, bent), back)
    return rows["first"] * back + rows["last"] * across


def _even(rows: _Rows, xp: Namespace, part: Tensor, divisor: Tensor) -> _Weights:
    """Give the weights of the last and the first value, from integers as long as possible."""
    rest = rows["span"] - part
    if not rows.has("cosine"):
        return xp.float(part) / divisor, xp.float(rest) / divisor
    # One quotient with one reader: with two, XLA computes it in a kernel of its own, at a tenth of a call.
    nearer = rows.flagged("cosine", xp.minimum(part, rest), part)
    across = xp.float(nearer) / divisor * rows.flagged("cosine", xp.table(math.pi / 2), xp.table(1.0))
    early, late = _arc(xp, across, part <= rest)
    return rows.flagged("cosine", early, across), rows.flagged("cosine", late, xp.float(rest) / divisor)


def _warped(rows: _Rows, xp: Namespace, part: Tensor, divisor: Tensor) -> _Weights:
    across, back = xp.float(part) / divisor, xp.float(rows["span"] - part) / divisor
    bent, rest = _powered(xp, across, back, rows["warp"])
    return rows.flagged("warped", bent, across), rows.flagged("warped", rest, back)


def _bent(rows: _Rows, xp: Namespace, across: Tensor, back: Tensor) -> _Weights:
    if not rows.has("cosine"):
        return across, back
    early, late = _arc(xp, xp.table(math.pi / 2) * xp.minimum(across, back), across <= back)
    return rows.flagged("cosine", early, across), rows.flagged("cosine", late, back)


def _arc(xp: Namespace, angle: Tensor, early: Tensor) -> _Weights:
    """Give the weights of a cosine from the angle to its nearer end, which is the first where `early`."""
    sine = xp.eighth_sin(angle)
    square = sine * sine
    rest = xp.table(1.0) - square
    return xp.where(early, square, rest), xp.where(early, rest, square)


def _powered(xp: Namespace, weight: Tensor, partner: Tensor, power: Tensor) -> tuple[Tensor, Tensor]:
    """Give weight^power and 1 minus it, from a weight and 1 minus that: with `pow` and `log` only."""
    one, half, negligible = xp.table(1.0), xp.table(0.5), xp.table(_NEGLIGIBLE)
    result = xp.power(weight, power)
    within = (result > negligible) & (result < one)
    safe, safe_result = xp.where(within, weight, half), xp.where(within, result, half)
    rest = (one - safe_result) * (power * (xp.log(safe) / xp.log(safe_result)) * (partner / (one - safe)))
    return result, xp.where(within, rest, xp.where(result < one, one, power * partner))


def _table(table: Packed, rows: _Rows, xp: Namespace, position: Tensor, divisor: Tensor) -> Tensor:
    values, span, entries = xp.table(table.values), rows["span"], rows["entries"]
    index = xp.minimum(position // span, entries)
    value = xp.take(values, rows["entry"] + index)
    if not rows.has("lines"):
        return value
    after = xp.take(values, rows["entry"] + xp.minimum(index + xp.table(1), entries))
    part = xp.minimum(position - index * span, span)
    line = value * (xp.float(span - part) / divisor) + after * (xp.float(part) / divisor)
    return xp.where(part > 0, rows.flagged("lines", line, value), value)


def _power(rows: _Rows, xp: Namespace, base: Tensor) -> Tensor:
    root = xp.power(base, rows["exponent"])
    result = rows["first"] * root
    return result * rows.flagged("steep", root, xp.table(1.0)) if rows.has("steep") else result


def _exponential(rows: _Rows, xp: Namespace, position: Tensor, divisor: Tensor, warped: _Weights | None) -> Tensor:
    span, factor = rows["span"], rows["factor"]
    if rows.uses("reach"):
        position = xp.minimum(position, rows["reach"])
    if rows.uses("pieces"):
        position = position * rows["pieces"]
    whole = position // span
    part = xp.power(factor, xp.float(position - whole * span) / divisor)
    whole = whole - rows["lag"] if rows.uses("lag") else whole
    half = whole // 2
    root = xp.power(factor, xp.float(half))
    result = rows["base" if rows.uses("lag") else "first"] * root
    if rows.uses("error"):
        result = result * xp.exp(xp.float(whole) * rows["error"])
    result = result * xp.where(whole > half + half, factor, xp.table(1.0)) * root * part
    if warped is None:
        return result
    across, back = warped
    early = across <= back
    exponent = xp.where(early, across, xp.table(0.0) - back)
    near = xp.where(early, rows["first"], rows["last"])
    bent_root = xp.power(factor, exponent * xp.float(rows["pieces"]) * xp.table(0.5))
    bent = near * bent_root * bent_root
    return rows.flagged("warped", bent, result)
