"""From one model to its definition in the JSON Schema: every field with a description, its default and examples.

Pydantic writes the frame; what it cannot see into stands in `field_types`, and examples come from the model's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from unisched.spec.field_types import FIELD_TYPES, nullable, united
from unisched.spec.values import REFERENCE, plain

__all__ = ["described"]

_TITLES: Final = {"Spec": "document", "BasedEntry": "entry with a base", "Dated": "entry with an origin",
                  "Scale": "scale", "Absolute": "absolute value"}  # fmt: skip
"""What readers of a document call the models that have no kind."""

_BESIDE: Final = ("title", "default", "description", "examples")
_THE_SAME: Final = ("duration", "interval")
"""Fields that many kinds have with one meaning, and so with the same examples."""


class _Generator(GenerateJsonSchema):
    """Writes defaults as a document would."""

    def encode_default(self, dft: Any) -> Any:
        return plain(dft)

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        return value

    def generate_inner(self, schema: Any) -> Any:
        # Pydantic before 2.11 writes a field's default into the schema that all fields of its type share.
        return dict(super().generate_inner(schema))


def described(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """Give the definition of a model under `name`, and those of the models inside under theirs."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    inner = schema.pop("$defs", {})
    return {key: _object(key, found) for key, found in {name: schema, **inner}.items()}


def _object(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = schema.get("examples", [])
    about = " ".join(schema.get("description", name).partition("\n\n")[0].split())
    properties = {key: _property(key, found, shown) for key, found in schema["properties"].items()}
    required = schema.get("required", [])
    if "kind" in properties:
        required = ["kind", *required]
        properties["kind"] = {
            "type": "string",
            "const": name,
            "description": "Which curve this is.",
            "examples": [name],
        }
    return {
        "title": _TITLES.get(name, name),
        "description": about,
        "examples": shown,
        "type": "object",
        "properties": properties,
        # It stands at the top of a document, where alone it is not refused.
        "patternProperties": {r"^\$schema$": True},
        "required": required,
        "additionalProperties": False,
    }


def _property(name: str, schema: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = _type(schema)
    said = [schema.get("description", ""), found.pop("description", "")]
    given = [] if name in _THE_SAME else [example[name] for example in shown if name in example]
    own = schema.get("examples") or _all_of(found) or _distinct(_legible(given, found))
    examples = own or found.get("examples") or _default(schema)
    default = {"default": schema["default"]} if "default" in schema else {}
    return {"description": " ".join(filter(None, said)), **found, **default, "examples": examples}


def _type(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the type of a field without what stands beside it, every mark of ours written out."""
    if REFERENCE in schema:
        return dict(FIELD_TYPES[schema[REFERENCE]])
    if "anyOf" in schema:
        types = [_type(one) for one in schema["anyOf"]]
        others = [one for one in types if one != {"type": "null"}]
        return united(*others) if len(others) == len(types) else nullable(united(*others))
    kept = {key: value for key, value in schema.items() if key not in _BESIDE}
    return kept | {
        key: _type(kept[key]) for key in ("items", "additionalProperties") if isinstance(kept.get(key), dict)
    }


def _all_of(found: Mapping[str, Any]) -> list[Any]:
    if found.get("type") == "boolean":
        return [True, False]
    return [value for value in found.get("enum", ()) if value is not None]


def _default(schema: Mapping[str, Any]) -> list[Any]:
    return [] if schema.get("default") is None else [schema["default"]]


def _legible(values: Sequence[Any], found: Mapping[str, Any]) -> list[Any]:
    """Leave out objects where a number may stand as well: some editors offer them as "[object Object]"."""
    simple = "number" in found.get("type", ())
    return [value for value in values if not (simple and isinstance(value, dict))]


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if value not in values[:index]]
