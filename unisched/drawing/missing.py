"""What is said where a library that draws is not installed."""

from __future__ import annotations

from unisched.errors import BindingError, Problem

__all__ = ["missing"]


def missing(module: str, extra: str) -> BindingError:
    """Give the error that names the extra to install."""
    return BindingError(Problem("extra.missing", "", f"plots need {module}, which is not installed",
                                f'Install it: python -m pip install "unisched-core[{extra}]".'))  # fmt: skip
