"""A chart as text, of the width that the terminal has (extra `plot`)."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import cycle, pairwise
from typing import Any, Final

import numpy as np

from unisched.drawing.chart import Chart, Line, Panel, Unit
from unisched.drawing.missing import missing
from unisched.drawing.numerals import amount, numeral, spacing
from unisched.drawing.scale import Scale, ticks

__all__ = ["text"]

_WIDEST: Final = 100
_NARROWEST: Final = 20
_COLOURS: Final = ("bright_blue", "yellow", "green", "magenta", "red", "cyan", "white")
_MOST_LINES: Final = 24
"""So many lines of a panel are told apart; more fill screens that nobody reads."""
_TICK: Final = 14
"""Characters that a tick of the horizontal axis is worth."""


def text(chart: Chart, *, width: int | None = None, height: int = 12, log: bool = False, colour: bool = False) -> str:
    """Give the chart as text, `width` characters wide in all: what the terminal has, at most 100, unless given.

    With `colour`, the lines of a panel share a plot and are told apart by colour; without, each has one of its own.
    Raises `BindingError` where plotille is not installed.
    """
    columns = min(shutil.get_terminal_size().columns, _WIDEST) if width is None else width
    blocks = [block for panel in chart.panels for block in _panel(panel, chart.unit, columns, height, log, colour)]
    return "\n\n".join([*blocks, *chart.notes])


def _panel(panel: Panel, unit: Unit, width: int, height: int, log: bool, colour: bool) -> list[str]:
    scale, extent = Scale.of(panel, log=log), _extent(panel, unit)
    if len(panel.lines) == 1:
        return [_plot(panel.label, panel.lines, scale, extent, unit, width, height, [None])]
    if not colour:
        shown = panel.lines[:_MOST_LINES]
        plots = [_plot(f"{panel.label}: {panel.legend(line)}", [line], scale, extent, unit, width, max(height // 2, 5),
                       [None]) for line in shown]  # fmt: skip
        return [*plots, *_left_out(panel)]
    paints = [paint for _, paint in zip(panel.lines, cycle(_COLOURS), strict=False)]
    drawn = _plot(panel.label, panel.lines, scale, extent, unit, width, height, paints)
    keys = [_painted(f"── {panel.legend(line)}", paint) for line, paint in zip(panel.lines, paints, strict=True)]
    return ["\n".join([drawn, *keys[:_MOST_LINES], *_left_out(panel)])]


def _left_out(panel: Panel) -> list[str]:
    count = len(panel.lines) - _MOST_LINES
    return [f"{panel.title}: and {count} more"] if count > 0 else []


def _extent(panel: Panel, unit: Unit) -> tuple[float, float]:
    places = [line.positions(unit) for line in panel.lines]
    low, high = min(float(x[0]) for x in places), max(float(x[-1]) for x in places)
    return low, high if high > low else low + 1.0


def _plot(
    title: str,
    lines: Sequence[Line],
    scale: Scale,
    extent: tuple[float, float],
    unit: Unit,
    width: int,
    height: int,
    paints: Sequence[str | None],
) -> str:
    labels = _rows(scale, height)
    margin = max(map(len, labels))
    columns = max(width - margin - 2, _NARROWEST)
    low, high = extent
    canvas = _canvas(columns, height)
    for line, paint in zip(lines, paints, strict=True):
        x, y = line.path(unit)
        _draw(canvas, (x - low) / (high - low), scale.share(y), paint)
    rows = canvas.plot(linesep="\n").split("\n")
    body = [f"{label:>{margin}} {'┤' if label else '│'}{row}" for label, row in zip(labels, rows, strict=True)]
    return "\n".join([title, *body, *_axis(low, high, columns, margin, unit)])


def _rows(scale: Scale, height: int) -> list[str]:
    """Give what stands left of each row, from the top: the round values that lie in it."""
    values = scale.ticks(max(height // 2, 2))
    labels = [""] * height
    gap = spacing(values)
    for value, share in zip(values, scale.share(np.array(values)), strict=True):
        row = height - 1 - min(int(share * height), height - 1)
        labels[row] = numeral(value, abs(value) if scale.is_log else gap)
    return labels


def _axis(low: float, high: float, columns: int, margin: int, unit: Unit) -> list[str]:
    """Give the horizontal axis: its line, and round numbers that do not run into each other."""
    places = ticks(low, high, max(columns // _TICK, 2))
    gap = spacing(places)
    line, numbers = ["─"] * columns, [" "] * (columns + margin + 2)
    free = 0
    for place in places:
        column = min(round((place - low) / (high - low) * columns), columns - 1)
        label = amount(place, gap)
        begin = min(max(column + margin + 2 - len(label) // 2, 0), columns + margin + 2 - len(label))
        if begin < free:
            continue
        line[column] = "┬"
        numbers[begin : begin + len(label)] = label
        free = begin + len(label) + 1
    name = f"{unit}s" if high > 1 else unit
    shown = "".join(numbers).rstrip()
    return [f"{'':>{margin}} └{''.join(line)}", shown, f"{name:>{columns + margin + 2}}"]


def _draw(canvas: Any, x: Any, y: Any, paint: str | None) -> None:
    # A canvas tells only points within it; the upper edge is a point of none.
    inside = np.clip(np.column_stack([x, y]), 0.0, 1.0 - 1e-9).tolist()
    if len(inside) == 1:
        canvas.point(*inside[0], color=paint)
    for (x0, y0), (x1, y1) in pairwise(inside):
        canvas.line(x0, y0, x1, y1, color=paint)


def _canvas(width: int, height: int) -> Any:
    try:
        import plotille
    except ImportError as error:
        raise missing("plotille", "plot") from error
    return plotille.Canvas(width, height, 0.0, 0.0, 1.0, 1.0, mode="names")


def _painted(words: str, paint: str) -> str:
    import plotille

    return str(plotille.color(words, fg=paint))
