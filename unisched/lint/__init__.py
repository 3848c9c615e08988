"""What a careful reader of a program would ask about: notes, never errors, each by a rule with a number.

Works on documents, clocks and values; what only the lowering of a document knows (a part that ends early, a rounded
duration) is noted there. `rules` is the table; `selection` and `report` belong to the command. What examines a program
is loaded when the first one is examined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from unisched.on_demand import on_demand

if TYPE_CHECKING:
    from unisched.lint.examination import notes, remarks
    from unisched.lint.note import Note, told_once
    from unisched.lint.rules import FAMILIES, QUIRK, RULES, Rule, rule_of

__all__ = ["FAMILIES", "QUIRK", "RULES", "Note", "Rule", "notes", "remarks", "rule_of", "told_once"]

_HOMES: Final = {
    "FAMILIES": "rules", "QUIRK": "rules", "RULES": "rules", "Note": "note", "Rule": "rules", "notes": "examination",
    "remarks": "examination", "rule_of": "rules", "told_once": "note",
}  # fmt: skip

if not TYPE_CHECKING:  # type checkers would take it that every name is there
    __getattr__ = on_demand(__name__, _HOMES)
