"""Drawings of schedules: a chart as data, and what makes text, pictures and pages of it.

It is loaded when the first chart is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from unisched.on_demand import on_demand

if TYPE_CHECKING:
    from unisched.drawing.chart import Chart, Line, Mark, Panel
    from unisched.drawing.charting import charted
    from unisched.drawing.notebook import shown
    from unisched.drawing.overlay import overlaid
    from unisched.drawing.plotting import plotted
    from unisched.drawing.terminal import text
    from unisched.drawing.writing import write

__all__ = ["Chart", "Line", "Mark", "Panel", "charted", "overlaid", "plotted", "shown", "text", "write"]

_HOMES: Final = {
    "Chart": "chart", "Line": "chart", "Mark": "chart", "Panel": "chart", "charted": "charting", "overlaid": "overlay",
    "plotted": "plotting", "shown": "notebook", "text": "terminal", "write": "writing",
}  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # type checkers would take it that every name is there
    __getattr__ = on_demand(__name__, _HOMES)
