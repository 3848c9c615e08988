"""How a check fails: one text that says where, and what. Knows no rule."""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn

from unisched.testing.corpus import Case

__all__ = ["Placed", "about", "fail", "require"]

__tracebackhide__ = True
"""What pytest leaves out of tracebacks, here and in the modules of the rules: an author reads the plugin's frames."""


def about(name: str, form: str, case: Case | None = None) -> str:
    """Give the words that open a failure: backend, form, case and what the case shows."""
    opening = f"backend {name!r}, form {form!r}"
    return opening if case is None else f"{opening}, case {case.name!r} ({case.why})"


def fail(text: str) -> NoReturn:
    """Raise `AssertionError` with `text`."""
    raise AssertionError(text)


def require(holds: bool, text: str) -> None:
    """Raise `AssertionError` with `text` unless something holds."""
    if not holds:
        raise AssertionError(text)


class Placed:
    """A block in which failures begin with `place`; what a framework raises stays as it is, and bears it as a note."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        """Say where an error was raised."""
        if isinstance(error, AssertionError):
            fail(f"{self.place}: {error}")
        if isinstance(error, Exception):
            error.add_note(self.place)
