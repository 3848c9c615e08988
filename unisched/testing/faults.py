"""How a check fails: one text that says where, and what. Knows no rule."""

from __future__ import annotations

from typing import NoReturn

from unisched.testing.corpus import Case

__all__ = ["about", "fail", "require"]

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
