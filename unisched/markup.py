"""What notebooks show, as HTML without colours of its own: it reads on any ground. All text is escaped here.

Knows strings only.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable

__all__ = ["block", "heading", "image", "items", "preformatted"]


def block(*parts: str) -> str:
    """Give parts of HTML as one."""
    return "<div>" + "".join(parts) + "</div>"


def heading(title: str, words: str = "") -> str:
    """Give a title and what is said of it; nothing where both are empty.

    >>> heading("a < b")
    '<p><strong>a &lt; b</strong></p>'
    """
    shown = [f"<strong>{html.escape(title)}</strong>"] * bool(title) + [html.escape(words)] * bool(words)
    return f"<p>{'<br>'.join(shown)}</p>" if shown else ""


def preformatted(text: str) -> str:
    """Give text in which every space counts."""
    style = "background: none; color: inherit; line-height: 1.3; overflow-x: auto; white-space: pre"
    return f'<pre style="{style}">{html.escape(text)}</pre>'


def image(svg: bytes, alternative: str) -> str:
    """Give a drawing that keeps its styles to itself, with what it shows in words."""
    data = base64.b64encode(svg).decode("ascii")
    return f'<img style="max-width: 100%" alt="{html.escape(alternative)}" src="data:image/svg+xml;base64,{data}">'


def items(lines: Iterable[str]) -> str:
    """Give lines as a list; nothing for none."""
    listed = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<ul>{listed}</ul>" if listed else ""
