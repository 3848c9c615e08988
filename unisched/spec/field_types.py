"""What the JSON Schema says of the field types that pydantic cannot see into: numbers, durations, curves, names.

Each stands inline where it is used: where a field refers to a definition, editors show the description of the
definition in place of the field's. Alternatives are lists of types and not `anyOf`, of which an editor can only say
that nothing fits. This file knows no kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unisched.spec.names import CANONICAL, LONGEST_NAME, SPELLINGS

__all__ = ["FIELD_TYPES", "nullable", "to", "united"]

_DECIMAL: Final = r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$"
_LENGTH: Final = r"\+?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?[kMBT]? *(%|steps?|epochs?|samples?|tokens?)"
_REST: Final[Mapping[str, Any]] = {
    "pattern": rf"^ *{_LENGTH} *$|^ *rest *$",
    "examples": ["10 epochs", 1000, "5%", "rest"],
}
_COUNT: Final = {"type": "integer", "minimum": 1, "maximum": 2**53}
_CURVE: Final = {"kind": "cosine", "start": 0.1, "end": 0}
_MEANINGS: Final = ("The learning rate.", "The weight decay.", "The momentum of SGD and its like.",
                    "The decay of the first moment, of Adam and its like.",
                    "The decay of the second moment, of Adam and its like.",
                    "What Adam and its like add to the denominator.")  # fmt: skip


def to(name: str) -> dict[str, Any]:
    """Give a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give a schema that takes null as well."""
    return united(schema, {"type": "null", **({"enum": [None]} if "enum" in schema else {})})


def united(*schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema of any of the types; `anyOf` where two say different things under one keyword."""
    keys = {key for schema in schemas for key in schema} - {"type", "enum", "examples"}
    differ = any(len({repr(schema[key]) for schema in schemas if key in schema}) > 1 for key in keys)
    if differ or not all("type" in schema for schema in schemas):
        return {"anyOf": [dict(schema) for schema in schemas]}
    merged: dict[str, Any] = {"type": _types(schemas)}
    for schema in schemas:
        joined = {key: [*merged.get(key, ()), *schema[key]] for key in ("enum", "examples") if key in schema}
        merged |= {**schema, "type": merged["type"], **joined}
    return merged


def _types(schemas: tuple[Mapping[str, Any], ...]) -> list[str]:
    every = [[schema["type"]] if isinstance(schema["type"], str) else schema["type"] for schema in schemas]
    names = dict.fromkeys(name for types in every for name in types)
    return [name for name in names if name != "integer" or "number" not in names]


def _number(*examples: object, **limits: float) -> dict[str, Any]:
    return {"type": ["number", "string"], **limits, "pattern": _DECIMAL,
            "patternErrorMessage": "Write a number, such as 0.001 or 1e-3.",
            **({"examples": [*examples]} if examples else {})}  # fmt: skip


def _duration(least: int = 0, **more: Any) -> dict[str, Any]:
    return {"description": 'For example 1000, "10 epochs" or "5%".',
            "type": ["integer", "string"], "minimum": least, "pattern": rf"^ *{_LENGTH} *$",
            "examples": ["10 epochs", 1000, "5%"],
            "patternErrorMessage": 'Write a number of steps, or "10 epochs", "5%", "2M samples", "1.5B tokens".',
            **more}  # fmt: skip


def _list_of(items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "minItems": 1, **more}


def _curve_or(objects: str, *examples: object) -> dict[str, Any]:
    return {**_number(*examples), "type": ["number", "string", "object"],
            "additionalProperties": True, "if": {"type": "object"}, "then": to(objects)}  # fmt: skip


