"""A link to a document or a script opens it, as on a code host; Sphinx would have it saved without being seen."""

from __future__ import annotations

from typing import Any

__all__ = ["connect"]


def connect(app: Any) -> None:
    app.connect("html-page-context", _open)


def _open(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if "body" in context:
        context["body"] = context["body"].replace(' download=""', "")
