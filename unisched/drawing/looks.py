"""How the lines of a chart are told apart: a colour for each document, a dash for each of its param groups.

Where there is one document, each param group has a colour. Knows charts and colours, and nothing that draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from unisched.drawing.chart import Chart, Floats, Line, Panel
from unisched.drawing.palette import COLOURS, DASHES, dash, line_colour

__all__ = ["BENEATH", "WIDTH", "Look", "looks", "widths"]

WIDTH: Final = 1.6
BENEATH: Final = 0.45
"""The width of a line in points, and how opaque one is that others lie over."""
_WIDER: Final = 2.4
"""Points by which a line is wider for each one that lies over it."""
_MOST_OVER: Final = 3
_MOST_COMPARED: Final = 12
_PLACES: Final = 200
_NEAR: Final = 0.005
_HIDDEN: Final = 0.25
"""A line is hidden where so much of it is nearer to another than this part of the panel's height."""


@dataclass(frozen=True, slots=True)
class Look:
    """A colour, a dash ("solid", "dash", "dot" or "dashdot"), and the number of the look in its chart."""

    colour: str
    dash: str
    number: int


def looks(chart: Chart, first: int = 0) -> dict[tuple[str, str | None], Look]:
    """Give how each line looks, by `Line.key`: the same in all panels; `first` colours are passed over.

    >>> import unisched
    >>> from unisched.drawing import overlaid
    >>> charts = {f"{p}": unisched.compile({"kind": "constant", "value": p}).chart() for p in (0.1, 0.2)}
    >>> [look.dash for look in looks(overlaid(charts)).values()]
    ['solid', 'solid']
    """
    documents = {source: number for number, source in enumerate(chart.sources)}
    members: dict[str, dict[str | None, int]] = {source: {} for source in documents}
    for line in chart.lines:
        known = members[line.source]
        # What holds for all groups looks like what holds for all others, whether it is met first or last.
        known.setdefault(line.group, 0 if line.group is None else len(known.keys() - {None}) + 1)
    found = {}
    for number, key in enumerate(dict.fromkeys(line.key for line in chart.lines)):
        document, member = documents[key[0]], members[key[0]][key[1]]
        found[key] = _of_several(document + first, member, number) if chart.is_joint else _of_one(member + first)
    return found


def _of_one(number: int) -> Look:
    return Look(line_colour(number), dash(number // len(COLOURS)), number)


def _of_several(document: int, member: int, number: int) -> Look:
    style = member + document // len(COLOURS)
    return Look(line_colour(document, style // len(DASHES)), dash(style), number)


def widths(panel: Panel) -> list[float]:
    """Give the width of each line in points: wider where later lines would hide it."""
    if not 1 < len(panel.lines) <= _MOST_COMPARED:
        return [WIDTH] * len(panel.lines)
    values = [line.values for line in panel.lines]
    height = max(map(np.max, values)) / 2 - min(map(np.min, values)) / 2
    over = [sum(_hides(later, line, 2 * _NEAR * height) for later in panel.lines[number + 1 :])
            for number, line in enumerate(panel.lines)]  # fmt: skip
    return [WIDTH + _WIDER * min(count, _MOST_OVER) for count in over]


def _hides(over: Line, under: Line, near: float) -> bool:
    first, last = max(over.steps[0], under.steps[0]), min(over.steps[-1], under.steps[-1])
    places = np.linspace(under.steps[0], under.steps[-1], _PLACES)
    inside = (places >= first) & (places <= last)
    apart = np.abs(_at(over, places) / 2 - _at(under, places) / 2) * 2
    return float(np.mean(inside & (apart <= near))) >= _HIDDEN


def _at(line: Line, places: Floats) -> Floats:
    return np.interp(places, line.steps, line.values)
