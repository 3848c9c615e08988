"""A range of steps as it is typed: `A:B`, from A up to and without B."""

from __future__ import annotations

from typing import Final

import click

__all__ = ["steps_in"]

_LONGEST: Final = 18
"""The most digits of a step; no run has that many."""


def steps_in(text: str) -> range:
    """Give the range that a text says; raise `BadParameter` for one that says none, or an empty one.

    >>> steps_in("100:200"), steps_in(":50")
    (range(100, 200), range(0, 50))
    """
    start, colon, stop = text.partition(":")
    numbers = (start or "0", stop)
    if not colon or not all(each.isascii() and each.isdecimal() and len(each) <= _LONGEST for each in numbers):
        raise click.BadParameter(f"{text!r} is no range of steps. Write 0:1000 for the first thousand.")
    found = range(int(numbers[0]), int(numbers[1]))
    if not found:
        raise click.BadParameter(f"no step lies in {text!r}. Write the smaller one first.")
    return found
