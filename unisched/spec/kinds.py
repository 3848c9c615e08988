"""The table from `kind` to model, bound once by `grammar`, so that models may contain curves of any kind.

This file knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

__all__ = ["bind", "kinds", "model_of", "owners"]

_TABLE: Final[dict[str, type[BaseModel]]] = {}


def bind(table: Mapping[str, type[BaseModel]]) -> None:
    """Make `table` the kinds that documents may name."""
    _TABLE.clear()
    _TABLE.update(table)


def kinds() -> tuple[str, ...]:
    """Give the names of all kinds."""
    return tuple(_TABLE)


def model_of(kind: str) -> type[BaseModel] | None:
    """Give the model behind `kind`, or None."""
    return _TABLE.get(kind)


def owners(field: str) -> tuple[str, ...]:
    """Give the kinds that have a field of this name."""
    return tuple(kind for kind, model in _TABLE.items() if field in model.model_fields)
