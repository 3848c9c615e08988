"""The traced text of one timeline: a search, a lookup of its columns, and one formula for each kind of curve.

The size of the graph does not depend on the number of rows. The rules behind the text:

- Constants enter through `table` only, as int64 or float64: libraries round bare floats to float32 on the way.
- Divisors are selected on the step, so that no compiler turns x / T into x · (1 / T): by row, or else by sign; negative
  steps, where the latter is wrong, are the caller's to replace.
- Every branch of every select is finite, and positions saturate instead of leaving 64 bits.

Knows tables; the library is an argument.
"""

from __future__ import annotations

import math
from functools import partial

from unisched import noise
from unisched.bent_weights import Bent, Weights, alone, progress, weights
from unisched.formulas import evaluation as formula
from unisched.namespace import Namespace, Tensor
from unisched.packing import EXPONENTIAL, FORMULA, KEYS, NOISE, POWER, RAMP, SIGNAL, TABLE, Packed
from unisched.table_rows import Rows

__all__ = ["is_right_below_0", "timeline"]


def timeline(table: Packed, xp: Namespace, step: Tensor, negative: Tensor, factors: Tensor = None) -> Tensor:
    """Give the value of a timeline at int64 steps within 0 and `LAST`; where `negative`, any finite number.

    `factors`, a float64 vector, holds what the controllers have reached, by index.
    """
    address = xp.minimum(step, xp.table(table.final)) if table.depth else step
    rows = Rows(table, xp, address)
    for _ in range(table.depth):
        inside = _position(rows, xp, step)
        if rows.uses("share"):
            inside = inside // rows["share"]
        folds = rows["jump"] > 0
        address = xp.where(folds, rows["jump"] + xp.minimum(inside, rows["final"]), address)
        step = xp.where(folds, inside, step)
        rows = Rows(table, xp, address)
    return _formula(table, rows, xp, _position(rows, xp, step), negative, factors)


def is_right_below_0(table: Packed) -> bool:
    """Tell whether `timeline` gives the value of step 0 where `negative`: in plain ramps that divide by row."""
    spans, is_bent = table.columns["span"], table.columns["warped"] != 0 or table.columns["powered"] != 0
    return table.kinds == {RAMP} and isinstance(spans, list) and not is_bent


def _position(rows: Rows, xp: Namespace, step: Tensor) -> Tensor:
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


def _formula(table: Packed, rows: Rows, xp: Namespace, position: Tensor, negative: Tensor, factors: Tensor) -> Tensor:
    if table.columns["first"] == table.columns["last"] and table.kinds == {RAMP}:
        return rows["first"]
    span, has_ramps, has_warps = rows["span"], RAMP in table.kinds, rows.has("warped")
    divisor = xp.float(span)
    if not is_right_below_0(table):
        divisor = xp.where(negative, xp.float(span + 1), divisor)
    is_within = table.kinds == {RAMP} or not (has_ramps or has_warps)
    part = position if is_within else xp.minimum(position, span)
    has_bent = has_warps or rows.has("powered")
    bent, pair = None, None
    if has_bent:
        apart = partial(alone, xp, negative, xp.float(part) / divisor)
        bent = progress(rows, xp, part, divisor, apart)
        pair = weights(rows, xp, bent, apart) if has_ramps else None
    result = _ramp(rows, xp, part, divisor, pair) if has_ramps else None
    if table.kinds == {RAMP} and not has_bent:
        return result  # the weights of its ends are exactly 0 and 1
    if EXPONENTIAL in table.kinds:
        result = _chosen(rows, xp, EXPONENTIAL, _exponential(rows, xp, position, divisor, bent), result)
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


def _chosen(rows: Rows, xp: Namespace, kind: int, then: Tensor, otherwise: Tensor | None) -> Tensor:
    if otherwise is None:
        return then
    own = rows["kind"]
    return xp.where((own >= kind) & (own <= kind), then, otherwise)


def _ramp(rows: Rows, xp: Namespace, part: Tensor, divisor: Tensor, bent: Weights | None) -> Tensor:
    if bent is not None:
        across, back = bent
        return rows["first"] * back + rows["last"] * across
    rest = rows["span"] - part
    if not rows.has("cosine"):
        return rows["first"] * (xp.float(rest) / divisor) + rows["last"] * (xp.float(part) / divisor)
    # One quotient with one reader: with two, XLA computes it in a kernel of its own, at a tenth of a call.
    nearer = rows.flagged("cosine", xp.minimum(part, rest), part)
    across = xp.float(nearer) / divisor * rows.flagged("cosine", xp.table(math.pi / 2), xp.table(1.0))
    sine = xp.eighth_sin(across)
    square = sine * sine
    near = rows.flagged("cosine", square, across)
    far = rows.flagged("cosine", xp.table(1.0) - square, xp.float(rest) / divisor)
    # Ends change places in place of weights, which take longer to come about.
    is_before_half = part <= nearer
    return (xp.where(is_before_half, rows["first"], rows["last"]) * far
            + xp.where(is_before_half, rows["last"], rows["first"]) * near)  # fmt: skip


def _table(table: Packed, rows: Rows, xp: Namespace, position: Tensor, divisor: Tensor) -> Tensor:
    values, span, entries = xp.table(table.values), rows["span"], rows["entries"]
    index = xp.minimum(position // span, entries)
    value = xp.take(values, rows["entry"] + index)
    if not rows.has("lines"):
        return value
    after = xp.take(values, rows["entry"] + xp.minimum(index + xp.table(1), entries))
    part = xp.minimum(position - index * span, span)
    line = value * (xp.float(span - part) / divisor) + after * (xp.float(part) / divisor)
    return xp.where(part > 0, rows.flagged("lines", line, value), value)


def _power(rows: Rows, xp: Namespace, base: Tensor) -> Tensor:
    root = xp.power(base, rows["exponent"])
    result = rows["first"] * root
    return result * rows.flagged("steep", root, xp.table(1.0)) if rows.has("steep") else result


def _exponential(rows: Rows, xp: Namespace, position: Tensor, divisor: Tensor, bent: Bent | None) -> Tensor:
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
    if bent is None:
        return result
    nearer = bent.near + bent.tail
    exponent = xp.where(bent.early, nearer, xp.table(0.0) - nearer)
    end = xp.where(bent.early, rows["first"], rows["last"])
    bent_root = xp.power(factor, exponent * xp.float(rows["pieces"]) * xp.table(0.5))
    return rows.flagged("warped", end * bent_root * bent_root, result)
