"""From models to the plainest JSON data that loads back equal: defaults left out, constants bare.

Called for models that `limits` has measured; recursion is as deep as a document may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unisched.spec.curves import ConstantCurve
from unisched.spec.model import Model
from unisched.spec.values import plain

__all__ = ["document_data"]


def document_data(spec: Model) -> dict[str, Any]:
    """Give a document as JSON data, its version first."""
    return {"unisched": 1, **_fields(spec)}


def _data(value: Any) -> Any:
    match value:
        case ConstantCurve(duration=None, value=quantity) if quantity is not None:
            return plain(quantity)
        case Model():
            return _fields(value)
        case Mapping():
            return {key: _data(item) for key, item in value.items()}
        case tuple():
            return [_data(item) for item in value]
        case _:
            return plain(value)


def _fields(model: Model) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name == "kind" or value != field.default:
            written[field.alias or name] = _data(value)
    return written
