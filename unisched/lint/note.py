"""One remark of lint: its code, its place in the document and its text. What is remarked is not known here."""

from __future__ import annotations

from dataclasses import dataclass

from unisched.lint.rules import Rule, rule_of

__all__ = ["Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: a stable code, the JSON path it is about, and the text.

    >>> print(Note("value.zero_start", "schedules.learning_rate", "the value at step 0 is 0"))
    schedules.learning_rate: the value at step 0 is 0 [U101 value.zero_start]
    """

    code: str
    path: str
    text: str

    @property
    def rule(self) -> Rule:
        """The rule that it comes from; its number is what `unisched lint --explain` takes."""
        return rule_of(self.code)

    def __str__(self) -> str:
        return f"{self.path}: {self.text} [{self.rule.number} {self.code}]"
