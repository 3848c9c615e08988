"""What changed between two pieces of JSON data, by path: a curve of another kind is one change, not one a field.

Knows no documents beyond the word `kind`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from unisched.errors import shorten
from unisched.spec.paths import join, segment

__all__ = ["ABSENT", "Change", "changes"]


class _Absent:
    """What stands where there is no field."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its JSON path, what it was and what it is, `ABSENT` where there is none.

    >>> print(Change("total", 1000, 500))
    total was 1000, is 500
    """

    path: str
    old: Any
    new: Any

    @property
    def was(self) -> str:
        """What stood there, as JSON, shortened."""
        return _shown(self.old)

    @property
    def now(self) -> str:
        """What stands there, as JSON, shortened."""
        return _shown(self.new)

    def __str__(self) -> str:
        return f"{self.path} was {self.was}, is {self.now}"


def changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Give each field in which two pieces of JSON data differ, in the order of the old one.

    >>> [str(change) for change in changes({"a": [1, 2], "b": 3}, {"a": [1, 4]})]
    ['a[1] was 2, is 4', 'b was 3, is absent']
    """
    pairs = list(_pairs(old, new)) if _alike(old, new) else None
    if pairs is None:
        if type(old) is not type(new) or old != new:
            yield Change(path, old, new)
        return
    for key, before, after in pairs:
        yield from changes(before, after, join(path, segment(key)))


def _alike(old: Any, new: Any) -> bool:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return bool(old.get("kind") == new.get("kind"))
    return isinstance(old, list | tuple) and isinstance(new, list | tuple)


def _pairs(old: Any, new: Any) -> Iterator[tuple[str | int, Any, Any]]:
    if isinstance(old, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield key, old.get(key, ABSENT), new.get(key, ABSENT)
        return
    for index in range(max(len(old), len(new))):
        yield index, _item(old, index), _item(new, index)


def _item(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def _shown(value: object) -> str:
    return repr(value) if value is ABSENT else shorten(json.dumps(value))
