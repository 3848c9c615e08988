"""Every document that the docs show or hold is accepted by the JSON Schema, as an editor would tell its reader."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from docpages.blocks import PAGES, ROOT, Block, blocks

from unisched.spec import Spec
from unisched.spec.yaml_text import read_yaml

PARSERS: Final[dict[str, Callable[[str], Any]]] = {"json": json.loads, "toml": tomllib.loads, "yaml": read_yaml}
VALIDATOR: Final = jsonschema.Draft202012Validator(Spec.json_schema())
FILES: Final = sorted([*ROOT.glob("docs/recipes/*.json"), *ROOT.glob("docs/examples/*.json")])


def documents(page: Path) -> Iterator[Block]:
    """Give the blocks of a page that are whole documents."""
    yield from (block for block in blocks(page) if block.language in PARSERS and block.marker != "fragment")


def faults(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}"[:200] for error in VALIDATOR.iter_errors(document)]


SHOWN: Final = [block for page in PAGES for block in documents(page)]


def test_there_are_documents_to_look_at() -> None:
    assert len(FILES) > 80
    assert {block.language for block in SHOWN} == {*PARSERS}
    assert len(SHOWN) > 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_accepts_every_file(path: Path) -> None:
    assert faults(json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.place)
def test_the_schema_accepts_every_document_of_a_page(block: Block) -> None:
    assert faults(PARSERS[block.language](block.text)) == []


def test_one_that_is_wrong_is_told() -> None:
    assert faults({"schedules": {"learning_rate": {"kind": "linear", "end": "fast"}}}) != []
