"""A chart as a matplotlib figure of its own, and as the bytes of a file (extra `plot`). No pyplot, no global state."""

from __future__ import annotations

import io
import warnings
from typing import Any, Final

import numpy as np

from unisched.drawing.axes import draw, mark, written
from unisched.drawing.chart import Chart
from unisched.drawing.missing import missing
from unisched.drawing.palette import PAPERS, Theme
from unisched.errors import BindingError, Problem, shorten

__all__ = ["figure", "picture"]

_DPI: Final = 100
_WIDTH: Final = 800
_PANEL: Final = 260
_EDGE: Final = 40
_LEAST: Final = 200
_LEAST_PANEL: Final = 80
_LETTER: Final = 7.4
_LABEL_LETTER: Final = 6.8
_FEWEST: Final = 8
_SMALLEST: Final = 5.5
_KEY: Final = 50
_LINE: Final = 18
"""Pixels: of a letter in the legend and of one at an axis, of a line's key in the legend, of its height."""
_INKED: Final = (
    ("text", "color"),
    ("axes", "labelcolor"),
    ("axes", "edgecolor"),
    ("xtick", "color"),
    ("ytick", "color"),
)
_FONT: Final = "DejaVu Sans"
_FURTHER_FONTS: Final = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Yu Gothic",
    "Malgun Gothic", "WenQuanYi Micro Hei", "Noto Sans", "Arial Unicode MS",
)  # fmt: skip
"""Where the first font has no sign for a letter; those that are installed are asked in this order."""
_SETTINGS: Final[dict[tuple[str, str], Any]] = {
    ("axes", "facecolor"): "none", ("axes", "spines.top"): False, ("axes", "spines.right"): False,
    ("font", "size"): 9.0, ("svg", "hashsalt"): "unisched", ("svg", "fonttype"): "none",
}  # fmt: skip


def figure(
    chart: Chart, *, log: bool = False, marks: bool = True, theme: Theme = "light", size: tuple[int, int] | None = None
) -> Any:
    """Give a matplotlib `Figure`, one panel below the other, `size` pixels at 100 to the inch."""
    with _settings(theme):
        return _figure(chart, log=log, marks=marks, size=size)


def picture(
    chart: Chart,
    suffix: str,
    *,
    log: bool = False,
    marks: bool = True,
    theme: Theme = "auto",
    size: tuple[int, int] | None = None,
) -> bytes:
    """Give the bytes of a file of this format; equal charts give equal bytes."""
    chosen: Theme = "light" if theme == "auto" and suffix != "svg" else theme
    metadata = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}.get(suffix, {})
    with _settings(chosen), warnings.catch_warnings(), np.errstate(over="ignore"), io.BytesIO() as content:
        if suffix == "svg":  # whose letters are the reader's fonts'
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
        drawn = _figure(chart, log=log, marks=marks, size=size)
        drawn.savefig(content, format=suffix, metadata=metadata, facecolor=PAPERS[chosen].ground or "none")
        return content.getvalue()


def _figure(chart: Chart, *, log: bool, marks: bool, size: tuple[int, int] | None) -> Any:
    from matplotlib.figure import Figure

    width, height = _checked(chart, size)
    drawn = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, layout="constrained")
    axes = drawn.subplots(len(chart.panels), 1, squeeze=False, sharex=True)[:, 0]
    for panel, one in zip(chart.panels, axes, strict=True):
        draw(panel, chart, one, log=log, marks=False, legend=False)
        one.label_outer()
        _fit(one.yaxis.label, height / len(chart.panels) - _EDGE)
    if chart.title:
        drawn.suptitle(written(chart.title))
    _legend(drawn, axes, width, height)
    if marks:  # only what is laid out has a width to write in
        drawn.draw_without_rendering()
        for panel, one in zip(chart.panels, axes, strict=True):
            mark(panel, chart, one)
    return drawn


def _checked(chart: Chart, size: tuple[int, int] | None) -> tuple[int, int]:
    count = len(chart.panels)
    width, height = size or (_WIDTH, _PANEL * count + _EDGE)
    if width < _LEAST or height < _LEAST_PANEL * count + _EDGE:
        least = f"{max(width, _LEAST)}x{max(height, _LEAST_PANEL * count + _EDGE)}"
        raise BindingError(Problem("plot.size", "size", f"{width}x{height} pixels are too few for {count} panels",
                                   f"Give {least} or more, or draw fewer hyperparameters."))  # fmt: skip
    return width, height


def _fit(label: Any, room: float) -> None:
    """Make a label smaller, then shorter, until it is no longer than so many pixels."""
    lines = label.get_text().split("\n")
    wanted = max(map(len, lines)) * _LABEL_LETTER
    label.set_fontsize(max(label.get_fontsize() * min(room / wanted, 1.0), _SMALLEST))
    letters = int(room / (_LABEL_LETTER * _SMALLEST / 9))
    label.set_text("\n".join(shorten(line, max(letters, _FEWEST)) for line in lines))


def _legend(drawn: Any, axes: Any, width: int, height: int) -> None:
    """Write beside the panels, or below where that leaves too little of them, which line is which: all that fits."""
    named = {line.get_label(): line for one in axes for line in one.lines if not line.get_label().startswith("_")}
    if not named:
        return
    from matplotlib.lines import Line2D

    longest = max(map(len, named))
    is_beside = longest * _LETTER + _KEY < width * 0.4
    columns = 1 if is_beside else max(int(width / (longest * _LETTER + _KEY)), 1)
    rows = int(height / _LINE * (0.9 if is_beside else 0.3))
    shown = list(named)[: max(columns * rows, 1)]
    labels = shown if len(shown) == len(named) else [*shown[:-1], f"and {len(named) - len(shown) + 1} more"]
    handles = [named[label] if label in labels else Line2D([], [], color="none") for label in shown]
    labels = [shorten(label, max(int((width - _KEY) / _LETTER), _FEWEST)) for label in labels]
    drawn.legend(handles, labels, loc="outside right upper" if is_beside else "outside lower left", ncols=columns,
                 frameon=False)  # fmt: skip


def _settings(theme: Theme) -> Any:
    """Give a context in which figures are of a theme, whatever the caller's own settings are."""
    try:
        from matplotlib import style
        from matplotlib.font_manager import get_font_names
    except ImportError as error:
        raise missing("matplotlib", "plot") from error
    paper = PAPERS[theme]
    known = set(get_font_names())
    fonts = [_FONT, *(name for name in _FURTHER_FONTS if name in known)]
    inked = dict.fromkeys(_INKED, paper.ink)
    settings = {**inked, **_SETTINGS, ("font", "family"): fonts}
    return style.context(["default", {f"{group}.{name}": value for (group, name), value in settings.items()}])
