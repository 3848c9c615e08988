"""The page on plugins quotes the example plugin as it is, and every capability with its default."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from typing import Final

from docpages.blocks import ROOT, blocks

from unisched.plugin import Capabilities

PAGE: Final = ROOT / "docs" / "plugins.md"
EXAMPLE: Final = ROOT / "docs" / "examples" / "unisched-acme"


def quoted(language: str) -> list[str]:
    return [block.text for block in blocks(PAGE) if block.language == language]


def test_the_example_plugin_is_quoted_as_it_is() -> None:
    assert (EXAMPLE / "unisched_acme" / "__init__.py").read_text(encoding="utf-8") in quoted("python")


def test_the_test_file_of_the_example_is_quoted_as_it_is() -> None:
    assert (EXAMPLE / "tests" / "test_conformance.py").read_text(encoding="utf-8") in quoted("python")


def test_the_dialect_of_the_example_is_quoted_as_it_is() -> None:
    assert (EXAMPLE / "unisched_acme" / "dialect.py").read_text(encoding="utf-8") in quoted("python")
    assert (EXAMPLE / "tests" / "test_dialect.py").read_text(encoding="utf-8") in quoted("python")


def test_the_entry_point_is_that_of_the_example() -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tomllib.loads(quoted("toml")[0])["project"]["entry-points"] == project["entry-points"]


def test_every_capability_stands_there_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    defaults = {field.name: getattr(Capabilities(), field.name) for field in dataclasses.fields(Capabilities)}
    assert dict(rows) == {name: written(value) for name, value in defaults.items()}


def written(value: object) -> str:
    match value:
        case bool():
            return f"`{value}`"
        case str():
            return f'`"{value}"`'
        case frozenset():
            return ", ".join(f"`{name}`" for name in sorted(value))
        case _:
            assert value == 2**63 - 1
            return "2⁶³ − 1"
