"""A chart by matplotlib's conventions: on the caller's Axes, or on new ones of pyplot; shown by whoever asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from unisched.drawing.axes import draw
from unisched.drawing.chart import Chart
from unisched.drawing.missing import missing
from unisched.errors import BindingError, Problem

__all__ = ["plotted"]


def plotted(chart: Chart, ax: Any = None, *, log: bool = False, marks: bool = True, **style: Any) -> Any:
    """Give the Axes that the chart was drawn on, an array of them for several panels; `style` goes to `Axes.plot`.

    Without `ax` a new figure of pyplot's. Raises `BindingError` for a wrong number of Axes, and where matplotlib is
    not installed.
    """
    axes = _new(chart) if ax is None else np.ravel(np.array(ax, dtype=object))
    if len(axes) != len(chart.panels):
        names = ", ".join(panel.title for panel in chart.panels)
        raise BindingError(Problem("plot.axes", "ax", f"{len(axes)} Axes for {len(chart.panels)} hyperparameters",
                                   f"Pass one for each of {names}, or leave it out."))  # fmt: skip
    for panel, one in zip(chart.panels, axes, strict=True):
        draw(panel, chart, one, log=log, marks=marks, **style)
        if ax is None:
            one.label_outer()
    return axes[0] if len(axes) == 1 else axes


def _new(chart: Chart) -> Any:
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise missing("matplotlib", "plot") from error
    count = len(chart.panels)
    size = (8.0, 2.6 * count + 0.4)
    figure, axes = plt.subplots(count, 1, squeeze=False, sharex=True, figsize=size, layout="constrained")
    if chart.title:
        figure.suptitle(chart.title)
    return axes[:, 0]
