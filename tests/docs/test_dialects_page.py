"""The pages on dialects know every kind and every quirk, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest
from docpages.blocks import ROOT
from docpages.dialect_table import HEAD, table

from unisched.spec.dialects import dialect

LIBRARIES: Final = ("torch", "optax", "keras", "transformers", "timm", "ignite", "fvcore")
PAGE: Final = ROOT / "docs" / "dialects.md"
KINDS: Final = {name: [str(model.model_fields["kind"].default) for model in dialect(name).kinds] for name in LIBRARIES}


def sources(name: str) -> list[Path]:
    return sorted((ROOT / "unisched" / "dialects").glob(f"{name}/**/*.py")) or [ROOT / f"unisched/dialects/{name}.py"]


def quirks(name: str) -> set[str]:
    """Every code of a quirk that the sources of a dialect name."""
    texts = {node.value for path in sources(name) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    return {text for text in texts if re.fullmatch(rf"{name}\.[A-Za-z_0-9]+", text)} - set(KINDS[name])


def test_the_table_of_kinds_is_current() -> None:
    wanted = table(LIBRARIES)
    found = PAGE.read_text(encoding="utf-8").partition("<!-- kinds -->\n\n")[2].partition("\n\n")[0]
    assert f"{found}\n" == wanted, f"put this into {PAGE.name}:\n{wanted}"


def test_a_table_of_fewer_libraries_is_another_one() -> None:
    assert table(("torch",)) != table(LIBRARIES)
    assert table(()) == HEAD


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_kind_is_on_the_page_of_its_library(name: str) -> None:
    page = (ROOT / "docs" / "dialects" / f"{name}.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS[name] if kind not in page] == []


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_quirk_is_on_the_page_of_its_library(name: str) -> None:
    page = (ROOT / "docs" / "dialects" / f"{name}.md").read_text(encoding="utf-8")
    assert sorted(code for code in quirks(name) if f"`{code}`" not in page) == []
