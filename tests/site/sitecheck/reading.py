"""What built pages lead to: every address in them, and whether something is there. Knows no builder."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

__all__ = ["Page", "dead", "foreign", "pages"]

_LOADED: Final = {("img", "src"), ("script", "src"), ("link", "href"), ("source", "src"), ("iframe", "src")}
_ASKED: Final = {"stylesheet", "preload", "icon", "preconnect"}


class Page(HTMLParser):
    """A page: the places in it that can be led to, what it leads to, and what a browser loads to show it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.places: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.places.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        is_asked = tag != "link" or bool(_ASKED & set(given.get("rel", "").split()))
        self.loads += [value for name, value in given.items() if (tag, name) in _LOADED and is_asked]


def pages(folder: Path) -> dict[Path, Page]:
    """Give every page of a site by its resolved path."""
    return {path.resolve(): Page(path.resolve()) for path in sorted(folder.rglob("*.html"))}


def dead(site: dict[Path, Page]) -> Iterator[str]:
    """Give each address within the site at which there is nothing, with the page that leads there."""
    for page in site.values():
        for address in {*page.links, *page.loads}:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            is_there = target.is_file() and (target not in site or _has(site[target], unquote(parts.fragment)))
            if not is_there:
                yield f"{page.path.name}: {address}"


def _has(page: Page, place: str) -> bool:
    return not place or place in page.places


def foreign(site: dict[Path, Page]) -> Iterator[str]:
    """Give what a browser would load from elsewhere to show a page."""
    yield from (f"{page.path.name}: {address}" for page in site.values() for address in page.loads
                if urlsplit(address).netloc)  # fmt: skip
