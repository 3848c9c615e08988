"""A chart as a file, the suffix saying how: PNG, SVG, PDF or interactive HTML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from unisched.drawing.chart import Chart
from unisched.drawing.page import page
from unisched.drawing.palette import Theme
from unisched.drawing.picture import picture
from unisched.errors import BindingError, Problem, nearest, shorten

__all__ = ["FORMATS", "write"]

FORMATS: Final = ("png", "svg", "pdf", "html")


def write(
    chart: Chart,
    path: str | os.PathLike[str],
    *,
    log: bool = False,
    marks: bool = True,
    theme: Theme = "auto",
    size: tuple[int, int] | None = None,
) -> None:
    """Draw the chart into a file ending in .png, .svg, .pdf or .html, `size` pixels wide and high.

    The theme "auto" is of the reader: a page follows the system, an SVG reads on light and dark, the others are light.
    Raises `BindingError` for another suffix, and where the library that draws is not installed.
    """
    target = Path(path)
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise BindingError(Problem("plot.format", "", f"{shorten(repr(target.name))} ends in none of "
                                   f"{', '.join('.' + name for name in FORMATS)}",
                                   f"Name the format by the suffix.{nearest(suffix, FORMATS)}"))  # fmt: skip
    if suffix == "html":
        target.write_text(page(chart, log=log, marks=marks, theme=theme, size=size), encoding="utf-8")
    else:
        target.write_bytes(picture(chart, suffix, log=log, marks=marks, theme=theme, size=size))
