"""From a page to its fenced blocks, each with its place and the comment that stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["PAGES", "ROOT", "Block", "blocks"]

ROOT: Final = Path(__file__).parents[3]
PAGES: Final = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if "/." not in page.relative_to(ROOT).as_posix()),
    *sorted(ROOT.glob("plugins/*/README.md")),
]

_FENCE: Final = re.compile(r"```(\S*)")
_COMMENT: Final = re.compile(r"<!-- (.*) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences.

    `line` is that of its first line; `marker` the comment right before the fence, "" for none; `adjoins` tells
    whether nothing but blank lines stands between it and the block before.
    """

    page: Path
    line: int
    language: str
    text: str
    marker: str
    adjoins: bool

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    found: list[Block] = []
    opened: tuple[int, str] | None = None
    between: list[str] = []
    inside: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.fullmatch(line)
        if opened is None and fence is None:
            between.append(line)
        elif opened is None and fence is not None:
            opened, inside = (number + 1, fence[1]), []
        elif opened is not None and line != "```":
            inside.append(line)
        elif opened is not None:
            words = [text for text in between if text.strip()]
            comment = _COMMENT.fullmatch(words[-1].strip()) if words else None
            found.append(Block(page, *opened, "".join(f"{text}\n" for text in inside),
                               comment[1] if comment else "", bool(found) and not words))  # fmt: skip
            opened, between = None, []
    assert opened is None, f"{page.name}: a fence is left open"
    return found
