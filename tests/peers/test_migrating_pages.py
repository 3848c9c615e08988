"""The pages for people who come from a library that only this environment holds: every block of theirs is run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from peers import timm_only

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS))

from docpages import python_blocks  # noqa: E402  # found only now
from docpages.blocks import ROOT, blocks  # noqa: E402


@pytest.mark.parametrize("library", ["timm", "transformers"])
def test_the_blocks_of_a_page_run_beside_the_library(library: str) -> None:
    timm_only.scheduler()
    assert python_blocks.run(blocks(ROOT / "docs" / "migrating" / f"{library}.md")) > 0
