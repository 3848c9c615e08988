"""A chart as text, of the width that the terminal has (extra `plot`)."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from unisched.drawing.chart import Chart, Floats, Line, Panel, Unit
from unisched.drawing.looks import looks
from unisched.drawing.missing import missing
from unisched.drawing.numerals import alike, amount, numeral, spacing
from unisched.drawing.scale import Scale, ticks

__all__ = ["text"]

_WIDEST: Final = 100
_NARROWEST: Final = 20
_COLOURS: Final = ("bright_blue", "yellow", "green", "magenta", "red", "cyan", "white")
_MOST_LINES: Final = 24
"""So many lines of a panel are told apart; more fill screens that nobody reads."""
_FINE: Final = 100
"""The highest and the lowest value are told to so many parts of what lies between them."""
_TICK: Final = 14
"""Characters that a tick of the horizontal axis is worth."""


def text(chart: Chart, *, width: int | None = None, height: int = 12, log: bool = False, colour: bool = False) -> str:
    """Give the chart as text, `width` characters wide in all: what the terminal has, at most 100, unless given.

    With `colour`, the lines of a panel share a plot and are told apart by colour; without, each has one of its own.
    The highest and the lowest value stand at the vertical axis, with round ones between them.
    Raises `BindingError` where plotille is not installed.
    """
    columns = min(shutil.get_terminal_size().columns, _WIDEST) if width is None else width
    blocks = [block for panel in chart.panels for block in _panel(panel, chart, columns, height, log, colour)]
    return "\n\n".join([*blocks, *chart.notes])


def _panel(panel: Panel, chart: Chart, width: int, height: int, log: bool, colour: bool) -> list[str]:
    unit = chart.unit
    scale, extent = Scale.of(panel, log=log), _extent(panel, unit)
    if not chart.names(panel):
        return [_plot(panel.label, panel.lines, scale, extent, unit, width, height, [None])]
    if not colour:
        shown, least = panel.lines[:_MOST_LINES], height if len(panel.lines) == 1 else max(height // 2, 5)
        plots = [_plot(f"{panel.label}: {panel.legend(line)}", [line], scale, extent, unit, width, least,
                       [None]) for line in shown]  # fmt: skip
        return [*plots, *_left_out(panel)]
    known = looks(chart)
    paints = [_COLOURS[known[line.key].number % len(_COLOURS)] for line in panel.lines]
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
    labels = _rows(scale, height, np.concatenate([line.values for line in lines]))
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


def _rows(scale: Scale, height: int, values: Floats) -> list[str]:
    """Give what stands left of each row, from the top: the highest and the lowest value, and the round ones."""
    round_ones = scale.ticks(max(height // 2, 2))
    gap = spacing(round_ones)
    found = {_row(scale, value, height): numeral(value, abs(value) if scale.is_log else gap) for value in round_ones}
    fine = 10.0 ** math.floor(math.log10(scale.high - scale.low)) / _FINE
    for value in (float(values.max()), float(values.min())):
        near = (abs(value) if scale.is_log else gap) / _FINE
        is_shown = any(abs(value - known) <= near for known in round_ones)
        if scale.low <= value <= scale.high and not is_shown:
            found[_row(scale, value, height)] = numeral(value, abs(value) / 10 if scale.is_log else fine)
    texts = dict(zip(found, alike(list(found.values()), is_log=scale.is_log), strict=True))
    return [texts.get(row, "") for row in range(height)]


def _row(scale: Scale, value: float, height: int) -> int:
    return height - 1 - min(int(float(scale.share(np.array([value]))[0]) * height), height - 1)


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
