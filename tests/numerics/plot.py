"""The picture of how far away values are, as SVG that reads on light and on dark pages: equal results, equal text."""

from __future__ import annotations

import hashlib
import json
from functools import partial

from matplotlib.figure import Figure
from pictures import COLOURS, INK, svg

from numerics.summary import Results, result_of
from numerics.tally import Tally

__all__ = ["digest", "drawn"]


def drawn(results: Results) -> str:
    """Give the SVG."""
    return svg(partial(_figure, results), digest(results))


def digest(results: Results) -> str:
    """Give what stands in the picture to tell of which results it is."""
    return hashlib.sha256(json.dumps(_spreads(results), sort_keys=True).encode()).hexdigest()


def _spreads(results: Results) -> dict[str, dict[int, int]]:
    """By way, how many of the values of the native documents are how far away; ours are all of one."""
    found: dict[str, Tally] = {}
    for name, mode in sorted(results["modes"].items()):
        if mode["precision"] == "float32" and "native" in mode["parts"]:
            label = "unisched, all ways" if mode["is_ours"] else name.removeprefix("native ")
            found[label] = found.get(label, Tally()) + result_of(mode, part="native")
    return {name: dict(tally.ulps) for name, tally in found.items()}


def _figure(results: Results) -> Figure:
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    spreads = _spreads(results)
    farthest = max((ulp for spread in spreads.values() for ulp in spread), default=1)
    for colour, (name, spread) in zip(COLOURS[: len(spreads)], spreads.items(), strict=True):
        whole, away = sum(spread.values()), sorted({0, *spread, farthest})
        beyond = [100 * sum(count for other, count in spread.items() if other > ulp) / whole for ulp in away]
        axes.step([max(ulp, 0.5) for ulp in away], beyond, where="post", color=colour, linewidth=1.6, label=name)
    axes.set_xscale("log")
    axes.set_ylim(-2, 100)
    axes.set_xlabel("ulp of float32 from the exact value rounded once")
    axes.set_ylabel("values farther away, %")
    axes.grid(color=INK, alpha=0.25, linewidth=0.6)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside upper left", frameon=False, ncols=3, fontsize=8.5)
    return figure
