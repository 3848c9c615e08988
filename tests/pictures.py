"""How the pictures of the reports look: SVG that reads on light and on dark pages, equal for equal results."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["INK", "svg"]

INK: Final = "#7d8590"
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