def _by_hyperparameter(entry: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Give an object from hyperparameter to entry, which names the canonical ones and refuses their abbreviations."""
    named = {name: {"description": said, **entry} for name, said in zip(CANONICAL, _MEANINGS, strict=True)}
    refused = "|".join("[-_ .]*".join(f"[{letter}{letter.upper()}]" for letter in word) for word in SPELLINGS)
    kept = "|".join(CANONICAL)
    return {
        "type": "object",
        "properties": named,
        "additionalProperties": dict(entry),
        "propertyNames": {
            "type": "string", "maxLength": LONGEST_NAME,
            "pattern": rf"^(({kept})$|(?![-_ .]*({refused})[-_ .]*$).*\S)",
            "patternErrorMessage": f"Write {', '.join(CANONICAL[:-1])} or {CANONICAL[-1]} in full.",
        },
        **more,
    }  # fmt: skip


_QUANTITY: Final = {
    **_number(0.1),
    "description": "A factor where the entry has a base.",
    "type": ["number", "string", "object"],
    "properties": {"absolute": {"description": "The value, whatever the base of the entry.", **_number(1e-5)}},
    "required": ["absolute"],
    "additionalProperties": False,
}
_ENTRY: Final = _curve_or("EntryObject", 0.1)
_GROUP_ENTRY: Final = _curve_or("GroupEntryObject", 0.01)
_GROUP: Final = _by_hyperparameter(_GROUP_ENTRY, description="What differs in this group, by hyperparameter.",
                                   examples=[{"learning_rate": {"scale": 0.1}}, {"weight_decay": 0}])  # fmt: skip

FIELD_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "Number": _number(0.1, 1e-5),
    "PositiveNumber": {**_number(0.5, 2, exclusiveMinimum=0), "description": "Above 0."},
    "FromZero": _number(0, 0.1, minimum=0),
    "UpToOne": _number(0, 0.01, minimum=0, maximum=1),
    "Lowering": {**_number(0.1, 0.5, exclusiveMinimum=0, exclusiveMaximum=1), "description": "Between 0 and 1."},
    "Deviation": _number(0.1, minimum=0, maximum=1e300),
    "Count": {**_COUNT, "examples": [1, 100]},
    "Times": {"type": "integer", "minimum": 0, "maximum": 2**53, "examples": [0, 5]},
    "Seed": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1, "examples": [0, 42]},
    "Version": {"type": "integer", "const": 1, "examples": [1]},
    "Metric": {"type": "string", "minLength": 1, "examples": ["val_loss", "accuracy"]},
    "ScheduleName": {"type": "string", "minLength": 1, "examples": ["learning_rate"]},
    "Expression": {"type": "string", "minLength": 1, "maxLength": 4096, "examples": ["0.1 / sqrt(max(step, 100))"]},
    "Duration": _duration(**_REST),
    "Length": _duration(1, **_REST),
    "Span": _duration(),
    "Stride": _duration(1),
    "Total": _duration(1, examples=["90 epochs", 100000, "300B tokens"],
                       description='For example 100000, "90 epochs" or "300B tokens".'),
    "Period": united(_duration(1), {**_list_of(_duration(1)), "examples": [["1 epoch", "2 epochs"]]}),
    "Positions": _list_of(_duration(), examples=[["30 epochs", "60 epochs"]]),
    "Shift": _duration(-(10**30), examples=[1, -1, "1 epoch"]),
    "Pace": {**_COUNT, "type": ["integer", "string"], "minLength": 1, "examples": [256, "batch_size"]},
    "Quantity": _QUANTITY,
    "Quantities": _list_of(_QUANTITY, examples=[[0.1, 0.01, 0.001]]),
    "Points": _list_of(
        {"type": "array", "prefixItems": [_duration(), _QUANTITY], "minItems": 2, "maxItems": 2},
        examples=[[[0, 0.1], ["30 epochs", 0.01]]],
    ),
    "Curve": _curve_or("CurveObject", 0.1),
    "Curves": _list_of(
        {"description": "A curve: a number, or an object with a kind.", **_curve_or("CurveObject")},
        examples=[[{"kind": "linear", "start": 0, "end": 0.1, "duration": "5%"}, {"kind": "cosine", "end": 0}]],
    ),
    "Base": {**_number("optimizer", 0.1), "pattern": rf"{_DECIMAL}|^optimizer$",
             "patternErrorMessage": 'Write a number, or "optimizer".'},
    "Schedules": _by_hyperparameter(_ENTRY, minProperties=1, examples=[{"learning_rate": _CURVE}]),
    "Groups": {
        "type": "object",
        "additionalProperties": _GROUP,
        "propertyNames": {"type": "string", "maxLength": LONGEST_NAME, "pattern": r"\S"},
        "examples": [{"backbone*": {"learning_rate": {"scale": 0.1}}, "no_decay": {"weight_decay": 0}}],
    },
}  # fmt: skip
"""From the name of a field type to its schema, with examples."""
