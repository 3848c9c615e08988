"""The JSON Schema of documents as a part of another one: that of a user's own model with a schedule in a field.

There it is a resource of its own, by its `$id`, and its references stay within it. pydantic looks up every `$ref` among
its own definitions, and fails where it finds none; a `$dynamicRef` that no `$dynamicAnchor` answers means the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

__all__ = ["alone", "embedded", "is_alone"]

_ALONE: Final = ContextVar("_ALONE", default=False)


@contextmanager
def alone() -> Iterator[None]:
    """Say that documents are described for themselves, as pydantic sees them."""
    token = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(token)


def is_alone() -> bool:
    """Tell whether documents are described for themselves."""
    return _ALONE.get()


def embedded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give `schema`, which has an `$id`, as it stands within another of the same dialect of JSON Schema."""
    return {key: _relative(value) for key, value in schema.items() if key != "$schema"}


def _relative(schema: Any) -> Any:
    match schema:
        case {"$ref": str(target), **others}:
            return {"$dynamicRef": target, **{key: _relative(value) for key, value in others.items()}}
        case dict():
            return {key: _relative(value) for key, value in schema.items()}
        case list():
            return [_relative(item) for item in schema]
        case _:
            return schema
