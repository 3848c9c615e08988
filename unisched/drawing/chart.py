"""What is to be drawn, as frozen data: panels of lines over steps, with marks where phases begin.

Renderers read this and nothing else. It knows clocks, and no program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from unisched.batch_ramp import BatchRamp
from unisched.duration import Clock, Pace
from unisched.errors import BindingError, Problem, SpecError, nearest, shorten

__all__ = ["UNITS", "Chart", "Floats", "Line", "Mark", "Panel", "Steps", "Unit", "checked_unit", "known_units"]

Steps: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Unit: TypeAlias = Literal["step", "epoch", "sample", "token"]

UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
"""What the horizontal axis may count."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step at which a phase begins, and a few words for the phase; none where nobody needs to be told."""

    step: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One curve: values at increasing steps, joined by straight lines where `jumps` is not set.

    `jumps[i]` says that value i - 1 holds up to step i. `remark` is what a reader has to know of the values, `group`
    the param group that they are of (`None`: all others), `source` the document where there are several.
    """

    label: str
    steps: Steps
    values: Floats
    jumps: npt.NDArray[np.bool_]
    marks: tuple[Mark, ...] = ()
    remark: str = ""
    clock: Clock = field(default_factory=Clock)
    group: str | None = None
    source: str = ""

    @property
    def key(self) -> tuple[str, str | None]:
        """What the line shares with those of other panels that look the same."""
        return self.source, self.group

    def positions(self, unit: Unit) -> Floats:
        """Give where the steps lie on an axis of `unit`; raise `SpecError` where the clock does not know it."""
        return _positions(self.clock, self.steps, unit)

    def path(self, unit: Unit = "step") -> tuple[Floats, Floats]:
        """Give the corners of the drawn line: a jump has two at one place."""
        at, x = np.flatnonzero(self.jumps), self.positions(unit)
        return np.insert(x, at, x[at]), np.insert(self.values, at, self.values[at - 1])

    def mark_positions(self, unit: Unit) -> list[float]:
        """Give where the marks lie on an axis of `unit`."""
        return [float(x) for x in _positions(self.clock, np.array([mark.step for mark in self.marks], np.int64), unit)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """The lines of one hyperparameter; the vertical axis shows `reach` either side of 0 at least."""

    title: str
    lines: tuple[Line, ...]
    reach: float = 0.0

    @property
    def label(self) -> str:
        """The title, with what has to be known of all the lines."""
        remark = self.remark
        return f"{self.title} ({remark})" if remark else self.title

    @property
    def remark(self) -> str:
        """What is remarked of every line; nothing where they differ."""
        remarks = {line.remark for line in self.lines}
        return remarks.pop() if len(remarks) == 1 else ""

    def legend(self, line: Line) -> str:
        """Give the label of a line, with what is remarked of it and not of all."""
        return line.label if line.remark == self.remark else f"{line.label} ({line.remark or 'as it is'})"

    def marked(self) -> Line:
        """Give the line whose marks are of use: the only one, or the first with those that all have in common.

        Phases that do not begin and end with those of all the others go without a name.
        """
        first, *others = self.lines
        if all(line.marks == first.marks and line.clock == first.clock for line in others):
            return first
        is_one_clock = all(line.clock == first.clock for line in others)
        shared = reduce(set.intersection, ({mark.step for mark in line.marks} for line in self.lines))
        marks = tuple(Mark(mark.step) for mark in first.marks if mark.step in shared and is_one_clock)
        return replace(first, marks=marks)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chart:
    """Panels over one axis, which counts `unit`; `title` and `notes` are told beside them."""

    unit: Unit
    panels: tuple[Panel, ...]
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> Iterator[Line]:
        """All lines, panel by panel."""
        return (line for panel in self.panels for line in panel.lines)

    @property
    def sources(self) -> tuple[str, ...]:
        """What the lines come from: one or more documents, nameless where there is one."""
        return tuple(dict.fromkeys(line.source for line in self.lines))

    @property
    def is_joint(self) -> bool:
        """Whether the lines are of several documents."""
        return len(self.sources) > 1

    def names(self, panel: Panel) -> bool:
        """Tell whether the lines of a panel have to be named."""
        return self.is_joint or len(panel.lines) > 1

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units that the clocks of all lines know."""
        return known_units(line.clock for line in self.lines)

    def to_data(self) -> dict[str, Any]:
        """Give the chart as plain data: steps and values, where they lie on the axis, and which steps are jumps to."""
        panels = [
            {"title": panel.title, "lines": [_data(line, self.unit) for line in panel.lines]} for panel in self.panels
        ]
        return {"title": self.title, "unit": self.unit, "panels": panels, "notes": list(self.notes)}

    def by(self, unit: Unit) -> Chart:
        """Give the chart over another unit; raise `SpecError` where a clock of a line does not know it."""
        for line in self.lines:
            checked_unit(unit, line.clock)
        return replace(self, unit=unit)


def _data(line: Line, unit: Unit) -> dict[str, Any]:
    return {
        "label": line.label,
        "remark": line.remark,
        "steps": [int(step) for step in line.steps],
        "positions": [float(x) for x in line.positions(unit)],
        "values": [float(value) for value in line.values],
        "jumps": [int(step) for step in line.steps[line.jumps]],
        "marks": [asdict(mark) for mark in line.marks],
    }


def checked_unit(unit: str, clock: Clock) -> Unit:
    """Give the unit itself; raise `BindingError` where it is none, `SpecError` where the clock does not know it."""
    known = {name: name for name in UNITS}
    if unit not in known:
        raise BindingError(Problem("unit.unknown", "by", f"{shorten(repr(unit))} is no unit of the axis",
                                   f"Choose among {', '.join(UNITS)}.{nearest(str(unit), UNITS)}"))  # fmt: skip
    if known[unit] not in known_units([clock]):
        name = _PACES[unit]
        raise SpecError(Problem("units.missing", "by", f"an axis of {unit}s needs {name}, which is not known",
                                   f'Add "{name}" to the document, or pass {name}=.'))  # fmt: skip
    return known[unit]


def known_units(clocks: Iterable[Clock]) -> tuple[Unit, ...]:
    """Give the units that every clock can count."""
    given = list(clocks)
    return tuple(unit for unit in UNITS if unit == "step" or all(_pace(clock, unit) for clock in given))


_PACES: Final = {"epoch": "steps_per_epoch", "sample": "samples_per_step", "token": "tokens_per_step"}


def _pace(clock: Clock, unit: str) -> Pace | None:
    pace: Pace | None = getattr(clock, _PACES[unit])
    return pace


def _positions(clock: Clock, steps: Steps, unit: Unit) -> Floats:
    if unit == "step":
        return steps.astype(np.float64)
    pace = _pace(clock, checked_unit(unit, clock))
    if isinstance(pace, BatchRamp):
        starts, counts = np.array(pace.starts), np.array(pace.counts, np.float64)
        before = np.array([float(pace.consumed(start)) for start in pace.starts])
        piece = np.searchsorted(starts, steps, side="right") - 1
        found: Floats = before[piece] + counts[piece] * (steps - starts[piece])
        return found
    assert pace is not None
    return steps / pace if unit == "epoch" else steps.astype(np.float64) * pace
