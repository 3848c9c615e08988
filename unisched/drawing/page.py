"""A chart as one interactive HTML page that loads nothing from anywhere (extra `html`).

The data stands in the page as JSON; page.js makes plotly's traces of it, page.css has the colours of either theme.
"""

from __future__ import annotations

import html
import json
from importlib.resources import files
from typing import Any, Final

from unisched.drawing.chart import Chart, Line, Panel
from unisched.drawing.looks import BENEATH, WIDTH, Look, looks, widths
from unisched.drawing.missing import missing
from unisched.drawing.palette import PAPERS, Theme
from unisched.drawing.scale import Scale
from unisched.errors import shorten

__all__ = ["page"]

_TITLE: Final = "Schedule"
_LONGEST: Final = 48
_PIXELS: Final = 1.25
"""Of a point of a line's width."""
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""What a browser is to refuse: anything from the network."""
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{css}</style>
</head>
<body data-theme="{theme}">
<header>
<h1>{heading}</h1>
<form id="switches" autocomplete="off"></form>
</header>
<main id="chart"></main>
<footer>{notes}</footer>
<script id="data" type="application/json">{data}</script>
<script>{library}</script>
<script>
{script}</script>
</body>
</html>
"""


def page(
    chart: Chart, *, log: bool = False, marks: bool = True, theme: Theme = "auto", size: tuple[int, int] | None = None
) -> str:
    """Give the text of the page, about 5 MB of which is the library; as large as the window unless `size` is given.

    Raises `BindingError` where plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise missing("plotly", "html") from error
    data = _data(chart, marks=marks) | {"log": log, "theme": theme, "size": size}
    notes = [*chart.notes, *_thinned(chart)]
    return _PAGE.format(
        policy=_POLICY, title=html.escape(chart.title or _TITLE), heading=html.escape(chart.title), theme=theme,
        css=_text("css"), notes="".join(f"<p>{html.escape(note)}</p>" for note in notes),
        # "</script>" in a name would end the element that the data stands in.
        data=json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
        library=get_plotlyjs(), script=_text("js"),
    )  # fmt: skip


def _text(suffix: str) -> str:
    return (files("unisched.drawing") / f"page.{suffix}").read_text(encoding="utf-8")


def _written(words: str) -> str:
    """Give words as plotly takes them, which reads tags, and formulas between dollars."""
    return html.escape(shorten(words, _LONGEST)).replace("$", "&#36;")


def _thinned(chart: Chart) -> list[str]:
    """Say how many of the steps are drawn, where it is not all."""
    most = max((line for line in chart.lines), key=lambda line: int(line.steps[-1] - line.steps[0]) - line.steps.size)
    count = int(most.steps[-1] - most.steps[0]) + 1
    if most.steps.size == count:
        return []
    return [f"Drawn through {most.steps.size} of {count} steps: every jump, and the extremes between them."]


def _data(chart: Chart, *, marks: bool) -> dict[str, Any]:
    known = looks(chart)
    return {
        "unit": chart.unit,
        "units": list(chart.units),
        "papers": {
            name: {"ground": paper.ground, "ink": paper.ink, "rule": paper.rule} for name, paper in PAPERS.items()
        },
        "panels": [_panel(chart, panel, known, marks=marks) for panel in chart.panels],
    }


def _panel(chart: Chart, panel: Panel, known: dict[tuple[str, str | None], Look], *, marks: bool) -> dict[str, Any]:
    linear, power = Scale.of(panel), Scale.of(panel, log=True)
    marked = panel.marked()
    return {
        "title": _written(panel.title) + (f"<br>({_written(panel.remark)})" if panel.remark else ""),
        "linear": [linear.low, linear.high],
        "log": [power.low, power.high] if power.is_log else None,
        "lines": [
            _line(chart, panel, line, known[line.key], width)
            for line, width in zip(panel.lines, widths(panel), strict=True)
        ],
        "marks": [_written(mark.label) for mark in marked.marks] if marks else [],
        "places": {unit: marked.mark_positions(unit) for unit in chart.units} if marks else {},
    }


def _line(chart: Chart, panel: Panel, line: Line, look: Look, width: float) -> dict[str, Any]:
    steps = [int(step) for step in line.steps]
    jumps = line.jumps.nonzero()[0].tolist()
    return {
        "name": _written(panel.legend(line) if chart.names(panel) else panel.title),
        "key": line.label,
        "legend": chart.names(panel),
        "colour": look.colour,
        "dash": look.dash,
        "width": width * _PIXELS,
        "opacity": BENEATH if width > WIDTH else 1.0,
        "steps": steps,
        "values": line.values.tolist(),
        "jumps": jumps,
        "at": {unit: line.positions(unit).tolist() for unit in chart.units if unit != "step"},
    }
