"""What is missing in a JSON Schema for people who read it in an editor, and which of its examples are none.

A checker that finds nothing proves nothing: `test_schema.py` spoils a schema in each way that is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]

__all__ = ["fields", "followed", "lacking", "wrong_examples"]


def followed(schema: Mapping[str, Any], found: Any) -> Any:
    """Give what a field says, where it stands elsewhere too."""
    while isinstance(found, Mapping) and "$ref" in found:
        found = schema["$defs"][found["$ref"].rpartition("/")[2]]
    return found


def fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, bool]]:
    """Give each field of each object: the path of the object, the name, what is said of it, whether it may be left out.

    The keys of a mapping are no fields that are left out: they have no default.
    """
    for path, found in _objects(schema, "#"):
        closed = found.get("additionalProperties") is False
        for name, field in found.get("properties", {}).items():
            if field is not False:
                yield path, name, followed(schema, field), closed and name not in found.get("required", ())


def _objects(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("properties"), Mapping) and "/if/" not in f"{path}/":
            yield path, value
        for key, inner in value.items():
            if key not in ("examples", "default", "const", "enum"):
                yield from _objects(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _objects(inner, f"{path}/{index}")


def lacking(schema: Mapping[str, Any]) -> list[str]:
    """Give what is missing: a title, a description, an example, a default, what a choice means."""
    missing = [f"#/$defs/{name}: {key}" for name, found in schema["$defs"].items() if found.get("title")
               for key in ("description", "examples") if not found.get(key)]  # fmt: skip
    for path, name, field, optional in fields(schema):
        wanted = ("description", "examples", *(["default"] if optional else []))
        missing += [
            f"{path}/{name}: {key}" for key in wanted if key not in field or (key != "default" and not field[key])
        ]
    return missing


def wrong_examples(schema: Mapping[str, Any]) -> list[str]:
    """Give the places of examples and defaults that their own part of the schema refuses."""
    wrong = []
    parts = [(f"#/$defs/{name}", "", found) for name, found in schema["$defs"].items()]
    parts += [(path, name, field) for path, name, field, _ in fields(schema)]
    for path, name, part in parts:
        if not isinstance(part, Mapping):
            continue
        validator = jsonschema.Draft202012Validator({**part, "$defs": schema["$defs"]})
        shown = [*part.get("examples", []), *([part["default"]] if "default" in part else [])]
        wrong += [f"{path}/{name}: {example!r}" for example in shown if not validator.is_valid(example)]
    return wrong
