"""The names of hyperparameters: six canonical ones, their abbreviations refused, all others passed through."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypeGuard

from unisched.spec.number import fault, shown

__all__ = [
    "CANONICAL", "LONGEST_NAME", "SPELLINGS", "check_hyperparameter", "check_name", "check_words", "names_a_schedule",
]  # fmt: skip

CANONICAL: Final = ("learning_rate", "weight_decay", "momentum", "beta1", "beta2", "epsilon")
LONGEST_NAME: Final = 200

_WORD: Final = re.compile(r" *[^\W\d]")
SPELLINGS: Final = {
    "lr": "learning_rate", "learningrate": "learning_rate", "wd": "weight_decay", "weightdecay": "weight_decay",
    "mom": "momentum", "momentum": "momentum", "betas": "beta1 and beta2", "beta1": "beta1", "b1": "beta1",
    "beta2": "beta2", "b2": "beta2", "eps": "epsilon", "epsilon": "epsilon",
}  # fmt: skip
"""From what a name is without case and separators to the canonical name that is meant."""

_CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_FORMATS: Final = frozenset("\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""A byte order mark, which PDF takes for one, and what turns the writing of a line around, digits and all."""


def check_name(name: object) -> str:
    """Give `name` if it can name a hyperparameter or group; raise `SpecError` where it cannot."""
    if not isinstance(name, str):
        raise fault("type.key", f"the key {shown(name)} is no text", "Names are texts.")
    if not name.strip():
        raise fault("name.invalid", "a name is empty", "Give it a name.")
    if len(name) > LONGEST_NAME:
        raise fault("name.invalid", f"a name of {len(name)} characters", f"Use at most {LONGEST_NAME}.")
    return check_words(name)


def check_words(words: str, allowed: str = "") -> str:
    """Give text that people read; raise `SpecError` where it could command what shows it, such as a terminal."""
    if not words.isprintable() and any(_controls(letter) and letter not in allowed for letter in words):
        raise fault("name.invalid", f"{shown(words)} holds control characters", "Leave them out.")
    return words


def _controls(letter: str) -> bool:
    return letter in _FORMATS or unicodedata.category(letter) in _CONTROLS


def names_a_schedule(value: object) -> TypeGuard[str]:
    """Tell whether what stands where a number may stand too is meant as the name of a schedule."""
    return isinstance(value, str) and _WORD.match(value) is not None


def check_hyperparameter(name: object) -> str:
    """Give `name` if it is canonical or free; an abbreviation or other spelling is an error that says what to write.

    >>> check_hyperparameter("teacher_momentum")
    'teacher_momentum'
    """
    checked = check_name(name)
    meant = SPELLINGS.get(re.sub(r"[-_ .]", "", checked).casefold())
    if meant is not None and checked not in CANONICAL:
        raise fault("hyperparameter.name", f"{checked!r} is not the name used here", f"Write {meant}.")
    return checked
