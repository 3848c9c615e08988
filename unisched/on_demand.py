"""Names of a package that are loaded with their modules when they are first asked for, as most never are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["on_demand"]


def on_demand(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Give the `__getattr__` of a package; `homes` says in which of its modules each name lives.

    >>> on_demand("unisched", {"Clock": "duration"})("Clock")
    <class 'unisched.duration.Clock'>
    """

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return found
