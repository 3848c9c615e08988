"""Loads and compiles the documents of a page; a block marked as a fragment has only to be well-formed."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

import unisched
from docpages.blocks import Block

__all__ = ["clock_of", "run"]

_PARSERS: Final[dict[str, Callable[[str], Any]]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
_CLOCK: Final = "<!-- clock: "


def run(page: Sequence[Block]) -> int:
    """Give how many documents compiled; raise AssertionError for one that does not."""
    count = 0
    for block in page:
        if block.language not in _PARSERS:
            continue
        try:
            _PARSERS[block.language](block.text)
            if block.marker != "fragment":
                unisched.compile(_file(block), **clock_of(block.page))
                count += 1
        except ValueError as error:
            raise AssertionError(f"{block.place}: {error}") from error
    return count


def clock_of(page: Path) -> dict[str, Any]:
    """Give the clock under which a page says that its documents are compiled."""
    lines = page.read_text(encoding="utf-8").splitlines()
    given = [line.removeprefix(_CLOCK).removesuffix(" -->") for line in lines if line.startswith(_CLOCK)]
    return dict(json.loads(given[0])) if given else {}


def _file(block: Block) -> unisched.Spec:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"block.{block.language}"
        path.write_text(block.text, encoding="utf-8")
        return unisched.load(path)
