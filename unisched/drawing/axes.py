"""A panel on the Axes of matplotlib that the caller has: curves, marks, round numbers (extra `plot`).

Nothing here makes a figure, shows one, or touches a global setting.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np

from unisched.drawing.chart import Chart, Line, Mark, Panel, Unit
from unisched.drawing.looks import BENEATH, WIDTH, Look, looks, widths
from unisched.drawing.numerals import alike, amount, numeral, spacing
from unisched.drawing.scale import Scale
from unisched.errors import shorten

__all__ = ["draw", "mark", "written"]

_STYLES: Final = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
_MOST_MARKS: Final = 24
_FEW_STEPS: Final = 40
"""Up to so many steps each one has its dot."""
_LETTER: Final = 0.62
"""The width of a letter, as a part of its height."""
_WORDS: Final = 8.5
_LONGEST: Final = 48


def draw(
    panel: Panel, chart: Chart, axes: Any, *, log: bool = False, marks: bool = True, legend: bool = True, **style: Any
) -> None:
    """Draw a panel of a chart on matplotlib's Axes; `style` goes to `axes.plot`."""
    before, is_named = len(axes.lines), chart.names(panel)
    known = looks(chart, before)
    for line, width in zip(panel.lines, widths(panel), strict=True):
        given: dict[str, Any] = {"linewidth": width, "alpha": BENEATH if width > WIDTH else 1.0}
        given |= {"label": written(panel.legend(line))} if is_named else {}
        _curve(axes, line, chart.unit, known[line.key], given, style)
    _scale(axes, Scale.of(panel, log=log), is_first=before == 0)
    _name(axes, panel, chart)
    if marks:
        mark(panel, chart, axes)
    if legend and is_named:
        axes.legend(frameon=False, fontsize="small")


def written(words: str) -> str:
    r"""Give words as matplotlib takes them: a dollar opens no formula, and what begins with _ is not left out.

    >>> print(written("_a$b"))
     _a\$b
    """
    return (" " if words.startswith("_") else "") + shorten(words, _LONGEST).replace("$", r"\$")


def _curve(axes: Any, line: Line, unit: Unit, look: Look, given: dict[str, Any], style: dict[str, Any]) -> None:
    x, y = line.path(unit)
    given = {"color": look.colour, "linestyle": _STYLES[look.dash], **given}
    if line.steps.size <= _FEW_STEPS:
        corners = np.flatnonzero(line.jumps) + np.arange(np.count_nonzero(line.jumps))
        dots = np.delete(np.arange(x.size), corners)
        given |= {"marker": "o", "markersize": 3.0, "markevery": dots.tolist()}
    # Aliases of matplotlib's would be given twice.
    short = {"c": "color", "ls": "linestyle", "lw": "linewidth", "ms": "markersize"}
    given |= {short.get(name, name): value for name, value in style.items()}
    axes.plot(x, y, **given)


def _scale(axes: Any, scale: Scale, *, is_first: bool) -> None:
    from matplotlib.ticker import FuncFormatter

    if scale.is_log:
        axes.set_yscale("log", nonpositive="clip")
    low, high = scale.low, scale.high
    if not is_first:
        known_low, known_high = axes.get_ylim()
        low, high = min(low, known_low), max(high, known_high)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(FuncFormatter(_labelled(axes.yaxis, is_log=scale.is_log)))
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)


def _labelled(axis: Any, *, is_log: bool = False) -> Any:
    def label(value: float, _: int | None) -> str:
        low, high = sorted(axis.get_view_interval())
        shown = [place for place in axis.get_majorticklocs().tolist() if low <= place <= high]
        gap = spacing(shown)
        return alike([numeral(place, abs(place) if is_log else gap) for place in (*shown, value)], is_log=is_log)[-1]

    return label


def _name(axes: Any, panel: Panel, chart: Chart) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylabel(written(panel.title) + (f"\n({panel.remark})" if panel.remark else ""))
    axes.set_xlabel(chart.unit if chart.unit == "step" else f"{chart.unit}s")
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: amount(value, spacing(axes.xaxis.get_majorticklocs().tolist())))
    )
    if chart.unit != "epoch":
        axes.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10]))
    lows = [float(line.positions(chart.unit)[0]) for line in panel.lines]
    highs = [float(line.positions(chart.unit)[-1]) for line in panel.lines]
    if min(lows) < max(highs):
        axes.margins(x=0.015)


def mark(panel: Panel, chart: Chart, axes: Any) -> None:
    """Draw where phases begin, and their names where there is room, on Axes that are laid out."""
    line, unit = panel.marked(), chart.unit
    if len(line.marks) > _MOST_MARKS:
        return
    places = line.mark_positions(unit)
    ink = axes.xaxis.label.get_color()
    for place in places[1:]:
        axes.axvline(place, linewidth=0.7, linestyle=(0, (2, 3)), color=ink, alpha=0.7, zorder=0.5)
    low, high = axes.get_xlim()
    room = axes.get_window_extent().width / axes.figure.dpi * 72
    for (place, stop), phase in zip(pairwise([*places, float(line.positions(unit)[-1])]), line.marks, strict=True):
        _word(axes, phase, place, stop, room / (high - low))


def _word(axes: Any, phase: Mark, start: float, stop: float, scale: float) -> None:
    """Write the name of a phase over it, where there is room."""
    if not phase.label or len(phase.label) * _WORDS * _LETTER > (stop - start) * scale:
        return
    axes.annotate(
        written(phase.label), ((start + stop) / 2, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, 2),
        textcoords="offset points", ha="center", va="bottom", fontsize=_WORDS, color=axes.xaxis.label.get_color(),
        annotation_clip=False,
    )  # fmt: skip
