"""What is to be tested, as a user's call finds it; where it is not found, its author reads why, and in which line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import pytest

from unisched.errors import UnischedError

__all__ = ["found"]

Plugin = TypeVar("Plugin")

_UNKNOWN: Final = frozenset({"plugin.unknown", "dialect.unknown"})
_CORE: Final = str(Path(__file__).parents[1])


def found(find: Callable[[], Plugin]) -> Plugin:
    """Give what `find` gives; raise `CollectError`, of which pytest shows the text alone, where that fails."""
    try:
        return find()
    except UnischedError as error:
        raise pytest.Collector.CollectError("\n".join(_told(error))) from error


def _told(error: UnischedError) -> Iterator[str]:
    yield f"{type(error).__name__}: {error}"
    if error.code in _UNKNOWN:
        yield "Is the distribution under test installed? In its folder: python -m pip install -e ."
    for frame in traceback.extract_tb(error.__cause__.__traceback__ if error.__cause__ else None):
        if not frame.filename.startswith(("<frozen", _CORE)) and "importlib" not in frame.filename:
            yield f"  {frame.filename}:{frame.lineno}: {frame.line}"
