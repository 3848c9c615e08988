"""Fields that many kinds have, word for word: written once in the JSON Schema, and referred to.

A field moves with all that is said of it, so that an editor shows the same as where it stands in place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from unisched.spec.field_types import to

__all__ = ["shared"]

_OFTEN: Final = 3
_LARGE: Final = 120


def shared(definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give the definitions with each field that stands in several of them as a definition of its own."""
    seen = Counter(_key(name, field) for found in definitions.values() for name, field in found["properties"].items())
    moved: dict[tuple[str, str], str] = {}
    for key, times in seen.items():
        if times >= _OFTEN and len(key[1]) >= _LARGE:
            moved[key] = _free(key[0], {*definitions, *moved.values()})
    return {
        **{name: _referring(found, moved) for name, found in definitions.items()},
        **{name: json.loads(text) for (_, text), name in moved.items()},
    }


def _referring(definition: Mapping[str, Any], moved: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    fields = {
        name: to(moved[key]) if (key := _key(name, field)) in moved else field
        for name, field in definition["properties"].items()
    }
    return {**definition, "properties": fields}


def _key(name: str, field: Mapping[str, Any]) -> tuple[str, str]:
    return name, json.dumps(field)


def _free(name: str, taken: set[str]) -> str:
    """Give a name that no definition has: that of the field, numbered where several fields of one name differ."""
    return next(free for number in count(1) if (free := name if number == 1 else f"{name}_{number}") not in taken)
