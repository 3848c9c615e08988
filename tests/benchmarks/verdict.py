"""What the figures say: the peer that is hardest to beat, whether a target is met, what grows too fast. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from benchmarks.growth import STEEPEST, exponent
from benchmarks.pairs import Figure
from benchmarks.rows import GROWTHS, ROWS, Growth, Row

__all__ = ["Results", "curves_of", "figures_of", "hardest", "is_met", "is_steep", "missed", "steep"]

Results: TypeAlias = Mapping[str, Any]
"""What `docs/performance.json` holds: `machine`, `packages`, `rows`, `growths`."""

_OURS = "unisched"


def figures_of(row: Row, results: Results) -> list[Figure]:
    """Give what was measured for a row; raise `LookupError` where nothing was."""
    found = [entry for entry in results["rows"] if (entry["subject"], entry["name"]) == (row.subject, row.name)]
    if len(found) != 1:
        raise LookupError(f"{row.subject}: {row.name} was measured {len(found)} times")
    figures: list[Figure] = found[0]["figures"]
    return figures


def curves_of(growth: Growth, results: Results) -> dict[str, list[list[float]]]:
    """Give the points of a cost against a size, by what they are of."""
    key = (growth.subject, growth.name, growth.axis)
    found = [one for one in results["growths"] if (one["subject"], one["name"], one["axis"]) == key]
    if len(found) != 1:
        raise LookupError(f"{growth.subject}: {growth.name} was measured {len(found)} times")
    curves: dict[str, list[list[float]]] = found[0]["curves"]
    return curves


def hardest(row: Row, figures: Sequence[Figure]) -> Figure:
    """Give the figure that counts: the highest median ratio; for a training step, that beside the constant rate."""
    return figures[0] if row.of == "noise" else max(figures, key=_median)


def is_met(row: Row, figures: Sequence[Figure]) -> bool | None:
    """Tell whether the target is met; `None` where there is none."""
    figure = hardest(row, figures)
    match row.of:
        case "none" | "peers":
            return None
        case "ratio":
            return _median(figure) <= _limit(row)
        case "ours":
            return bool(figure["ours"] <= _limit(row))
        case "noise":
            (noise,) = (other for other in figures if other.get("is_noise"))
            return bool(_median(figure) <= noise["ratio"][2])


def is_steep(points: Sequence[Sequence[float]]) -> bool:
    """Tell whether a cost grows faster than its size."""
    return exponent(points) > STEEPEST


def missed(results: Results, subjects: Sequence[str]) -> list[Row]:
    """Give the rows of the subjects whose targets are not met."""
    return [row for row in ROWS if row.subject in subjects and is_met(row, figures_of(row, results)) is False]


def steep(results: Results, subjects: Sequence[str]) -> list[Growth]:
    """Give what of ours grows too fast."""
    mine = (growth for growth in GROWTHS if growth.subject in subjects)
    return [growth for growth in mine if is_steep(curves_of(growth, results)[_OURS])]


def _median(figure: Figure) -> float:
    return float(figure["ratio"][1])


def _limit(row: Row) -> float:
    if row.at_most is None:
        raise ValueError(f"{row.subject}: {row.name} has a target without a number")
    return row.at_most
