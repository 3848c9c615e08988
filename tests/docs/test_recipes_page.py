"""The page of recipes lists every document of its folder, each once, in the document's own words."""

from __future__ import annotations

import re
from typing import Final

from docpages.blocks import ROOT

import unisched

PAGE: Final = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
DOCUMENTS: Final = {path.stem: unisched.load(path) for path in sorted((ROOT / "docs" / "recipes").glob("*.json"))}
ROW: Final = re.compile(r"^\| \[(\w+)\]\(recipes/(\w+)\.json\) \| (.*) \|$", re.MULTILINE)


def test_the_page_lists_each_document_once_with_its_description() -> None:
    rows = ROW.findall(PAGE)
    assert sorted(rows) == [(name, name, spec.description) for name, spec in DOCUMENTS.items()]


def test_a_document_goes_by_the_name_of_its_file() -> None:
    assert [spec.name for spec in DOCUMENTS.values()] == list(DOCUMENTS)
