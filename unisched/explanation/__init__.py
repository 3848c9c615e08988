"""What a program means, in sentences and formulas: for people who would rather read than plot.

`explaining` puts an explanation together, `words` and `formulas` say what a curve does and what it is worth, `plain`
and `latex` write formulas. Everything here is read off the program; nothing is evaluated but key values. It is loaded
when the first program is explained, as most never are and it takes a twentieth of the time that all else takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from unisched.on_demand import on_demand

if TYPE_CHECKING:
    from unisched.explanation.explaining import explained
    from unisched.explanation.explanation import Explanation, TargetExplanation

__all__ = ["Explanation", "TargetExplanation", "explained"]

_HOMES: Final = {"Explanation": "explanation", "TargetExplanation": "explanation", "explained": "explaining"}

if not TYPE_CHECKING:  # type checkers would take it that every name is there
    __getattr__ = on_demand(__name__, _HOMES)
