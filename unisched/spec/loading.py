"""From any source to a `Spec`: a path, JSON text, a mapping, or a spec.

This file chooses the reader; what a document may hold is `document`'s to say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from unisched.errors import nearest, shorten
from unisched.spec.containers import plain_containers
from unisched.spec.curve import is_function
from unisched.spec.document import Spec
from unisched.spec.files import check_size, decode, naming, read_file
from unisched.spec.json_text import read_json
from unisched.spec.number import fault, shown
from unisched.spec.toml_text import read_toml
from unisched.spec.yaml_text import read_yaml

__all__ = ["load"]

_READERS: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    ".json": ("json", read_json), ".toml": ("toml", read_toml),
    ".yaml": ("yaml", read_yaml), ".yml": ("yaml", read_yaml),
}  # fmt: skip
_JSON_START: Final = re.compile(r'[\[{"]|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\s*\Z|(?:null|true|false)\s*\Z')


def load(source: Spec | Mapping[str, Any] | str | os.PathLike[str] | Callable[[int], float]) -> Spec:
    """Give the `Spec` of a path (.json .toml .yaml .yml), a JSON text, a mapping, or a spec itself.

    A text whose first character is `{` is JSON; any other is a path. A document with `kind` or `curve` is the
    entry of `learning_rate`, and so is a Python function of the step. Mappings and sequences may be those of a
    configuration library. Raises `SpecError`, with the JSON path of each problem.

    >>> load('{"kind": "linear", "start": 1, "end": 0}').schedules["learning_rate"].end
    0.0
    """
    if isinstance(source, Spec):
        return source
    if isinstance(source, Mapping):
        return _document(source if isinstance(source, dict) else plain_containers(source))
    if isinstance(source, str) and _is_json(source):
        check_size(len(source))
        return _document(read_json(source.removeprefix("\ufeff")))
    if isinstance(source, str | os.PathLike):
        return _from_file(source)
    if is_function(source):
        return Spec(schedules={"learning_rate": source})
    raise fault("spec.not_object", f"{shown(source)} is no document", "Give a path, JSON text, a mapping or a Spec; "
                "of a live scheduler unisched.lift makes one.")  # fmt: skip


def _is_json(text: str) -> bool:
    start = text[:1000].removeprefix("\ufeff").lstrip()
    return not start or "\n" in start or _JSON_START.match(start) is not None


def _from_file(source: str | os.PathLike[str]) -> Spec:
    path = os.fsdecode(source)
    with naming(path):
        language, read = _reader(path)
        return _document(read(decode(read_file(path), language)))


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
    if "unisched_state" in data:
        raise fault("spec.state", "this is a state, not a document",
                    "Give the document under 'spec'; show, explain, plot, diff and replan take states.")  # fmt: skip
    for key in data:
        if not isinstance(key, str):
            raise fault("type.key", f"the key {shown(key)} is no text", "Keys are texts.")
    return Spec(**data)
