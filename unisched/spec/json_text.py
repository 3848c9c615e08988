"""JSON text to plain data, with what the standard parser lets pass refused: duplicates, NaN, numbers that change.

A text that may be too deep or too large is scanned before the parser, which recurses, sees it. Numbers that cannot
be kept become a `Problem` in their place; `limits.examine` finds them and knows the path.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from unisched.errors import Problem, SpecError, shorten
from unisched.spec.limits import MOST_VALUES, too_many
from unisched.spec.model import DEEPEST, too_deep
from unisched.spec.number import decimal_text, fault, integer_text
from unisched.spec.paths import join, segment

__all__ = ["duplicate_key", "read_json", "without_duplicates"]

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)


def read_json(text: str) -> Any:
    """Give the data of one JSON text; raise `SpecError` with line and column where it is none."""
    if not text.strip():
        raise fault("json.empty", "the text is empty", 'Give an object, such as {"schedules": ...}.')
    if text.startswith("\ufeff"):
        raise fault("json.syntax", "line 1 column 1: unexpected UTF-8 BOM (decode using utf-8-sig)",
                    "Correct the text there.")  # fmt: skip
    opened = text.count("[") + text.count("{")
    if opened > DEEPEST or opened + text.count(",") > MOST_VALUES:
        _scan(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _syntax(error, text) from None


def duplicate_key(first: int, second: int) -> Problem:
    """Give the problem of one key that stands twice in an object, at the given positions from 0."""
    return Problem("json.duplicate_key", "", f"the key is written twice, as items {first + 1} and {second + 1}",
                   "Keep one of them.")  # fmt: skip


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Give the object of these keys and values, as an `object_pairs_hook`; raise `ValueError` for a key given twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _scan(text: str) -> None:
    """Follow brackets, keys and commas, and stop at the first bracket that is too deep."""
    places: list[int | tuple[int, int]] = []
    indices: list[int] = []
    values = 0
    last_string = (0, 0)
    for token in _TOKEN.finditer(text):
        letter = text[token.start()]
        if letter == '"':
            last_string = token.span()
            continue
        if letter in "[{":
            if indices:
                places.append(indices[-1] if indices[-1] >= 0 else last_string)
            if len(indices) >= DEEPEST:
                raise too_deep(_path(text, places))
            indices.append(0 if letter == "[" else -1)
        elif letter == "," and indices and indices[-1] >= 0:
            indices[-1] += 1
        elif letter in "]}" and indices:
            indices.pop()
            del places[-1:]
        values += letter in "[{,"
        if values > MOST_VALUES:
            raise too_many()


def _path(text: str, places: list[int | tuple[int, int]]) -> str:
    path = ""
    for place in places:
        path = join(path, segment(place if isinstance(place, int) else _key(text[slice(*place)])))
    return path


def _key(quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False))
    except json.JSONDecodeError:
        return shorten(quoted)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    places: dict[str, int] = {}
    for index, (key, _) in enumerate(pairs):
        if key in places:
            found[key] = duplicate_key(places[key], index)
        places.setdefault(key, index)
    return found


def _constant(word: str) -> Problem:
    return Problem("number.not_finite", "", f"{word} is not a finite number", "Give a finite number.")


# Made once: a decoder takes longer to make than a short text to read.
_DECODER: Final = json.JSONDecoder(
    parse_float=decimal_text, parse_int=integer_text, parse_constant=_constant, object_pairs_hook=_object
)


def _syntax(error: json.JSONDecodeError, text: str) -> SpecError:
    place = f"line {error.lineno} column {error.colno}"
    if error.msg.startswith("Extra data"):
        return fault("json.trailing", f"more text follows the document at {place}", "Keep one JSON object.")
    return fault("json.syntax", f"{place}: {error.msg[:1].lower()}{error.msg[1:]}", _hint(error, text))


def _hint(error: json.JSONDecodeError, text: str) -> str:
    before, rest = text[: error.pos].rstrip(), text[error.pos :].lstrip()
    if not rest or error.msg.startswith("Unterminated string"):
        return "The text ends too early; is it cut off?"
    if (before.endswith(",") and rest[0] in "]}") or (rest[0] == "," and rest[1:].lstrip()[:1] in {"]", "}"}):
        return "Remove the comma before the closing bracket."
    if rest[0] == "'":
        return "Use double quotes."
    if rest[0] in "#/":
        return "JSON has no comments; TOML and YAML have."
    if rest[0] in "+." or rest[0].isdigit():
        return "Numbers are written like 5, 0.5 or 3e-4."
    if (rest[0].isalpha() or rest[0] == "_") and text[: error.pos][-1:].isdigit():
        return "Numbers are written like 5, 0.5 or 3e-4; anything else stands in double quotes."
    if rest[0].isalpha() or rest[0] == "_":
        return "Names and texts stand in double quotes."
    return "Correct the text there."
