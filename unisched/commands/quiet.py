"""What frameworks write of themselves as they start is kept from the terminal: that is for the answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from tempfile import TemporaryFile

__all__ = ["hushed"]


@contextmanager
def hushed() -> Iterator[Callable[[], str]]:
    r"""Keep what is written to standard output and error, by Python or past it; give what tells it afterwards.

    >>> with hushed() as said:
    ...     print("a banner")
    >>> said()
    'a banner\n'
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    text = ""
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as kept:
        try:
            with _descriptors(kept.fileno()), redirect_stdout(kept), redirect_stderr(kept):
                yield lambda: text
        finally:
            kept.seek(0)
            text = kept.read()


@contextmanager
def _descriptors(into: int) -> Iterator[None]:
    """Turn the descriptors of standard output and error to another one, as far as there are any."""
    before: dict[int, int] = {}
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        with suppress(OSError, ValueError):
            stream.flush()
            before[descriptor] = os.dup(descriptor)
            os.dup2(into, descriptor)
    try:
        yield
    finally:
        for descriptor, known in before.items():
            os.dup2(known, descriptor)
            os.close(known)
