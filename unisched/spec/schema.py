"""The JSON Schema: what pydantic says of the models, plus the definitions of the field types it cannot see into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from unisched.spec.apart import apart_from_plugins
from unisched.spec.kinds import dialects, kind_of, kinds, model_of
from unisched.spec.values import REFERENCE, Absolute, plain

__all__ = ["IDENTITY", "assembled"]

IDENTITY: Final = "urn:unisched:spec:1"

_DECIMAL: Final = r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$"
_DURATION: Final = (
    r"^ *\+?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?[kMBT]? *(%|steps?|epochs?|samples?|tokens?) *$|^ *rest *$"
)


def _to(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "DecimalText": {"type": "string", "pattern": _DECIMAL, "description": "A finite number written as text."},
    "Number": {"anyOf": [{"type": "number"}, _to("DecimalText")]},
    "PositiveNumber": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _to("DecimalText")]},
    "Count": {"type": "integer", "minimum": 1, "maximum": 2**53},
    "Version": {"const": 1},
    "Seed": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    "Deviation": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1e300}, _to("DecimalText")]},
    "Times": {"type": "integer", "minimum": 0, "maximum": 2**53},
    "Metric": {"type": "string", "minLength": 1},
    "Lowering": {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, _to("DecimalText")]},
    "UpToOne": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _to("DecimalText")]},
    "FromZero": {"anyOf": [{"type": "number", "minimum": 0}, _to("DecimalText")]},
    "Duration": {
        "description": 'Steps as a whole number, or text: "10 epochs", "2M samples", "1.5B tokens", "5%", "rest".',
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _DURATION}],
    },
    "Period": {"anyOf": [_to("Duration"), _list_of(_to("Duration"))]},
    "Positions": _list_of(_to("Duration")),
    "ScheduleName": {"type": "string", "minLength": 1},
    "Expression": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "A formula, as text."},
    "Pace": {"anyOf": [_to("Count"), _to("ScheduleName")]},
    "Shift": {"anyOf": [{"type": "integer"}, _to("Duration")]},
    "Quantity": {"anyOf": [_to("Number"), _to("Absolute")]},
    "Quantities": _list_of(_to("Quantity")),
    "Points": _list_of({
        "type": "array", "prefixItems": [_to("Duration"), _to("Quantity")], "minItems": 2, "maxItems": 2,
    }),
    "Curves": _list_of(_to("Curve")),
    "Base": {"anyOf": [{"const": "optimizer"}, _to("Number")]},
    "Entry": {"anyOf": [_to("Curve"), _to("BasedEntry")]},
    "GroupEntry": {"anyOf": [_to("Entry"), _to("Scale"), _to("Dated")]},
    "Group": {"type": "object", "additionalProperties": _to("GroupEntry")},
    "Groups": {"type": "object", "additionalProperties": _to("Group")},
    "Schedules": {"type": "object", "additionalProperties": _to("Entry"), "minProperties": 1},
}  # fmt: skip


_SERIALIZED: Final = {
    "type": "object",
    "description": "Another library's own serialized schedule, which its dialect reads.",
    "required": ["module", "class_name", "config"],
    "not": {"required": ["kind"]},
}


class _Generator(GenerateJsonSchema):
    """Writes defaults as a document would."""

    def encode_default(self, dft: Any) -> Any:
        return plain(dft)


def assembled(document: type[BaseModel], entries: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    """Give the schema of a document, or of a lone entry for the learning rate."""
    curves: dict[str, type[BaseModel]] = {
        model.__name__: model for kind in kinds() if (model := model_of(kind)) is not None
    }
    # Two libraries may have classes of one name; their kinds differ.
    curves |= {kind_of(model): model for model in dialects().models()}
    own: tuple[type[BaseModel], ...] = (document, Absolute, *entries)
    models = {model.__name__: model for model in own} | curves
    with apart_from_plugins():  # pydantic makes models of its own while it writes
        described = {
            name: model.model_json_schema(by_alias=True, schema_generator=_Generator) for name, model in models.items()
        }
    nested = {name: schema for one in described.values() for name, schema in one.pop("$defs", {}).items()}
    curve = {"anyOf": [_to("Quantity"), *map(_to, curves), _SERIALIZED]}
    definitions = {**nested, **described, "Curve": curve, **_FIELDS}
    lone = [_to("Spec"), _to("BasedEntry"), *map(_to, curves), _SERIALIZED]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTITY,
        "title": "unisched",
        "anyOf": lone,
        "$defs": _linked(definitions),
    }


def _linked(schema: Any) -> Any:
    match schema:
        case dict() if REFERENCE in schema:
            rest = {key: _linked(value) for key, value in schema.items() if key != REFERENCE}
            return {**_to(schema[REFERENCE]), **rest}
        case {"description": str(said)} if "\n\n" in said:
            return _linked({**schema, "description": said.split("\n\n")[0]})
        case dict():
            return {key: _linked(value) for key, value in schema.items()}
        case list():
            return [_linked(item) for item in schema]
        case _:
            return schema
