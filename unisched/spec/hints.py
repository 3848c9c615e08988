"""The JSON Schema for editors that follow no branch of it, as those of TOML do: they mark faults, but offer no field.

Here the fields of all kinds of the core are named as well, whatever kind it is. The names say nothing of what is valid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from unisched.spec.field_types import to
from unisched.spec.names import CANONICAL

__all__ = ["hinted"]

_FLAT: Final = "CurveHints"
_ENTRY: Final = "EntryHints"
_PARTS: Final = ("parts", "curves")


def hinted(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema with names that stand under no condition: it takes the same documents."""
    definitions: Mapping[str, Any] = schema["$defs"]
    core = [kind for kind in definitions["Kind"]["enum"] if "." not in kind]
    flat = {"kind": to("Kind"), **_named(definitions, [*core, "BasedEntry", "Scale", "Dated"])}
    nested = {name: {**flat[name], "items": to(_FLAT)} for name in _PARTS}
    entries = {"properties": dict.fromkeys(CANONICAL, to(_ENTRY)), "additionalProperties": to(_ENTRY)}
    own = {**_named(definitions, ["Spec"]), "kind": to("Kind")}
    own["schedules"] |= entries
    own["groups"] |= {"additionalProperties": entries}
    return {
        **schema,
        "properties": {**schema["properties"], **own},
        "$defs": {**definitions, _FLAT: _object(flat), _ENTRY: _object({**flat, **nested})},
    }


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"properties": dict(properties), "additionalProperties": True}


def _named(definitions: Mapping[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
    """Give each field of the chosen definitions with what it means, per kind where that differs."""
    said: dict[str, dict[str, str]] = {}
    for key in chosen:
        for name, field in definitions[key]["properties"].items():
            there = definitions[field["$ref"].rpartition("/")[2]] if "$ref" in field else field
            said.setdefault(name, {}).setdefault(there["description"], definitions[key]["title"])
    return {name: {"description": _told(meanings)} for name, meanings in said.items() if name != "kind"}


def _told(meanings: Mapping[str, str]) -> str:
    if len(meanings) == 1:
        return next(iter(meanings))
    return " ".join(f"{kind}: {said}" for said, kind in meanings.items())
