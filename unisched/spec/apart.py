"""Models made without pydantic's plugins.

Where it builds a process's first model pydantic reads the entry points of all that is installed, and one damaged
distribution then ends that. The models of documents need no plugin; other models still get theirs, or the error, but
for those that another thread builds in the milliseconds that ours take: the switch is one for the process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["apart_from_plugins"]

SWITCH: Final = "PYDANTIC_DISABLE_PLUGINS"


@contextmanager
def apart_from_plugins() -> Iterator[None]:
    """Keep pydantic from looking for plugins; the environment is then as it was."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before
