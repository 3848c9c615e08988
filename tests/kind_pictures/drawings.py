"""A picture of a kind as SVG that reads on light and on dark pages, and what tells which programs it shows."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure
from pictures import svg

import unisched
from kind_pictures.documents import LOSSES, SHOWN, TOTAL
from unisched import Program
from unisched.drawing import overlaid
from unisched.drawing.picture import figure

__all__ = ["FOLDER", "digest", "drawn", "stale"]

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures" / "kinds"
_SIZE: Final = (560, 200)


def drawn(kind: str) -> str:
    """Give the SVG."""
    return svg(partial(_figure, kind), digest(kind))


def digest(kind: str) -> str:
    """Give what stands in the picture to tell of which programs it is."""
    shown = {label: program.fingerprint for label, program in _programs(SHOWN[kind]).items()}
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def stale() -> list[str]:
    """Give the kinds whose picture is missing or of other programs."""
    return [kind for kind in SHOWN if not _holds(FOLDER / f"{kind}.svg", digest(kind))]


def _holds(path: Path, text: str) -> bool:
    return path.exists() and text in path.read_text(encoding="utf-8")


def _figure(kind: str) -> Figure:
    charts = {label: program.chart() for label, program in _programs(SHOWN[kind]).items()}
    chart = overlaid(charts) if len(charts) > 1 else next(iter(charts.values()))
    return figure(chart, theme="auto", size=_SIZE)


def _programs(documents: dict[str, dict[str, Any]]) -> dict[str, Program]:
    programs = {label: unisched.compile(document, total=TOTAL) for label, document in documents.items()}
    narrow = {label: program.select("learning_rate") for label, program in programs.items()}
    return {label: program.observed(LOSSES) if program.monitors else program for label, program in narrow.items()}
