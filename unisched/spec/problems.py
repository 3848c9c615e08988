"""pydantic's report of one model, as our own problems with stable codes.

Models below this one report themselves: their problems arrive inside the report and keep code and remedy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from unisched.errors import Problem, SpecError, nearest, shorten
from unisched.spec.kinds import owners
from unisched.spec.number import shown
from unisched.spec.paths import join, placed, segment

__all__ = ["LISTED", "translate", "unknown_fields"]

LISTED: Final = 20
"""The most problems one error holds."""

_TYPES: Final = {
    "bool_type": ("type.boolean", "is neither true nor false", "Write true or false, without quotes"),
    "string_type": ("type.text", "is no text", "Give a text in double quotes"),
    "int_type": ("type.integer", "is no whole number", "Write a whole number, without a point or quotes"),
    "int_from_float": ("type.float_for_int", "is a float where a whole number stands", "Write a whole number"),
    "float_type": ("type.number", "is no number", "Write a number, without quotes"),
    "finite_number": ("number.not_finite", "is not a finite number", "Give a finite number"),
}
_LIMITS: Final = {"greater_than": ("gt", "above"), "greater_than_equal": ("ge", "at least"),
                  "less_than": ("lt", "below"), "less_than_equal": ("le", "at most")}  # fmt: skip

_WORDS: Final = {"Spec": "document", "BasedEntry": "entry", "Dated": "entry"}
"""Models that readers of a document know under another name."""


def translate(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Give the problems behind `error`, paths relative to the model, missing fields last."""
    found: list[Problem] = []
    is_listed = False
    for details in error.errors(include_url=False):
        if details["type"] == "extra_forbidden":
            found.append(_unknown(str(details["loc"][0]), model, is_first=not is_listed))
            is_listed = True
        else:
            found.extend(_problems(details, model))
        if len(found) >= LISTED:
            break
    found.sort(key=lambda problem: problem.code == "field.missing")
    return tuple(found[:LISTED])


def unknown_fields(names: Iterable[str], model: type[BaseModel]) -> tuple[Problem, ...]:
    """Give a problem for each name that is no field of `model`, the first few only."""
    known = field_names(model)
    unknown = [name for name in names if name not in known]
    return tuple(_unknown(name, model, is_first=not number) for number, name in enumerate(unknown[:LISTED]))


def field_names(model: type[BaseModel]) -> tuple[str, ...]:
    """Give the fields of `model` by the names they have in a document."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _problems(details: ErrorDetails, model: type[BaseModel]) -> tuple[Problem, ...]:
    path = ""
    for key in details["loc"]:
        path = join(path, segment(key))
    given = details["input"]
    match details["type"]:
        case "value_error":
            return placed(_raised(details), path)
        case "missing":
            return (_missing(path, str(details["loc"][0]), model),)
        case _ if given is None:
            return (Problem("type.null", path, "null stands where a value is needed",
                            "Give a value, or leave the field out where it may be."),)  # fmt: skip
        case "literal_error":
            return (_choice(path, given, str(details["ctx"]["expected"])),)
        case kind if kind in _LIMITS:
            name, word = _LIMITS[kind]
            rule = f"{word} {details['ctx'][name]!r}"
            return (Problem("number.range", path, f"{shown(given)} is not {rule}", f"Give a number {rule}."),)
        case kind if kind in _TYPES:
            code, rule, remedy = _TYPES[kind]
            return (Problem(code, path, f"{shown(given)} {rule}", f"{remedy}."),)
        case _:
            return (Problem("type.invalid", path, f"{shown(given)}: {shorten(details['msg'])}", "See the schema."),)


def _raised(details: ErrorDetails) -> tuple[Problem, ...]:
    raised = details["ctx"]["error"]
    if isinstance(raised, SpecError):
        return raised.problems
    return (Problem("value.invalid", "", shorten(str(raised)), "See the schema."),)


def _missing(path: str, name: str, model: type[BaseModel]) -> Problem:
    said = next((field.description for key, field in model.model_fields.items() if name in {key, field.alias}), None)
    meaning = f": {said}" if said else "."
    return Problem("field.missing", path, f"{_owner(model)} needs {name!r}", f"Add it{meaning}")


def _unknown(name: str, model: type[BaseModel], *, is_first: bool) -> Problem:
    known = [field for field in field_names(model) if field != "kind"]
    others = owners(name)
    remedy = nearest(name[:100], known).strip()
    if not remedy and others:
        remedy = f"It belongs to {', '.join(others[:6])}."
    if is_first:
        remedy = f"{remedy} Fields: {', '.join(known)}.".strip()
    return Problem("field.unknown", segment(name), f"{_owner(model)} has no field {shorten(name, 60)!r}{_points(name)}",
                   remedy or "Leave it out, or write a field that there is.")  # fmt: skip


def _points(name: str) -> str:
    strange = [letter for letter in name[:200] if ord(letter) > 126 or ord(letter) < 32]
    named = [f"U+{ord(letter):04X} {unicodedata.name(letter, 'unnamed')}" for letter in strange[:3]]
    return f", which holds {', '.join(named)}" if named else ""


def _owner(model: type[BaseModel]) -> str:
    kind = model.model_fields.get("kind")
    if kind is not None:
        return f"kind {kind.default!r}"
    return f"the {_WORDS.get(model.__name__, model.__name__.lower())}"


def _choice(path: str, given: object, expected: str) -> Problem:
    choices = expected.replace("'", '"')
    hint = nearest(given, [word.strip(" '") for part in expected.split(" or ") for word in part.split(",")]) \
        if isinstance(given, str) and len(given) < 200 else ""  # fmt: skip
    return Problem("choice.unknown", path, f"{shown(given)} is not one of {choices}", f"Choose one of them.{hint}")
