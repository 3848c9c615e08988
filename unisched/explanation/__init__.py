"""What a program means, in sentences and formulas: for people who would rather read than plot.

`explaining` puts an explanation together, `words` and `formulas` say what a curve does and what it is worth, `plain`
and `latex` write formulas. Everything here is read off the program; nothing is evaluated but key values.
"""

from __future__ import annotations

from unisched.explanation.explaining import explained
from unisched.explanation.explanation import Explanation, TargetExplanation

__all__ = ["Explanation", "TargetExplanation", "explained"]
