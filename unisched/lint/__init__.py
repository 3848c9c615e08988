"""What a careful reader of a program would ask about: notes, never errors, each by a rule with a number.

Works on documents, clocks and values; what only the lowering of a document knows (a part that ends early, a rounded
duration) is noted there. `rules` is the table; `selection` and `report` belong to the command.
"""

from __future__ import annotations

from unisched.lint.examination import notes, remarks
from unisched.lint.note import Note
from unisched.lint.rules import FAMILIES, QUIRK, RULES, Rule, rule_of
from unisched.lint.sampling import SMALLEST_FLOAT32, samples, sides

__all__ = [
    "FAMILIES",
    "QUIRK",
    "RULES",
    "SMALLEST_FLOAT32",
    "Note",
    "Rule",
    "notes",
    "remarks",
    "rule_of",
    "samples",
    "sides",
]
