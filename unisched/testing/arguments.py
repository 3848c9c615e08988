"""Arguments for a dialect's kind, drawn from the limits of its fields: the same ones in every run.

What a field's type does not say (a curve, a mapping, a formula) has to come from the author's examples.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from unisched.spec.dialect import DialectCurve
from unisched.spec.values import REFERENCE

__all__ = ["argument_sets"]

_LEFT_OUT: Final = ("kind", "duration", "interval")
_SMALL: Final = (1, 2, 3, 5, 7, 10, 13, 30)
_FACTORS: Final = (0.001, 0.1, 0.3, 0.5, 0.9, 1.0, 1.5)
_BY_REFERENCE: Final[Mapping[str, Sequence[Any]]] = {
    "Number": (0.0, *_FACTORS), "PositiveNumber": _FACTORS, "Count": _SMALL, "Quantity": _FACTORS,
    "Duration": _SMALL, "Length": _SMALL, "Span": _SMALL, "Stride": _SMALL, "Total": _SMALL,
}  # fmt: skip


def argument_sets(
    model: type[DialectCurve], examples: Sequence[Mapping[str, Any]], count: int
) -> Iterator[dict[str, Any]]:
    """Give the examples, then `count` sets drawn around them; a field that cannot be drawn keeps its example.

    Raises `LookupError` where a required field can neither be drawn nor has an example.
    """
    yield from map(dict, examples)
    source = random.Random(model.__name__)  # a fixed sample, not a secret
    for _ in range(count):
        chosen = dict(source.choice(examples)) if examples else {}
        for name, field in model.model_fields.items():
            key = field.alias or name
            values = () if name in _LEFT_OUT else _values(field)
            if values and (field.is_required() or source.random() < 0.5):
                chosen[key] = source.choice(values)
            elif field.is_required() and key not in chosen:
                raise LookupError(f"{model.__name__}.{name} cannot be drawn; give an example of its kind")
        yield chosen


def _values(field: FieldInfo) -> Sequence[Any]:
    kind = field.annotation
    if get_origin(kind) is Literal:
        return get_args(kind)
    if kind is bool:
        return (False, True)
    named = next((_reference(mark) for mark in field.metadata if _reference(mark)), "")
    if named in _BY_REFERENCE:
        return _BY_REFERENCE[named]
    if kind in (int, float):
        drawn: Sequence[Any] = _SMALL if kind is int else _FACTORS
        return [value for value in (0, *drawn) if _within(kind(value), field)]
    return ()


def _reference(mark: object) -> str:
    schema = getattr(mark, "json_schema", None)
    return str(schema.get(REFERENCE, "")) if isinstance(schema, dict) else ""


def _within(value: float, field: FieldInfo) -> bool:
    tests = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
    return all(
        test(value, limit)
        for mark in field.metadata
        for name, test in tests.items()
        if (limit := getattr(mark, name, None)) is not None
    )
