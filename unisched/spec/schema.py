"""The JSON Schema: what is said of the models, put together so that an editor can complete, explain and point.

What an object is, is told by the field that says so, one branch after another and not by `anyOf`: an editor then
offers the fields of the kind that was chosen, and marks a fault at its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from unisched.spec.apart import apart_from_plugins
from unisched.spec.described import described
from unisched.spec.field_types import to
from unisched.spec.kinds import dialects, kind_of, kinds, model_of
from unisched.spec.shared_fields import shared
from unisched.spec.values import Absolute

__all__ = ["IDENTITY", "assembled"]

IDENTITY: Final = "urn:unisched:spec:1"

Branch: TypeAlias = tuple[Mapping[str, Any], str]

_ABOUT: Final = "A schedule document: hyperparameters over a training run, what differs in param groups, and the clock."
_SERIALIZED: Final = {
    "title": "serialized",
    "description": "Another library's own serialized schedule, which its dialect reads.",
    "examples": [{"module": "keras.optimizers.schedules", "class_name": "CosineDecay",
                  "config": {"initial_learning_rate": 0.1, "decay_steps": 1000}}],
    "type": "object",
    "properties": {
        "module": {"description": "The module of the class.", "type": "string",
                   "examples": ["keras.optimizers.schedules"]},
        "class_name": {"description": "The name of the class.", "type": "string", "examples": ["CosineDecay"]},
        "config": {"description": "The arguments of the class, as the library writes them.", "type": "object",
                   "examples": [{"initial_learning_rate": 0.1, "decay_steps": 1000}]},
    },
    "required": ["module", "class_name", "config"],
}  # fmt: skip
_WITH_KIND: Final[Branch] = ({"required": ["kind"]}, "Kinds")
_WITH_SCALE: Final[Branch] = ({"required": ["scale"]}, "Scale")
_WITH_DATE: Final[Branch] = ({"required": ["from"]}, "Dated")
_WITH_BASE: Final[Branch] = ({"anyOf": [{"required": ["base"]}, {"required": ["curve"]}]}, "BasedEntry")
_REST: Final[tuple[Branch, ...]] = (
    ({"required": ["absolute"]}, "Absolute"),
    ({"required": ["class_name"]}, "Serialized"),
)
_LONE: Final[tuple[Branch, ...]] = (
    _WITH_KIND,
    ({"required": ["curve"]}, "BasedEntry"),
    ({"required": ["class_name"], "not": {"required": ["schedules"]}}, "Serialized"),
)


def assembled(document: type[BaseModel], entries: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    """Give the schema of a document, or of a lone entry for the learning rate."""
    curves = {kind: model for kind in kinds() if (model := model_of(kind)) is not None}
    curves |= {kind_of(model): model for model in dialects().models()}
    own_models: tuple[type[BaseModel], ...] = (document, *entries, Absolute)
    models = {model.__name__: model for model in own_models} | curves
    found: dict[str, Any] = {}
    with apart_from_plugins():  # pydantic makes models of its own while it writes
        for name, model in models.items():
            found |= described(name, model)
    own = found[document.__name__] = {**found[document.__name__], "description": _ABOUT}
    fields = {name: found[name]["properties"] for name in ("Absolute", "BasedEntry", "Scale")}
    entry = {**fields["BasedEntry"], **fields["Absolute"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTITY,
        "title": "unisched",
        "description": f"{_ABOUT} Or a curve alone, which is that of the learning rate.",
        "examples": own["examples"],
        "type": "object",
        "properties": {"$schema": own["properties"]["$schema"]},
        **_one_of(_LONE, {"properties": {"kind": to("Kind")}, "allOf": [to(document.__name__)]}),
        "$defs": {
            **shared(found),
            "Serialized": _SERIALIZED,
            "CurveObject": _curve(_REST, fields["Absolute"]),
            "EntryObject": _curve((_WITH_BASE, *_REST), entry),
            "GroupEntryObject": _curve((_WITH_SCALE, _WITH_DATE, _WITH_BASE, *_REST), {**fields["Scale"], **entry}),
            "Kind": _kind({name: found[name] for name in curves}),
            "Kinds": _by_kind(curves),
        },
    }


def _one_of(branches: tuple[Branch, ...], otherwise: Mapping[str, Any]) -> dict[str, Any]:
    chain = dict(otherwise)
    for test, name in reversed(branches):
        chain = {"if": test, "then": to(name), "else": chain}
    return chain


def _curve(branches: tuple[Branch, ...], offered: Mapping[str, Any]) -> dict[str, Any]:
    otherwise = {"required": ["kind"], "properties": {"kind": to("Kind"), **offered}}
    return {
        "type": "object",
        "properties": {"$schema": False},
        "additionalProperties": True,
        **_one_of((_WITH_KIND, *branches), otherwise),
    }


def _kind(definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "description": "Which curve this is.",
        "type": "string",
        "enum": [*definitions],
        "errorMessage": "There is no such kind, or its dialect was not installed where this schema was written.",
        "enumDescriptions": [definition["description"] for definition in definitions.values()],
        "examples": ["warmup_cosine"],
    }


def _by_kind(names: Mapping[str, object]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": to("Kind")},
        "additionalProperties": True,
        "allOf": [{"if": {"properties": {"kind": {"const": name}}}, "then": to(name)} for name in names],
    }
