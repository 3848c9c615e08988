"""The picture of the page on comparing is the one that its command draws."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from docpages.blocks import ROOT

import unisched
from unisched.difference.overlay import overlay
from unisched.drawing import write

FOLDER: Final = ROOT / "docs" / "comparing"
NAMES: Final = ("torch.json", "optax.json")


Corners = list[tuple[float, float]]


def lines(svg: str) -> list[Corners]:
    """The open lines of a picture that have corners, each within its own bounds: fonts move panels about."""
    paths = ([float(number) for number in re.findall(r"[-\d.]+", path)] for path in re.findall(r' d="([^"]*)"', svg))
    pairs = [list(zip(path[::2], path[1::2], strict=False)) for path in paths]
    return [within(path) for path in pairs if len(path) > 3 and path[0] != path[-1]]


def within(path: Corners) -> Corners:
    lows, highs = ([find(place[axis] for place in path) for axis in (0, 1)] for find in (min, max))
    spans = [high - low or 1.0 for low, high in zip(lows, highs, strict=True)]
    return [(round((x - lows[0]) / spans[0], 2), round((y - lows[1]) / spans[1], 2)) for x, y in path]


def drawn(folder: Path, steps: int) -> list[Corners]:
    old, new = (unisched.compile(FOLDER / name, base=0.1, total=10000) for name in NAMES)
    write(overlay(old, new, NAMES, range(steps)), folder / "overlay.svg")
    return lines((folder / "overlay.svg").read_text(encoding="utf-8"))


def test_the_overlay_is_that_of_the_documents(tmp_path: Path) -> None:
    shown = lines((FOLDER / "overlay.svg").read_text(encoding="utf-8"))
    assert len(shown) >= 3
    assert drawn(tmp_path, 1000) == shown
    assert drawn(tmp_path, 900) != shown
