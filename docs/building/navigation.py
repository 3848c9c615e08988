"""The navigation is what the pages say: no list of pages is kept anywhere else.

On the front page each heading of the second level is a part of the navigation, and the pages that tables below it link
to in their first column are its entries. On any other page the table that follows `<!-- contents -->` names the pages
below that page: the first link of each row. A page that nobody lists is an error of Sphinx's own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["connect", "entries", "sections", "with_contents"]

_SECTION: Final = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)
_MARKED: Final = re.compile(r"^<!-- contents -->\n+(?:<!-- .* -->\n+)*((?:.+\n)+)", re.MULTILINE)
_ROW: Final = re.compile(r"^\|.*?\[([^\]]+)\]\(([^)#\s]+)\.(?:md|rst)\)", re.MULTILINE)


def connect(app: Any) -> None:
    app.connect("source-read", _add)


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Give caption and text of each part that the front page names."""
    yield from _SECTION.findall(text)


def entries(text: str, page: str) -> dict[str, str]:
    """Give the first link of each row of the tables in `text`, on `page`: the document, and what it is called there."""
    found: dict[str, str] = {}
    for title, path in _ROW.findall(text):
        document = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        found.setdefault(document, title.replace("`", ""))
    return found


def with_contents(text: str, page: str, root: str) -> str:
    """Give the source of a page with the contents it is to have, which are not shown on the page itself."""
    if page == root:
        parts = [_contents(entries(body, page), caption) for caption, body in sections(text)]
    else:
        parts = [_contents(entries(body, page), "") for body in _MARKED.findall(text)]
    return "\n".join([text, *parts])


def _contents(documents: dict[str, str], caption: str) -> str:
    if not documents:
        return ""
    head = ["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), ""]
    return "\n".join([*head, *(f"{title} </{document}>" for document, title in documents.items()), "```", ""])


def _add(app: Any, page: str, source: list[str]) -> None:
    if app.env.doc2path(page, base=False).suffix == ".md":
        source[0] = with_contents(source[0], page, app.config.root_doc)
