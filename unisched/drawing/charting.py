"""The chart of a program's body: one panel a hyperparameter, one line for each param group that has an entry.

Takes a body and its clock; it knows no document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from unisched import ir, signals
from unisched.arrays import arrays
from unisched.drawing.chart import Chart, Line, Panel, checked_unit
from unisched.drawing.marks import marks
from unisched.drawing.sampling import COLUMNS, sampled
from unisched.duration import LAST_STEP, Clock, Duration, whole
from unisched.errors import BindingError, Problem, SpecError
from unisched.ir import Assignment, Body, Value
from unisched.sampling import sides

__all__ = ["charted", "extent"]

_OPEN_ENDED: Final = 100
"""So many steps at least are drawn of what has no end."""
_BASE: Final = "for a base of 1"
_METRIC: Final = "no metric observed"


def charted(
    body: Body,
    clock: Clock,
    *,
    by: str = "step",
    start: int | str = 0,
    stop: int | str | None = None,
    columns: int | None = None,
    title: str = "",
) -> Chart:
    """Give the chart of a body from `start` to `stop`, durations from step 0 on; to its end where `stop` is `None`."""
    unit = checked_unit(by, clock)
    first, last = _step(start, clock, "start"), extent(body) if stop is None else _step(stop, clock, "stop")
    if first > last or (first == last and last > 0):
        raise BindingError(Problem("range.empty", "", f"nothing lies between step {first} and step {last}",
                                   "Draw up to a later step."))  # fmt: skip
    names = dict.fromkeys(assignment.target.hyperparameter for assignment in body.assignments)
    panels = (
        Panel(title=name, lines=tuple(_lines(body, clock, name, first, last, columns or COLUMNS))) for name in names
    )
    return Chart(unit=unit, panels=tuple(panels), title=title)


def extent(body: Body) -> int:
    """Give the last step to draw: the horizon, where the body has one, or past where anything changes its course."""
    if body.horizon is not None:
        return body.horizon - 1 if body.after == "error" else body.horizon
    last = max(step for value in body.values for step in sides(value, None))
    goes_on = any(_moves(value, last) for value in body.values)
    return max(2 * last if goes_on else last + last // 8, _OPEN_ENDED)


def _moves(value: Value, last: int) -> bool:
    later = arrays(signals.alone(value))(np.array([last, last + 1, 2 * last, 2 * last + 1]))
    return bool((later != later[0]).any())


def _step(given: int | str, clock: Clock, path: str) -> int:
    try:
        duration = Duration.parse(given)
    except SpecError as error:
        raise SpecError(*(replace(problem, path=path) for problem in error.problems)) from None
    return min(whole(clock.steps(duration, clock.total, path)), LAST_STEP)


def _lines(body: Body, clock: Clock, name: str, start: int, stop: int, columns: int) -> Iterable[Line]:
    entries = [assignment for assignment in body.assignments if assignment.target.hyperparameter == name]
    for entry in entries:
        value = body.values[entry.value]
        steps, values, jumps = sampled(value, start, stop, columns)
        with np.errstate(all="ignore"):  # an underflow is a value like any other
            scaled = values * entry.scale
        yield Line(
            label=_label(entry, is_alone=len(entries) == 1), steps=steps, values=scaled, jumps=jumps,
            marks=marks(value, start, stop), remark=_remark(entry, value), clock=clock, group=entry.target.group,
        )  # fmt: skip


def _label(entry: Assignment, *, is_alone: bool) -> str:
    name, group = entry.target
    if group is not None:
        return group
    return name if is_alone else "other groups"


def _remark(entry: Assignment, value: Value) -> str:
    words = [_BASE] if ir.needs_base(value) else []
    words += [_METRIC] if signals.needs_metric(value) else []
    words += ["counted from its birth"] if entry.born else []
    return ", ".join(words)
