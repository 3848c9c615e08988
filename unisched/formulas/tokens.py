"""The text of a formula as tokens: the budget and the allow-list that stand before the parser.

What is not listed here is not in the language: no text, no attribute, no index, no keyword but four. Every fault names
its column, counted from 1. Knows no grammar and no tree.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final, Literal, NamedTuple, NoReturn, TypeAlias

from unisched.errors import Problem, SpecError, shorten

__all__ = ["DEEPEST", "LONGEST", "MOST_TOKENS", "Token", "refuse", "tokens"]

LONGEST: Final = 4096
"""The most characters of a formula."""

MOST_TOKENS: Final = 1000

DEEPEST: Final = 64
"""The most parentheses, and the most operators, that may stand inside each other."""

_LONGEST_NUMBER: Final = 100
_NUMBER: Final = re.compile(r"(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+(?![0-9A-Za-z_.])")
_WHOLE: Final = re.compile(r"(?:0|[1-9][0-9]*+)")
_NUMBER_LIKE: Final = re.compile(r"(?:[0-9]|\.[0-9]|\.[eE][0-9])[0-9A-Za-z_.]*+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
_SYMBOL: Final = re.compile(r"\*\*|//|<=|>=|==|!=|[-+*/%<>(),]")
_FOREIGN: Final = re.compile(r"<<|>>|&&|\|\||!(?!=)|[\^~&|@?]")
_SPACE: Final = re.compile(r"[ \t\r\n]++")
_WORDS: Final = frozenset({"if", "else", "and", "or", "not"})
_RESERVED: Final = frozenset({
    "False", "None", "True", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "except", "finally", "for", "from", "global", "import", "in", "is", "lambda", "nonlocal", "pass", "raise",
    "return", "try", "while", "with", "yield",
})  # fmt: skip
_INSTEAD: Final = {
    "^": 'Use ** for a power: "2**3".', "&&": 'Write "and".', "||": 'Write "or".', "&": 'Write "and".',
    "|": 'Write "or".', "!": 'Write "not", or != for unequal.', "~": 'Write "not".',
}  # fmt: skip
_TYPED_AS: Final = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "\u00b2": "**2",
    "\u00b3": "**3", "\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u03c0": "pi",
}  # fmt: skip
_OPERATORS: Final = "Operators: + - * / // % **, comparisons, and or not, if else."
_LARGEST_WHOLE: Final = 2**62 - 1

Sort: TypeAlias = Literal["number", "name", "symbol", "end"]


class Token(NamedTuple):
    """A piece of the text: `text` as written, `value` of a number, and the column at which it begins."""

    sort: Sort
    text: str
    column: int
    value: int | float = 0


def refuse(code: str, column: int, fault: str, remedy: str) -> NoReturn:
    """Raise `SpecError` at a column of the text."""
    raise SpecError(Problem(code, "", f"column {column}: {fault}", remedy))


def tokens(text: str) -> list[Token]:
    """Give the tokens of a formula, the last of sort `end`; raise `SpecError` where it is beyond the budget.

    >>> [token.text for token in tokens("0.1 * step")]
    ['0.1', '*', 'step', '']
    """
    if len(text) > LONGEST:
        raise SpecError(Problem("expr.too_long", "", f"a formula of {len(text)} characters",
                                f"Use at most {LONGEST}; long tables are piecewise."))  # fmt: skip
    found = list(_split(text))
    if not found:
        raise SpecError(Problem("expr.empty", "", "the formula is empty", 'Write one, such as "0.1 / sqrt(step + 1)".'))
    _check_depth(found)
    return [*found, Token("end", "", len(text) + 1)]


def _split(text: str) -> list[Token]:
    found: list[Token] = []
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        if len(found) == MOST_TOKENS:
            refuse("expr.too_long", position + 1, f"more than {MOST_TOKENS} numbers, names and operators",
                   "Shorten it; long tables are piecewise.")  # fmt: skip
        token = _next(text, position)
        found.append(token)
        position += len(token.text)
    return found


def _next(text: str, position: int) -> Token:
    column = position + 1
    if like := _NUMBER_LIKE.match(text, position):
        return _number(text, position, like[0])
    if name := _NAME.match(text, position):
        if name[0] in _RESERVED:
            refuse("expr.token", column, f"{name[0]!r} is not part of a formula", "Use numbers, names and operators.")
        return Token("symbol" if name[0] in _WORDS else "name", name[0], column)
    if foreign := _FOREIGN.match(text, position):
        refuse("expr.operator", column, f"{foreign[0]!r} is no operator here", _INSTEAD.get(foreign[0], _OPERATORS))
    if symbol := _SYMBOL.match(text, position):
        return Token("symbol", symbol[0], column)
    return _stray(text[position], column)


def _number(text: str, position: int, like: str) -> Token:
    column = position + 1
    number = _NUMBER.match(text, position)
    if number is None or (number[0].isdigit() and not _WHOLE.fullmatch(number[0])):
        refuse("expr.literal", column, f"{shorten(like, 60)!r} is no number", _better(like))
    if len(number[0]) > _LONGEST_NUMBER:
        refuse("expr.literal", column, f"a number of {len(number[0])} characters", f"Use at most {_LONGEST_NUMBER}.")
    return Token("number", number[0], column, _value(number[0], column))


def _value(written: str, column: int) -> int | float:
    if written.isdigit():
        whole = int(written)
        if whole <= _LARGEST_WHOLE:
            return whole
        if int(float(written)) != whole:
            refuse("expr.literal", column, f"{shorten(written, 60)} has no exact float64", "Write it as 1.5e20.")
    value = float(written)
    if not math.isfinite(value):
        refuse("expr.literal", column, f"{shorten(written, 60)} is above the float range", "The largest is 1.8e308.")
    if value == 0 and re.search("[1-9]", re.split("[eE]", written)[0]):
        refuse("expr.literal", column, f"{shorten(written, 60)} would become 0", "Write 0, or 5e-324 or more.")
    return value


def _better(like: str) -> str:
    bare = like.replace("_", "")
    if bare != like and bare.isdigit():
        return f"Write {shorten(bare, 60)}."
    if like.isdigit():
        return f"Write {shorten(like.lstrip('0') or '0', 60)}."
    factor = re.fullmatch(r"([0-9]{1,20})([A-Za-z]{2,20})", like)
    return f'Write "{factor[1]}*{factor[2]}".' if factor else "Write numbers as 12, 0.5 or 3e-4."


def _stray(letter: str, column: int) -> NoReturn:
    if " " <= letter <= "~":
        refuse("expr.token", column, f"{letter!r} is not part of a formula",
               "A formula has numbers, names, operators, calls and parentheses, nothing else.")  # fmt: skip
    folded = unicodedata.normalize("NFKC", letter)
    meant = _TYPED_AS.get(letter) or (folded if len(folded) == 1 and " " < folded <= "~" else "")
    name = unicodedata.name(letter, "no character")
    refuse("expr.char", column, f"U+{ord(letter):04X} ({name}) is not ASCII" if letter > "~" else
           f"U+{ord(letter):04X} is a control character",
           f"Write {meant!r}." if meant else "Write formulas in plain ASCII.")  # fmt: skip


def _check_depth(found: list[Token]) -> None:
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if depth > DEEPEST:
            refuse("expr.too_deep", token.column, f"more than {DEEPEST} parentheses inside each other",
                   "Flatten it, or use piecewise.")  # fmt: skip
