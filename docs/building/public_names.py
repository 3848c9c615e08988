"""Every public name of the modules in the API reference is documented there, with a docstring of its own."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from sphinx.util import logging

__all__ = ["connect", "undocumented"]


def connect(app: Any) -> None:
    app.connect("env-check-consistency", _check)


def undocumented(modules: list[str], documented: set[str]) -> Iterator[str]:
    """Give each public name of the modules, and each public member of their classes, that is not documented.

    A name that stands for an object which is documented under another one is documented.
    """
    known = {id(thing) for name in documented if (thing := _resolved(name)) is not None}
    for module_name in modules:
        module = importlib.import_module(module_name)
        for name in module.__all__:
            thing = getattr(module, name)
            full = f"{module_name}.{name}"
            if full not in documented and id(thing) not in known and not inspect.ismodule(thing):
                yield full
            elif full in documented and inspect.isclass(thing):
                yield from (f"{full}.{member}" for member in _bare_members(thing))


def _bare_members(thing: type) -> Iterator[str]:
    for name, value in vars(thing).items():
        inner = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        is_code = inspect.isfunction(inner) or isinstance(value, property)
        if is_code and not name.startswith("_") and not getattr(inner, "__doc__", None):
            yield name


def _resolved(full: str) -> object | None:
    module, _, name = full.rpartition(".")
    if not module:
        return None
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


def _check(app: Any, env: Any) -> None:
    domain = env.domains.python_domain
    documented = {name for name, entry in domain.objects.items() if not entry.aliased}
    for name in undocumented(sorted(domain.modules), documented):
        logging.getLogger(__name__).warning("public name without documentation: %s", name, type="unisched")
