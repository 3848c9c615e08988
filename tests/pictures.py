"""How the pictures of the reports look: SVG that reads on light and on dark pages, equal for equal results."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["COLOURS", "INK", "svg"]

INK: Final = "#7d8590"
COLOURS: Final = (
    "#2f81f7", "#e0823d", "#2da44e", "#bf5fd9", "#d1495b", "#1f9e9e", "#8a6d3b", "#9a9a2f", "#e377c2", "#7f7f7f",
)  # fmt: skip
"""Of the curves of a picture, in order: enough that no two of one picture are alike."""
_SETTINGS: Final[dict[str, Any]] = {
    "svg.hashsalt": "unisched",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def svg(draw: Callable[[], Figure], description: str) -> str:
    """Give what `draw` makes as the text of an SVG that bears the description."""
    text = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Description": description}
    with mpl.rc_context(_SETTINGS):
        draw().savefig(text, format="svg", transparent=True, metadata=metadata)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
