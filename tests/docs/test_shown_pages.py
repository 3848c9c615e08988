"""Pages that show pieces of tests which run elsewhere, where what they need is installed: the pieces are the same."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Final

import pytest
from docpages.blocks import ROOT, Block, blocks

PAGES: Final = {
    "docs/hosts.md": ("tests/hosts/",),
    "docs/configuration.md": ("tests/tools/", "tests/hosts/"),
    "docs/logging.md": ("tests/tools/", "tests/hosts/"),
}
SHOWN: Final = [block for page in PAGES for block in blocks(ROOT / page) if block.language in ("python", "text")]


def pieces(file: Path, count: int) -> set[str]:
    """Give every run of `count` lines of the file, moved to the left edge."""
    lines = file.read_text(encoding="utf-8").splitlines()
    starts = range(len(lines) - count + 1)
    return {textwrap.dedent("\n".join(lines[start : start + count])) for start in starts}


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.place)
def test_a_snippet_stands_word_for_word_in_the_file_that_it_names(block: Block) -> None:
    assert block.marker.startswith(PAGES[block.page.relative_to(ROOT).as_posix()])
    text = block.text.rstrip("\n")
    assert text in pieces(ROOT / block.marker, text.count("\n") + 1)


def test_the_tests_that_the_page_of_hosts_names_are_there() -> None:
    named = set(re.findall(r"`(tests/hosts/\w+\.py)`", (ROOT / "docs" / "hosts.md").read_text(encoding="utf-8")))
    assert len(named) == 6
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_a_snippet_that_stands_nowhere_is_noticed() -> None:
    assert "scheduler.stop()" not in pieces(ROOT / SHOWN[0].marker, 1)
    assert "scheduler.step()" in pieces(ROOT / SHOWN[0].marker, 1)
