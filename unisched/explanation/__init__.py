"""What a program means, in sentences and formulas: for people who would rather read than plot.

`explaining` puts an explanation together, `words` and `formulas` say what a curve does and what it is worth, `plain`
and `latex` write formulas. Everything here is read off the program; nothing is evaluated but key values. It is loaded
when the first program is explained, as most never are and it takes a twentieth of the time that all else takes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from unisched.explanation.explaining import explained
    from unisched.explanation.explanation import Explanation, TargetExplanation

__all__ = ["Explanation", "TargetExplanation", "explained"]

_HOMES: Final = {"Explanation": "explanation", "TargetExplanation": "explanation", "explained": "explaining"}

if not TYPE_CHECKING:  # type checkers would take it that every name is there

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
