"""Colours that read on white and on black, and how lines differ once these are used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["PAPERS", "Paper", "Theme", "dash", "line_colour"]

Theme: TypeAlias = Literal["light", "dark", "auto"]

_LINES: Final = ("#2f81f7", "#e0823d", "#2da44e", "#bf5fd9", "#d1495b", "#1f9e9e", "#9a7a3b", "#8f8f1f")
_DASHES: Final = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True, slots=True)
class Paper:
    """The colours of a page: its ground (`None` is see-through), what is written, and the lines behind curves."""

    ground: str | None
    ink: str
    rule: str


PAPERS: Final[dict[Theme, Paper]] = {
    "light": Paper("#ffffff", "#24292f", "#d0d7de"),
    "dark": Paper("#0d1117", "#c9d1d9", "#3d444d"),
    "auto": Paper(None, "#7d8590", "#7d859055"),
}
"""What is drawn once and read on both has grey ink on no ground."""


def line_colour(index: int) -> str:
    """Give the colour of the line with this number."""
    return _LINES[index % len(_LINES)]


def dash(index: int) -> str:
    """Give how the line with this number is dashed: "solid", "dash", "dot" or "dashdot"."""
    return _DASHES[index // len(_LINES) % len(_DASHES)]
