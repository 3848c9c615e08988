"""What differs between two schedules, whatever words, clocks and dialects they are written in."""

from __future__ import annotations

from unisched.difference.nearness import Tolerance
from unisched.difference.report import Difference, diff, program_behind
from unisched.difference.rows import DifferenceRow

__all__ = ["Difference", "DifferenceRow", "Tolerance", "diff", "program_behind"]
