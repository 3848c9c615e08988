"""From any source to a `Spec`: a path, JSON text, a mapping, or a spec.

This file chooses the reader; what a document may hold is `document`'s to say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from unisched.errors import Problem, SpecError, nearest, shorten
from unisched.spec.curve import is_function, read_curve
from unisched.spec.dialect import DialectCurve
from unisched.spec.document import Spec
from unisched.spec.files import check_size, decode, read_file
from unisched.spec.json_text import read_json
from unisched.spec.limits import examine
from unisched.spec.number import fault, shown
from unisched.spec.toml_text import read_toml
from unisched.spec.yaml_text import read_yaml

__all__ = ["load"]

_READERS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    ".json": ("json", read_json), ".toml": ("toml", read_toml),
    ".yaml": ("yaml", read_yaml), ".yml": ("yaml", read_yaml),
}  # fmt: skip
_JSON_START: Final = re.compile(r'[\[{"]|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\s*\Z|(?:null|true|false)\s*\Z')
_LONE_ENTRY: Final = "schedules.learning_rate"


def load(source: Spec | Mapping[str, Any] | str | os.PathLike[str] | Callable[[int], float]) -> Spec:
    """Give the `Spec` of a path (.json .toml .yaml .yml), a JSON text, a mapping, or a spec itself.

    A text whose first character is `{` is JSON; any other is a path. A document with `kind` or `curve` is the
    entry of `learning_rate`, and so is a Python function of the step. Raises `SpecError`, with the JSON path of each
    problem.

    >>> load('{"kind": "linear", "start": 1, "end": 0}').schedules["learning_rate"].end
    0.0
    """
    if isinstance(source, Spec):
        return source
    if isinstance(source, Mapping):
        return _document(source)
    if isinstance(source, str) and _is_json(source):
        check_size(len(source))
        return _document(read_json(source.removeprefix("\ufeff")))
    if isinstance(source, str | os.PathLike):
        return _from_file(source)
    if is_function(source):
        return _spec({"schedules": {"learning_rate": source}})
    raise fault("spec.not_object", f"{shown(source)} is no document", "Give a path, JSON text, a mapping or a Spec; "
                "of a live scheduler unisched.lift makes one.")  # fmt: skip


def _is_json(text: str) -> bool:
    start = text[:1000].removeprefix("\ufeff").lstrip()
    return not start or "\n" in start or _JSON_START.match(start) is not None


def _from_file(source: str | os.PathLike[str]) -> Spec:
    path = os.fsdecode(source)
    try:
        language, read = _reader(path)
        return _document(read(decode(read_file(path), language)))
    except SpecError as error:
        error.add_note(f"in {shorten(path)}")
        raise


def _reader(path: str) -> tuple[str, Callable[[str], Any]]:
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _READERS:
        return _READERS[suffix]
    read_file(path)
    raise fault("file.format", f"{shorten(path)!r} ends in none of {', '.join(_READERS)}",
                f"Name the format by the suffix.{nearest(suffix, _READERS)}")  # fmt: skip


def _document(data: object) -> Spec:
    if not isinstance(data, Mapping):
        raise fault("spec.not_object", f"the document is {shown(data)}", 'Give an object, such as {"schedules": ...}.')
    if "kind" in data or "curve" in data or ("class_name" in data and "schedules" not in data):
        return _lone_entry(data)
    for key in data:
        if not isinstance(key, str):
            raise fault("type.key", f"the key {shown(key)} is no text", "Keys are texts.")
    return _spec(data)


def _spec(fields: Mapping[str, Any]) -> Spec:
    return Spec(**fields)


def _lone_entry(data: Mapping[str, Any]) -> Spec:
    try:
        return _spec({"schedules": dict.fromkeys(_drives(data), data)})
    except SpecError as error:
        raise SpecError(*map(_without_prefix, error.problems)) from None


def _drives(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the hyperparameters that a lone entry is for: a dialect's kind may schedule several."""
    kind = data.get("kind")
    if "curve" in data or not ("class_name" in data or (isinstance(kind, str) and "." in kind)):
        return ("learning_rate",)
    examine(data)
    curve = read_curve(data)
    return curve.drives() if isinstance(curve, DialectCurve) else ("learning_rate",)


def _without_prefix(problem: Problem) -> Problem:
    path = problem.path.removeprefix(_LONE_ENTRY).removeprefix(".")
    if problem.code == "field.unknown" and path in Spec.model_fields:
        return Problem(problem.code, path, problem.fault,
                       "A document with 'kind' or 'curve' is the learning rate alone: "
                       f"write it under schedules.learning_rate, or pass {path} as an argument.")  # fmt: skip
    return problem.at(path)
