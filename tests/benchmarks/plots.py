"""The pictures of cost against size, as SVG that reads on light and on dark pages: equal results give equal text."""

from __future__ import annotations

import hashlib
import json
import math
from functools import partial

from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from pictures import COLOURS, INK, svg

from benchmarks.amounts import power
from benchmarks.growth import exponent
from benchmarks.page import PLOTS
from benchmarks.rows import GROWTHS
from benchmarks.verdict import Results, curves_of

__all__ = ["digest", "drawn"]


def drawn(results: Results) -> dict[str, str]:
    """Give the SVG of every picture by name."""
    return {name: svg(partial(_figure, name, results), digest(results)) for name in PLOTS}


def digest(results: Results) -> str:
    """Give what stands in each picture to tell of which results it is."""
    text = json.dumps(results["growths"], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _figure(name: str, results: Results) -> Figure:
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    shown = [growth for growth in GROWTHS if growth.plot == name]
    for colour, growth in zip(COLOURS[: len(shown)], shown, strict=True):
        for of, points in curves_of(growth, results).items():
            at, costs = zip(*points, strict=True)
            title = growth.name if of == "unisched" else f"{growth.name}: {of.rpartition('.')[2]}"
            title = title if growth.subject == "core" else f"{growth.subject}, {title}"
            axes.loglog(at, costs, color=colour, marker="o", markersize=4, linewidth=1.6,
                        linestyle="-" if of == "unisched" else ":",
                        label=f"{title}  (exponent {power(exponent(points))})")  # fmt: skip
    axes.set_xlabel(" / ".join(dict.fromkeys(growth.axis for growth in shown)))
    low, high = (math.floor(math.log10(axes.get_ylim()[0])), math.ceil(math.log10(axes.get_ylim()[1])))
    axes.set_ylim(10.0**low, 10.0**high)  # whole decades have labels, however little a cost grows
    axes.yaxis.set_major_formatter(EngFormatter(unit=shown[0].unit))
    axes.grid(color=INK, alpha=0.25, linewidth=0.6)
    figure.legend(loc="outside upper left", frameon=False, ncols=2, fontsize=8.5)
    return figure
