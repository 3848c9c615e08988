"""Drawings of schedules: a chart as data, and what makes text, pictures and pages of it."""

from __future__ import annotations

from unisched.drawing.chart import Chart, Line, Mark, Panel
from unisched.drawing.charting import charted
from unisched.drawing.overlay import overlaid
from unisched.drawing.terminal import text
from unisched.drawing.writing import write

__all__ = ["Chart", "Line", "Mark", "Panel", "charted", "overlaid", "text", "write"]
