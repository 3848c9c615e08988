"""Several charts as one: a hyperparameter's lines in one panel, each named after the chart it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from unisched.drawing.chart import Chart, Line, Panel
from unisched.errors import BindingError, Problem

__all__ = ["overlaid"]


def overlaid(charts: Mapping[str, Chart], title: str = "") -> Chart:
    """Give one chart of several, by label; raise `BindingError` where they are not over one unit, or there are none.

    >>> import unisched
    >>> charts = {f"{p}": unisched.compile({"kind": "constant", "value": p}).chart() for p in (0.1, 0.2)}
    >>> [line.label for line in overlaid(charts).lines]
    ['0.1', '0.2']
    """
    units = {chart.unit for chart in charts.values()}
    if len(units) != 1:
        fault = f"charts over {' and '.join(sorted(units))}" if units else "no chart was given"
        raise BindingError(Problem("chart.units", "", fault, "Give charts over one unit, of the method by."))
    names = dict.fromkeys(panel.title for chart in charts.values() for panel in chart.panels)
    panels = [Panel(title=name, lines=tuple(_lines(charts, name))) for name in names]
    notes = dict.fromkeys(note for chart in charts.values() for note in chart.notes)
    return Chart(unit=units.pop(), panels=tuple(panels), title=title, notes=tuple(notes))


def _lines(charts: Mapping[str, Chart], name: str) -> list[Line]:
    found = []
    for label, chart in charts.items():
        for panel in (panel for panel in chart.panels if panel.title == name):
            is_alone = len(panel.lines) == 1 and panel.lines[0].label == name
            found += [_named(line, label, is_alone=is_alone) for line in panel.lines]
    return found


def _named(line: Line, label: str, *, is_alone: bool) -> Line:
    # Of an overlay, the lines of each document go on to be told apart.
    group = line.label if line.source else line.group
    return replace(line, label=label if is_alone else f"{label}, {line.label}", source=label, group=group)
