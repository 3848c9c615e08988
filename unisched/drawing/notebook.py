"""A program as notebooks show it: its name, a picture where matplotlib is installed, its phases, and what was noted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from unisched.drawing.chart import Chart
from unisched.drawing.picture import picture
from unisched.errors import UnischedError
from unisched.markup import block, heading, image, items, preformatted

__all__ = ["shown"]

_SIZE: Final = (640, 180)


def shown(chart: Callable[[], Chart], title: str, words: str, phases: str, notes: Iterable[str]) -> str:
    """Give the HTML; what cannot be drawn is said, and the rest shown all the same."""
    return block(heading(title, words), _picture(chart, title), preformatted(phases), items(notes))


def _picture(chart: Callable[[], Chart], title: str) -> str:
    try:
        made = replace(chart(), title="")  # which stands above already
        width, height = _SIZE
        svg = picture(made, "svg", size=(width, height * len(made.panels) + 40))
    except UnischedError as error:
        return "" if error.code == "extra.missing" else items([f"no picture: {error}"])
    names = ", ".join(panel.title for panel in made.panels)
    return image(svg, f"{names} over {made.unit}s" + (f", {title}" if title else ""))
