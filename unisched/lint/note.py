"""One remark of lint: its code, its place in the document and its text. What is remarked is not known here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unisched.lint.rules import ALSO_SAID, Rule, rule_of

__all__ = ["Note", "told_once"]


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


def told_once(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Give each note once, without those of general rules about an entry of which a library's quirk says the same.

    >>> quirk = Note("torch.rebound", "schedules.learning_rate.curve", "it rises again")
    >>> told_once([quirk, quirk, Note("total.rebound", "schedules.learning_rate", "it rises again")]) == (quirk,)
    True
    """
    found = tuple(dict.fromkeys(notes))
    said = [(ALSO_SAID[note.code], note.path) for note in found if note.code in ALSO_SAID]
    return tuple(
        note for note in found if not any(note.code == code and _is_in(path, note.path) for code, path in said)
    )


def _is_in(path: str, entry: str) -> bool:
    return path == entry or path.startswith((f"{entry}.", f"{entry}["))
