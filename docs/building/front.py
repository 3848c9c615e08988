"""The address of the site itself leads to its front page, which lies beside the other pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

__all__ = ["connect"]

_LEADS_ON: Final = """<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}">
<a href="{page}">{title}</a>
"""


def connect(app: Any) -> None:
    app.connect("build-finished", _write)


def _write(app: Any, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        page = app.builder.get_target_uri(app.config.root_doc)
        text = _LEADS_ON.format(title=app.config.html_title, page=page)
        Path(app.outdir, "index.html").write_text(text, encoding="utf-8")
