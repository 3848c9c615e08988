"""How tightly the operators of a formula bind, as in Python: for reading one, and for writing it. Knows no tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["BINDING", "COMPARISON", "CONDITIONAL", "NOT", "SIGN"]

CONDITIONAL: Final = 0
NOT: Final = 3
COMPARISON: Final = 4
SIGN: Final = 7

BINDING: Final[Mapping[str, int]] = {
    "or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6,
    "%": 6, "**": 8,
}  # fmt: skip
"""The operators of two operands; `**` binds from the right."""
