"""Which findings are asked for: rules by number, by the beginning of a number, by code or by the family of a code.

A dialect's quirks are known by their own codes, so the names of the installed dialects are families too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from unisched.errors import BindingError, Problem, nearest, shorten
from unisched.lint.note import Note
from unisched.lint.rules import FAMILIES, RULES, Rule

__all__ = ["Selection", "rule_called", "selection"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for, all where nothing is named, and what is not; the latter wins."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def takes(self, note: Note) -> bool:
        """Tell whether a note is asked for."""
        is_wanted = not self.wanted or any(_fits(word, note) for word in self.wanted)
        return is_wanted and not any(_fits(word, note) for word in self.unwanted)


def selection(select: Sequence[str], ignore: Sequence[str], dialects: Collection[str]) -> Selection:
    """Give the selection that some words name, each a list with commas; `dialects` are those installed.

    Raises `BindingError` for a word that names nothing.

    >>> chosen = selection(["U1,total"], ["value.subnormal"], ["torch"])
    >>> chosen.wanted, chosen.unwanted
    (('U1', 'total'), ('value.subnormal',))
    """
    return Selection(_words(select, dialects), _words(ignore, dialects))


def rule_called(name: str) -> Rule:
    """Give the rule with this number or code; raise `BindingError` where there is none.

    >>> rule_called("u101").code
    'value.zero_start'
    """
    found = [rule for rule in RULES if name.strip().upper() == rule.number or name.strip() == rule.code]
    if not found:
        raise _unknown(name)
    return found[0]


def _words(lists: Sequence[str], dialects: Collection[str]) -> tuple[str, ...]:
    given = [word.strip() for words in lists for word in words.split(",") if word.strip()]
    return tuple(_known(word, dialects) for word in given)


def _known(word: str, dialects: Collection[str]) -> str:
    for known in (word.upper(), word):
        if any(_names(known, rule.number, rule.code) for rule in RULES):
            return known
    if word.partition(".")[0] in dialects:
        return word
    raise _unknown(word)


def _fits(word: str, note: Note) -> bool:
    return any(_names(word, note.rule.number, code) for code in (note.code, note.rule.code))


def _names(word: str, number: str, code: str) -> bool:
    return (number.startswith(word) and word[:1] == "U") or code == word or code.startswith(f"{word}.")


def _unknown(word: str) -> BindingError:
    return BindingError(Problem("lint.rule", "", f"there is no rule {shorten(repr(word))}",
                                f"`unisched lint --rules` lists them.{_hint(word)}"))  # fmt: skip


def _hint(word: str) -> str:
    """Give the rule that may be meant; of numbers, which are all near to each other, those of the same family."""
    number = word.strip().upper()
    if number[:1] != "U" or not number[1:].isdecimal():
        known = [name for rule in RULES for name in (rule.number, rule.code)]
        return nearest(number, known) or nearest(word, known)
    family = [rule.number for rule in RULES if rule.number.startswith(number[:2])]
    return f" {number[:2]} is {FAMILIES[number[:2]]}: {', '.join(family)}." if family else ""
