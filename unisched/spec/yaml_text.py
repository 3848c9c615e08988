"""YAML text to plain data, built from parser events: no tags, no aliases, no second document, keys are texts.

Plain scalars are read as JSON would read them: `3e-4` is a number, `yes` is a text, `010` is refused.
PyYAML is an optional extra, imported where it is needed.
"""

from __future__ import annotations

import re
from typing import Any, Final

from unisched.errors import Problem, SpecError, shorten
from unisched.spec.json_text import duplicate_key
from unisched.spec.limits import MOST_VALUES, too_many
from unisched.spec.model import DEEPEST, too_deep
from unisched.spec.number import decimal_text, fault, integer_text, shown

__all__ = ["read_yaml"]

_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER: Final = re.compile(r"[+-]?(?:0|[1-9][0-9]*+)")
_FLOAT: Final = re.compile(r"[+-]?(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+")
_OCTAL: Final = re.compile(r"[+-]?0[0-9]++")
_ENDLESS: Final = re.compile(r"[+-]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def read_yaml(text: str) -> Any:
    """Give the data of one YAML document; raise `SpecError` where it is none or needs more than JSON has."""
    try:
        import yaml
    except ImportError:
        raise fault("yaml.not_installed", "reading YAML needs PyYAML, which is not installed",
                    'Run pip install "unisched-core[yaml]", or write JSON or TOML.') from None  # fmt: skip
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(type(event).__name__, event)
    except yaml.YAMLError as error:
        raise _syntax(error) from None
    if not builder.roots:
        raise fault("yaml.empty", "the text is empty", "Give a document with schedules.")
    return builder.roots[0]


class _Open:
    """A list or object under construction."""

    def __init__(self, data: dict[str, Any] | list[Any]) -> None:
        self.data = data
        self.key: str | None = None
        self.order: dict[str, int] = {}

    def add(self, value: Any) -> None:
        if isinstance(self.data, list):
            self.data.append(value)
        elif self.key is not None:
            self._set(self.key, value)
            self.key = None

    def _set(self, key: str, value: Any) -> None:
        assert isinstance(self.data, dict)
        self.data[key] = duplicate_key(self.order[key], len(self.order)) if key in self.order else value
        self.order.setdefault(key, len(self.order))

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.data, dict) and self.key is None


class _Builder:
    """Takes events one at a time; `roots` holds the document when they end."""

    def __init__(self) -> None:
        self.roots: list[Any] = []
        self._open: list[_Open] = []
        self._values = 0

    def take(self, name: str, event: Any) -> None:
        match name:
            case "ScalarEvent":
                self._scalar(event)
            case "AliasEvent":
                self._value(Problem("yaml.alias", "", f"an alias, *{shorten(event.anchor, 60)}", "Write it out."))
            case "MappingStartEvent" | "SequenceStartEvent":
                self._start({} if name == "MappingStartEvent" else [], event)
            case "MappingEndEvent" | "SequenceEndEvent":
                self._open.pop()
            case _:
                pass

    def _scalar(self, event: Any) -> None:
        if self._open and self._open[-1].awaits_key and event.tag is None:
            self._open[-1].key = event.value
            return
        is_plain, _ = event.implicit
        self._value(_tagged(event) or (_plain(event.value) if is_plain else event.value))

    def _start(self, data: dict[str, Any] | list[Any], event: Any) -> None:
        if len(self._open) >= DEEPEST:
            raise too_deep("")
        tagged = _tagged(event)
        self._value(data if tagged is None else tagged)
        self._open.append(_Open(data))

    def _value(self, value: Any) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise too_many()
        if self._open:
            if self._open[-1].awaits_key:
                raise fault("type.key", f"a key is {shown(value)}, not a text", "Keys are texts.")
            self._open[-1].add(value)
        elif self.roots:
            raise fault("yaml.trailing", "a second document follows the first", "Keep one.")
        else:
            self.roots.append(value)


def _tagged(event: Any) -> Problem | None:
    if event.tag is None:
        return None
    return Problem("yaml.tag", "", f"a tag, {shown(event.tag)}", "Leave it out; nothing here needs tags.")


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _OCTAL.fullmatch(text):
        return Problem("yaml.number", "", f"{shown(text)} is octal to some readers", "Leave out the leading 0.")
    if _ENDLESS.fullmatch(text):
        return Problem("number.not_finite", "", f"{text} is not a finite number", "Give a finite number.")
    if _INTEGER.fullmatch(text):
        return integer_text(text)
    return decimal_text(text) if _FLOAT.fullmatch(text) else text


def _syntax(error: Any) -> SpecError:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1} column {mark.column + 1}: " if mark is not None else ""
    said = getattr(error, "problem", None) or str(error).splitlines()[0]
    return fault("yaml.syntax", f"{place}{shorten(str(said), 200)}", "Correct the text there.")
