"""Formulas, recurrences and Python functions as rows.

A formula's names become counts of the step, one row for each stretch of one pace; it is tried over its range here,
for nothing can be raised inside a graph. A recurrence is worked out once and becomes a table.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from unisched import normalise
from unisched.formulas import evaluation as formula
from unisched.formulas.tree import LAST, Binary, Integer, Number, Previous, Step, Tree, Unary
from unisched.ir import MOST_VALUES, External, Formula, Phase, Value, constant
from unisched.lowering.leaves import start_of
from unisched.lowering.place import Place, Stretch, fault, placed
from unisched.namespace import numpy_namespace
from unisched.spec.curve import CallableCurve
from unisched.spec.formulas import FormulaCurve, RecurrenceCurve

__all__ = ["callable_leaf", "formula_leaf", "recurrence_leaf"]

_PI: Final = Number(math.pi)
_UNITS: Final[dict[str, Literal["epochs", "samples", "tokens"]]] = {
    "epoch": "epochs", "samples": "samples", "tokens": "tokens",
}  # fmt: skip
_DENSE: Final = 2**14
_SPREAD: Final = 2**11
_MOST_TRIED: Final = 2**20
"""The most operations done for trying a formula, whatever its size and the number of its rows."""


def callable_leaf(curve: CallableCurve, place: Place) -> Value:
    """Give a Python function, a factor of the base where there is one."""
    return place.scaled(normalise.single(External(function=curve.function, name=curve.name)))


def formula_leaf(curve: FormulaCurve, place: Place) -> Value:
    """Give a formula; one that asks for a length holds what it reached at its end."""
    rows = list(_rows(curve, place))
    with placed(place.path_of("expression")):
        for (start, tree), after in zip(rows, [*(start for start, _ in rows[1:]), None], strict=True):
            end = after if after is not None else max(start, place.length or 0)
            most = min(_MOST_TRIED // len(rows), place.budget.operations) // tree.facts.size
            place.budget.operations -= _try(tree, start, end, max(1, most)) * tree.facts.size
    _remark(rows, place)
    value = normalise.sequence([(start, _row(tree, start)) for start, tree in rows])
    return place.scaled(normalise.hold(value, _length(place)) if curve.bounded else value)


def recurrence_leaf(curve: RecurrenceCurve, place: Place) -> Value:
    """Give the values of a recurrence over the whole place; from its end on, the last of them."""
    length, level = _length(place), start_of(curve.start, place, "start")
    if level.absolute:
        raise fault("absolute.recurrence", place.path_of("start"), "a recurrence is a factor of the base, and its "
                    "start is absolute", "Give start as a factor, or leave the base out.")  # fmt: skip
    if length >= MOST_VALUES:
        raise fault("table.too_long", place.path, f"a recurrence of {length} steps is a table of {length + 1} values, "
                    f"more than {MOST_VALUES}", "Give it a shorter duration; it then holds its last value. Or write it "
                    "as a formula.")  # fmt: skip
    place.budget.tabulate(length + 1, place.path)
    tree = curve.next.bind({"value": Previous(), "step": Step(), "pi": _PI})
    following, value = formula.recurrence(tree), level.factor
    values = [value]
    with placed(place.path_of("next")):
        for step in range(1, length + 1):
            value = following(value, step)
            values.append(value)
    return place.scaled(normalise.table(values, Phase.of(span=1, wrap="free")))


def _rows(curve: FormulaCurve, place: Place) -> Iterator[tuple[int, Tree]]:
    """Give the formula with counts of the step for its names, from each step on at which some pace changes."""
    names = curve.expression.names
    counts = {name: place.pace(unit, "expression") for name, unit in _UNITS.items() if name in names}
    if "progress" in names:
        counts["progress"] = place.progress("expression")
    known: dict[str, Tree] = {"step": Step(), "pi": _PI}
    if "length" in names:
        known["length"] = Integer(_length(place))
    with placed(place.path_of("expression")):
        starts = {name: [stretch.start for stretch in stretches] for name, stretches in counts.items()}
        for start in sorted({0, *chain.from_iterable(starts.values())}):
            holding = {name: counts[name][bisect_right(starts[name], start) - 1] for name in counts}
            yield start, curve.expression.bind({**known, **{name: _count(holding[name]) for name in holding}})


def _count(stretch: Stretch) -> Tree:
    start, rate, offset, divisor = stretch
    grown = Step() if rate == 1 else Binary("*", Step(), _whole(rate))
    ahead = offset - rate * start
    moved = Binary("+", grown, _whole(ahead)) if ahead else grown
    return moved if divisor == 1 else Binary("/", moved, _whole(divisor))


def _whole(number: int) -> Tree:
    return Integer(number) if abs(number) <= LAST else Number(float(number))


def _row(tree: Tree, start: int) -> Value:
    if isinstance(tree, Integer | Number):
        return constant(float(tree.value))
    return normalise.single(Formula(tree=tree, offset=start))


def _try(tree: Tree, start: int, end: int, most: int) -> int:
    """Raise at a step from `start` to `end` where the formula has no value: all of the first, and a spread of the rest.

    Without a known end, only the first step is tried. Gives how many steps were.
    """
    steps = _tried(start, end, min(_DENSE, most), min(_SPREAD, most))
    with np.errstate(all="ignore"):
        values = formula.traced(tree, numpy_namespace, steps, steps < 0, math.nan)
    for step in steps[~np.isfinite(values)].tolist():
        formula.host(tree)(step)
    return len(steps)


def _tried(start: int, end: int, dense: int, spread: int) -> npt.NDArray[np.int64]:
    first = np.arange(start, min(start + dense, end) + 1, dtype=np.int64)
    if start + dense >= end:
        return first
    between = np.linspace(start + dense, end, spread).astype(np.int64)
    return np.unique(np.concatenate([first, np.minimum(between, end), np.arange(max(start, end - spread), end + 1)]))


def _remark(rows: list[tuple[int, Tree]], place: Place) -> None:
    if all(tree.facts.constant for _, tree in rows):
        place.note("formula.constant", "the formula does not depend on the step; write a number")
    if any(_cancels(tree) for _, tree in rows):
        place.note("formula.cancels", "1 + cos(...) loses its digits near the end; the kind cosine does not")


def _cancels(tree: Tree) -> bool:
    match tree:
        case Binary(op="+", left=Integer(value=1) | Number(value=1.0), right=Unary(op="cos")):
            return True
        case Binary(op="+", left=Unary(op="cos"), right=Integer(value=1) | Number(value=1.0)):
            return True
        case Binary(left=left, right=right):
            return _cancels(left) or _cancels(right)
        case Unary(operand=operand):
            return _cancels(operand)
        case _:
            return False


def _length(place: Place) -> int:
    return place.progress()[-1].divisor if place.length is None else place.length
