"""Colours that read on white and on black, and how lines differ once these are used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["COLOURS", "DASHES", "PAPERS", "Paper", "Theme", "dash", "line_colour"]

Theme: TypeAlias = Literal["light", "dark", "auto"]

COLOURS: Final = ("#2f81f7", "#e0823d", "#2da44e", "#bf5fd9", "#d1495b", "#1f9e9e", "#9a7a3b", "#8f8f1f")
DASHES: Final = ("solid", "dash", "dot", "dashdot")
_SHADES: Final = ((0, 0.0), (255, 0.4), (0, 0.35))
"""What a colour is mixed with, and how much of it: as it is, lighter, darker."""


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


def line_colour(index: int, shade: int = 0) -> str:
    """Give the colour with this number, in a shade of it.

    >>> line_colour(0), line_colour(0, 1), line_colour(8)
    ('#2f81f7', '#82b3fa', '#2f81f7')
    """
    colour, (other, share) = COLOURS[index % len(COLOURS)], _SHADES[shade % len(_SHADES)]
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * share):02x}" for part in parts)


def dash(index: int) -> str:
    """Give the dash with this number: "solid", "dash", "dot" or "dashdot"."""
    return DASHES[index % len(DASHES)]
