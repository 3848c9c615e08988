"""The examples in the docstrings of the core and of every plugin run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

import pytest

PACKAGES: Final = ("unisched", "unisched_torch", "unisched_keras", "unisched_optax")


def modules(package: str) -> Iterator[str]:
    yield package
    found = importlib.import_module(package)
    yield from (module.name for module in pkgutil.walk_packages(found.__path__, f"{package}."))


def examples(name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(name)
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(module, name) if test.examples]


@pytest.mark.parametrize("package", PACKAGES)
def test_docstring_examples_run(package: str, capsys: pytest.CaptureFixture[str]) -> None:
    tests = [test for name in modules(package) if _imports_here(package, name) for test in examples(name)]
    assert tests, f"{package} has no example"
    for test in tests:
        result = doctest.DocTestRunner().run(test)
        assert result.failed == 0, capsys.readouterr().out


def _imports_here(package: str, name: str) -> bool:
    """Tell whether a module can be imported beside the others: an engine's own module needs that engine."""
    return package != "unisched_keras" or not name.endswith("_engine")


def test_an_example_that_is_wrong_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner().run(wrong).failed == 1
