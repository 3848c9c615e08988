"""The tables from `kind` to model, bound once by `grammar`, so that models may contain curves of any kind.

This file knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from pydantic import BaseModel

__all__ = ["Dialects", "bind", "bind_dialects", "dialects", "kind_of", "kinds", "model_of", "owners"]

_TABLE: Final[dict[str, type[BaseModel]]] = {}


class Dialects(Protocol):
    """What curves need to know of the kinds with a dot, which other distributions may bring."""

    def model_of(self, kind: str) -> type[BaseModel]:
        """Give the model of a kind with a dot; raise `SpecError` or `PluginError` where there is none."""

    def models(self) -> Iterable[type[BaseModel]]:
        """Give the models of all installed dialects."""

    def meant_by(self, name: str) -> str:
        """Give a hint at the kinds that a library's own name, without the library, may mean; "" for none."""

    def read(self, value: Mapping[Any, Any]) -> Mapping[str, Any]:
        """Give the curve, as data, behind another library's own serialized form; raise `SpecError` if it is none."""


_DIALECTS: Final[list[Dialects]] = []


def bind(table: Mapping[str, type[BaseModel]]) -> None:
    """Make `table` the kinds that documents may name."""
    _TABLE.clear()
    _TABLE.update(table)


def bind_dialects(found: Dialects) -> None:
    """Make `found` the place to ask for kinds with a dot."""
    _DIALECTS[:] = [found]


def dialects() -> Dialects:
    """Give the place to ask for kinds with a dot."""
    return _DIALECTS[0]


def kinds() -> tuple[str, ...]:
    """Give the names of all kinds of the core."""
    return tuple(_TABLE)


def model_of(kind: str) -> type[BaseModel] | None:
    """Give the model behind `kind`, or None."""
    return dialects().model_of(kind) if "." in kind else _TABLE.get(kind)


def kind_of(model: type[BaseModel]) -> str:
    """Give the kind that documents name a model by."""
    return str(model.model_fields["kind"].default)


def owners(field: str) -> tuple[str, ...]:
    """Give the kinds of the core that have a field of this name."""
    return tuple(kind for kind, model in _TABLE.items() if field in model.model_fields)
