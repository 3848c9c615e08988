"""Long names may be broken after a dot or an underscore, so that tables keep to the page; what is copied is whole."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["breakable", "connect"]

_CODE: Final = re.compile(r'(?<=<span class="pre">)[^<]+(?=</span>)')
_JOINT: Final = re.compile(r"(?<=[A-Za-z])([._])(?=[A-Za-z])")
_LONG: Final = 20


def connect(app: Any) -> None:
    app.connect("html-page-context", _break)


def breakable(html: str) -> str:
    """Give the text of a page with a place to break after each joint of a name in code."""
    return _CODE.sub(lambda found: _JOINT.sub(r"\1<wbr>", found[0]) if len(found[0]) > _LONG else found[0], html)


def _break(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if "body" in context:
        context["body"] = breakable(context["body"])
