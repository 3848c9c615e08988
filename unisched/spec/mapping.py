"""A mapping that cannot change, sorted by key, so that the order of declaration means nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

__all__ = ["FrozenMapping"]

V = TypeVar("V")


class FrozenMapping(Mapping[str, V]):
    """An immutable, hashable mapping from text, iterated in the order of its keys.

    >>> dict(FrozenMapping({"b": 1, "a": 2}))
    {'a': 2, 'b': 1}
    """

    __slots__ = ("_items",)
    _items: dict[str, V]

    def __init__(self, items: Mapping[str, V]) -> None:
        object.__setattr__(self, "_items", dict(sorted(items.items())))

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMapping, (self._items,)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"the mapping is frozen: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"the mapping is frozen: {name}")
