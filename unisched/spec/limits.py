"""The limits every document keeps, however it was made: depth, number of values, finite numbers, plain keys.

Both walks use a list in place of the call stack, so that data of any depth is refused at the same cost.
This file knows nothing of what the values mean.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from unisched.duration import Duration
from unisched.errors import Problem, SpecError, shorten
from unisched.spec.curves import ConstantCurve
from unisched.spec.model import DEEPEST, Model, too_deep
from unisched.spec.number import fault, shown
from unisched.spec.paths import join, segment

__all__ = ["MOST_VALUES", "examine", "measure", "too_many"]

LONGEST_KEY: Final = 1000
LONGEST_TEXT: Final = 2**20
MOST_VALUES: Final = 200_000
"""The most values a document may hold, objects and lists counted."""

Place: TypeAlias = "tuple[Place, str | int] | None"

_HARMLESS: Final = frozenset({int, bool, type(None)})
_SCALARS: Final = _HARMLESS | {float, str, Duration}
"""What most values are, told by one look-up before anything is asked of an abstract class, which takes far longer."""


def too_many() -> SpecError:
    """Give the error for a document with more values than any schedule needs."""
    return fault("spec.too_large", f"the document holds more than {MOST_VALUES} values", "Use repeat, or fewer points.")


def examine(data: object) -> None:
    """Raise `SpecError` for plain data beyond the limits; models inside are taken as they are.

    A `Problem` in place of a value is what a parser found wrong with it.
    """
    seen = 0
    open_values: list[tuple[object, Place, int]] = [(data, None, 0)]
    while open_values:
        value, place, depth = open_values.pop()
        seen += 1
        if seen + len(open_values) > MOST_VALUES:
            raise too_many()
        if type(value) in _HARMLESS:
            continue
        match value:
            case str():
                _check_text(value, place)
            case float():
                _check_finite(value, place)
            case Problem():
                raise SpecError(value.at(_path(place)))
            case dict() | list() | tuple() | Mapping() if depth >= DEEPEST:
                raise too_deep(_path(place))
            case dict() | Mapping():
                _check_keys(value, place)
                _crowd(len(value))
                open_values.extend((item, (place, key), depth + 1) for key, item in value.items())
            case list() | tuple():
                _crowd(len(value))
                open_values.extend((item, (place, index), depth + 1) for index, item in enumerate(value))
            case _:
                pass


def measure(document: Model) -> None:
    """Raise `SpecError` where the document's models nest deeper, or hold more, than a text may."""
    seen = 0
    open_values: list[tuple[object, int]] = [(document, 0)]
    while open_values:
        value, depth = open_values.pop()
        seen += 1
        if depth > DEEPEST:
            raise too_deep("")
        if seen + len(open_values) > MOST_VALUES:
            raise too_many()
        if type(value) not in _SCALARS:
            open_values.extend([(item, depth + 1) for item in _children(value)])


def _children(value: object) -> Iterable[Any]:
    match value:
        case Model():
            return _fields(value)
        case Mapping():
            return value.values()
        case tuple():
            return value
        case _:
            return ()


def _fields(model: Model) -> Iterator[Any]:
    if isinstance(model, ConstantCurve) and model.duration is None and model.value is not None:
        return iter(_children(model.value))
    return iter([value for value in model.__dict__.values() if value is not None])


def _crowd(size: int) -> None:
    if size > MOST_VALUES:
        raise too_many()


def _check_finite(number: float, place: Place) -> None:
    if not math.isfinite(number):
        raise fault("number.not_finite", f"{number!r} is not a finite number", "Give a finite number.",
                    _path(place))  # fmt: skip


def _check_text(text: str, place: Place) -> None:
    if len(text) > LONGEST_TEXT:
        raise fault("input.too_large", f"a text of {len(text)} characters", f"Use at most {LONGEST_TEXT}.",
                    _path(place))  # fmt: skip
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise fault("json.syntax", "half of a surrogate pair stands alone in a text", "Write the whole character.",
                    _path(place))  # fmt: skip


def _check_keys(mapping: Mapping[Any, Any], place: Place) -> None:
    for key in mapping:
        if not (isinstance(key, str) and key.isascii() and len(key) <= LONGEST_KEY):
            break
    else:
        return
    normal: set[str] = set()
    for key in mapping:
        if not isinstance(key, str):
            raise fault("type.key", f"the key {shown(key)} is no text", "Keys are texts.", _path(place))
        if len(key) > LONGEST_KEY:
            raise fault("name.invalid", f"a key of {len(key)} characters", f"Use at most {LONGEST_KEY}.", _path(place))
        _check_text(key, place)
        folded = unicodedata.normalize("NFKC", key)
        if folded in normal:
            raise fault("json.duplicate_key", f"two keys look the same: {shorten(key, 60)!r}", "Rename one.",
                        _path((place, key)))  # fmt: skip
        normal.add(folded)


def _path(place: Place) -> str:
    keys: list[str | int] = []
    while place is not None:
        place, key = place
        keys.append(key)
    path = ""
    for key in reversed(keys):
        path = join(path, segment(key))
    return path
