"""Long names may be broken after a dot or an underscore, so that tables keep to the page; what is copied is whole."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["breakable", "connect"]

_BLOCK: Final = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
_TEXT: Final = re.compile(r"(?<=>)[^<>]+(?=<)")
_LONG: Final = re.compile(r"[\w.]{20,}")
_JOINT: Final = re.compile(r"(?<=[A-Za-z])([._])(?=[A-Za-z])")


def connect(app: Any) -> None:
    app.connect("html-page-context", _break)


def breakable(html: str) -> str:
    """Give the text of a page with a place to break after each joint of a long name, but in blocks of code."""
    pieces = _BLOCK.split(html)
    return "".join(piece if index % 2 else _TEXT.sub(_joints, piece) for index, piece in enumerate(pieces))


def _joints(text: re.Match[str]) -> str:
    return _LONG.sub(lambda name: _JOINT.sub(r"\1<wbr>", name[0]), text[0])


def _break(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if "body" in context:
        context["body"] = breakable(context["body"])
