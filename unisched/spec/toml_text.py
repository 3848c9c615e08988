"""TOML text to plain data. The text is scanned first: the parser recurses, and long dotted keys make it slow."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from unisched.errors import Problem, shorten
from unisched.spec.limits import MOST_VALUES, too_many
from unisched.spec.model import DEEPEST, too_deep
from unisched.spec.number import decimal_text, fault

__all__ = ["read_toml"]

_TOKEN: Final = re.compile(
    r"""
    (?P<comment> \#[^\n]*+ )
  | (?P<name> \"{3} (?: [^"\\]++ | \\. | "(?!"") )*+ (?: \"{3} | \Z ) | '{3} .*? (?: '{3} | \Z )
            | " (?: [^"\\\n]++ | \\. )*+ "? | ' [^'\n]*+ '? | [A-Za-z0-9_+-]++ )
  | (?P<mark> [\[\]{}.,=\n] )
    """,
    re.VERBOSE | re.DOTALL,
)


def read_toml(text: str) -> dict[str, Any]:
    """Give the data of a TOML text; raise `SpecError` with line and column where it is none."""
    if not text.strip():
        raise fault("toml.empty", "the text is empty", "Give a document with [schedules].")
    _scan(text)
    try:
        return tomllib.loads(text, parse_float=_number)
    except tomllib.TOMLDecodeError as error:
        raise fault("toml.syntax", shorten(str(error), 300), "Correct the text there.") from None
    except ValueError:
        raise fault("number.too_long", "an integer has too many digits", "Use at most 1000.") from None


def _number(text: str) -> float | Problem:
    return decimal_text(text.replace("_", ""))


def _scan(text: str) -> None:
    depth = dots = values = 0
    before = ""
    for token in _TOKEN.finditer(text):
        mark = token["mark"] or ""
        if mark == ".":
            dots += 1
        elif not (token["name"] and before == "."):
            dots = 0
        depth += (mark in {"[", "{"}) - (mark in {"]", "}"})
        values += mark in {",", "=", "[", "{", "."}
        if depth > DEEPEST or dots > DEEPEST:
            raise too_deep("")
        if values > MOST_VALUES:
            raise too_many()
        before = mark
