"""The containers of configuration libraries as dicts and lists.

Theirs look up what a value refers to when it is read. They are read here, so that all other files meet plain data,
and a value that cannot be had is an error with a path. Knows no library: what is a mapping or a sequence will do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import getitem
from typing import Any, Final, TypeVar

from unisched.duration import Duration
from unisched.errors import SpecError, shorten
from unisched.spec.limits import MOST_VALUES, too_many
from unisched.spec.model import DEEPEST
from unisched.spec.number import fault
from unisched.spec.paths import inside

__all__ = ["plain_containers"]

T = TypeVar("T")

_SCALARS: Final = frozenset({int, bool, float, str, type(None), Duration})
"""What most values are, told before anything is asked of an abstract class, which takes far longer."""
_TEXTS: Final = str | bytes | bytearray | memoryview


def plain_containers(data: Any) -> Any:
    """Give `data` with dicts and lists for all other mappings and sequences; the same object where it has none.

    Beyond the limits of a document it is left as it is. Raises `SpecError` for what its container cannot give.

    >>> from types import MappingProxyType
    >>> plain_containers({"points": MappingProxyType({"at": range(2)})})
    {'points': {'at': [0, 1]}}
    """
    return _Reading().plain(data) if _has_foreign(data) else data


def _has_foreign(data: object) -> bool:
    level: list[Any] = [data]
    for _ in range(DEEPEST + 1):
        deeper: list[Any] = []
        for value in level:
            if not isinstance(value, dict | list | tuple):
                if isinstance(value, Mapping | Sequence) and not isinstance(value, _TEXTS):
                    return True
            elif len(value) + len(deeper) > MOST_VALUES:
                return False
            else:
                items = value.values() if isinstance(value, dict) else value
                deeper.extend([item for item in items if type(item) not in _SCALARS])
        level = deeper
    return False


class _Reading:
    """One pass over data that holds foreign containers; so many values, and no more."""

    def __init__(self) -> None:
        self._seen = 0

    def plain(self, value: Any, depth: int = 0) -> Any:
        self._seen += 1
        if self._seen > MOST_VALUES:
            raise too_many()
        if type(value) in _SCALARS or isinstance(value, _TEXTS) or depth > DEEPEST:
            return value
        if isinstance(value, Mapping):
            keys: list[Any] = _had(list, value)
            return {key: self._inside(value, key, depth) for key in keys}
        if isinstance(value, Sequence):
            return [self._inside(value, place, depth) for place in range(_had(len, value))]
        return value

    def _inside(self, container: Any, key: Any, depth: int) -> Any:
        try:
            return self.plain(_had(getitem, container, key), depth + 1)
        except SpecError as error:
            raise SpecError(*inside(error, key if isinstance(key, str | int) else repr(key))) from error.__cause__


def _had(read: Callable[..., T], *arguments: Any) -> T:
    try:
        return read(*arguments)
    except Exception as error:
        said = shorten(str(error).partition("\n")[0], 200)
        raise fault("value.unreadable", f"{type(error).__name__}: {said}",
                    "Give the configuration what this refers to, or leave it out.") from error  # fmt: skip
