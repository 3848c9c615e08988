"""A folder in which a page is run: the repository as it is seen from its root, and the files that the page gives.

A page writes where it likes, and nothing of it comes to lie in the repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from docpages.blocks import ROOT, Block

__all__ = ["lay_out"]

_FILE: Final = "file: "


def lay_out(folder: Path, page: Sequence[Block]) -> None:
    """Fill an empty folder with links to all that is in the repository, and with the blocks marked as a file."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)
    for block in page:
        if block.marker.startswith(_FILE):
            (folder / block.marker.removeprefix(_FILE)).write_text(block.text, encoding="utf-8")
