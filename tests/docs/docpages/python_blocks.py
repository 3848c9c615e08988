"""Runs the Python blocks of a page in order, in one namespace, and compares what they print with what is shown."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from docpages.blocks import Block

__all__ = ["run"]


def run(page: Sequence[Block]) -> int:
    """Give how many blocks ran; raise AssertionError for one that fails, or prints what is not shown after it."""
    namespace: dict[str, Any] = {"__name__": "page"}
    count = 0
    for index, block in enumerate(page):
        if block.language != "python":
            continue
        printed = _output(block, namespace)
        following = page[index + 1] if index + 1 < len(page) else None
        is_shown = following is not None and following.language == "text" and following.adjoins
        shown = following.text if is_shown and following is not None else ""
        assert _trimmed(printed) == _trimmed(shown), f"{block.place} printed\n{printed}\nand the page shows\n{shown}"
        count += 1
    return count


def _output(block: Block, namespace: dict[str, Any]) -> str:
    code = compile("\n" * (block.line - 1) + block.text, str(block.page), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            exec(code, namespace)  # noqa: S102  # running the pages is what this file is for
        except Exception as error:
            raise AssertionError(f"{block.place} raised {type(error).__name__}: {error}") from error
    return output.getvalue()


def _trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]
