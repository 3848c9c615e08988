"""From models to the plainest JSON data that loads back equal: defaults left out, constants bare.

Called for models that `limits` has measured; recursion is as deep as a document may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unisched.errors import shorten
from unisched.spec.curve import CallableCurve
from unisched.spec.curves import ConstantCurve
from unisched.spec.model import Model
from unisched.spec.number import fault
from unisched.spec.paths import join, segment
from unisched.spec.values import plain

__all__ = ["document_data", "functions"]


def document_data(spec: Model) -> dict[str, Any]:
    """Give a document as JSON data, its version first; raise `SpecError` where a Python function stands in it."""
    for path, name in functions(spec):
        raise fault("spec.callable", f"{shorten(name)} is a Python function, which no JSON holds",
                    "Write it as a formula.", path)  # fmt: skip
    return {"unisched": 1, **_fields(spec)}


def functions(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Give path and name of each Python function in a document or a part of one."""
    match value:
        case CallableCurve():
            yield path, value.name
        case Model():
            yield from _functions(value.__dict__.items(), path)
        case Mapping():
            yield from _functions(value.items(), path)
        case tuple():
            yield from _functions(enumerate(value), path)
        case _:
            pass


def _functions(items: Iterable[tuple[str | int, object]], path: str) -> Iterator[tuple[str, str]]:
    for key, item in items:
        if isinstance(item, Model | Mapping | tuple):
            yield from functions(item, join(path, segment(key)))


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
