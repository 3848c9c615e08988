"""The doors: what they promise by name is there, is documented, and is all there is."""

from __future__ import annotations

import ast
import importlib
import inspect
import types
from importlib.metadata import version
from pathlib import Path

import pytest

import unisched

DOORS = ("unisched", "unisched.errors", "unisched.plugin", "unisched.testing")

TOP = {
    "Program",
    "Spec",
    "State",
    "UnischedError",
    "__version__",
    "adopt",
    "backends",
    "build",
    "compile",
    "diff",
    "emit",
    "lift",
    "load",
    "parity",
    "replan",
}


def public(door: types.ModuleType) -> set[str]:
    """The names a reader finds: neither private, nor brought in by `from __future__`; of modules the promised ones."""
    return {
        name
        for name in dir(door)
        if not name.startswith("_")
        and name != "annotations"
        and (not isinstance(getattr(door, name), types.ModuleType) or name in door.__all__)
    }


def own(door: types.ModuleType) -> set[str]:
    """The public names whose home is this project."""
    return {
        name
        for name in public(door)
        if (getattr(getattr(door, name), "__module__", None) or "unisched").split(".")[0] == "unisched"
    }


@pytest.mark.parametrize("door", DOORS)
def test_every_promised_name_can_be_imported(door: str) -> None:
    module = importlib.import_module(door)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("door", ["unisched", "unisched.plugin", "unisched.testing"])
def test_a_door_shows_what_it_promises_and_nothing_else(door: str) -> None:
    module = importlib.import_module(door)
    assert public(module) - {"__version__"} == set(module.__all__) - {"__version__"}


def test_the_error_family_is_promised_in_full() -> None:
    errors = importlib.import_module("unisched.errors")
    family = {name for name in own(errors) if isinstance(getattr(errors, name), type)}
    assert family <= set(errors.__all__)


@pytest.mark.parametrize("door", DOORS)
def test_promised_names_are_listed_once(door: str) -> None:
    names = list(importlib.import_module(door).__all__)
    assert len(names) == len(set(names))


def test_the_top_holds_these_names() -> None:
    assert set(unisched.__all__) == TOP


def test_the_top_loads_each_name_from_where_type_checkers_find_it() -> None:
    tree = ast.parse(Path(unisched.__file__).read_text())
    (seen,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    lines = [line for line in seen.body if isinstance(line, ast.ImportFrom)]
    found = {alias.name: getattr(importlib.import_module(str(line.module)), alias.name)
             for line in lines for alias in line.names}  # fmt: skip
    assert set(found) == TOP - {"UnischedError", "__version__"}
    assert [name for name in found if getattr(unisched, name) is not found[name]] == []


def test_no_module_is_called_like_a_name_of_the_top() -> None:
    modules = {path.stem for path in Path(unisched.__file__).parent.iterdir()}
    assert modules & TOP == set()


def test_the_top_has_no_other_name() -> None:
    with pytest.raises(AttributeError, match="module 'unisched' has no attribute 'compyle'"):
        _ = unisched.compyle  # type: ignore[attr-defined]


def test_the_top_holds_at_most_fifteen_names() -> None:
    assert len(unisched.__all__) <= 15


@pytest.mark.parametrize("door", DOORS)
def test_every_promised_class_and_function_has_a_docstring_of_its_own(door: str) -> None:
    module = importlib.import_module(door)
    said = {name: getattr(module, name) for name in module.__all__}
    docstrings = {
        name: vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
        for name, value in said.items()
        if inspect.isclass(value) or inspect.isroutine(value)
    }
    silent = [name for name, text in docstrings.items() if not (text or "").strip()]
    assert silent == []


def test_the_version_is_that_of_the_distribution() -> None:
    assert unisched.__version__ == version("unisched-core")
