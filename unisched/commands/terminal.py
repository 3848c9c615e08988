"""What the terminal shows: colour for people only, and no sign that its encoding does not have. Knows no command."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

__all__ = ["fault", "is_coloured", "styled"]


def styled(text: str, **style: Any) -> str:
    """Give text in a style, or as it is where NO_COLOR says so; `click.echo` takes styles out beside a terminal.

    >>> styled("plain") == "plain" + chr(27) + "[0m" or bool(os.environ.get("NO_COLOR"))
    True
    """
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def is_coloured() -> bool:
    """Tell whether standard output is a terminal, and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def fault(text: str, otherwise: str = "") -> str:
    """Give why standard output cannot show a text and what to do, or `otherwise`; nothing where it can."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        ways = ", or ".join(filter(None, ["Set PYTHONIOENCODING=utf-8", otherwise]))
        return f"a terminal of encoding {encoding} cannot show it. {ways}."
    return ""
