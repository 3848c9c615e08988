"""A recipe at its place: the curve it stands for, and what is wrong with that curve said of the recipe's own fields.

How curves are lowered is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from unisched.duration import Duration
from unisched.errors import SpecError
from unisched.lowering.expansions import Expanded
from unisched.lowering.place import Place, changed, fault, plain, steps
from unisched.spec.expansion import Expansion, RecipeCurve

__all__ = ["expansion_of", "said_of"]


def expansion_of(curve: RecipeCurve, place: Place) -> Expansion:
    """Give what a recipe stands for at its place."""
    quiet = changed(place, notes=[])  # what there is to note is noted where the length is laid out

    def measured(duration: Duration, field: str, *, whole: bool = False) -> Fraction:
        exact = Fraction(steps(duration, quiet, field))
        if whole and exact.denominator != 1:
            raise fault("duration.whole", place.path_of(field), f"'{duration}' is {plain(exact)} steps, and "
                        f"{curve.kind} counts whole ones",
                        "Give a duration that is a whole number of steps.")  # fmt: skip
        return exact

    found = curve.expand(measured)
    if place.expansions is not None:
        place.expansions.meet(Expanded(curve, found.curve))
    return found


@contextmanager
def said_of(place: Place, fields: Mapping[str, str]) -> Iterator[None]:
    """Say what is wrong, or worth a note, inside an expansion of the fields that it comes from."""
    noted = len(place.notes)

    def own(text: str) -> str:
        inside = re.escape(place.path) + r"((?:\.\w+|\[\d+\])*)"
        return re.sub(inside, lambda found: _field(place.path, found[1].removeprefix("."), fields), text)

    try:
        yield
    except SpecError as error:
        raise SpecError(
            *(replace(p, path=own(p.path), fault=own(p.fault), remedy=own(p.remedy)) for p in error.problems)
        ) from None
    finally:
        place.notes[noted:] = [replace(note, path=own(note.path), text=own(note.text)) for note in place.notes[noted:]]


def _field(path: str, inner: str, fields: Mapping[str, str]) -> str:
    """Give the path of the field behind a place in the expansion: the innermost that is named."""
    names = [name for name in fields if inner == name or inner.startswith((f"{name}.", f"{name}["))]
    return f"{path}.{fields[max(names, key=len)]}" if names else path
