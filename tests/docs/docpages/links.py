"""Tells which links of a page lead nowhere within the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

__all__ = ["dead_links"]

_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)


def dead_links(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [link for link in _LINK.findall(text) if "://" not in link and not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    return not anchor or anchor in {_slug(h) for h in _HEADING.findall(target.read_text(encoding="utf-8"))}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
