"""What all curves share, and how a curve is read wherever one may stand.

This file knows no kind but the constant a bare number stands for, and that through the table of kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeGuard, cast

from pydantic import Field, PlainSerializer, PlainValidator

from unisched.errors import nearest
from unisched.spec.kinds import dialects, kinds, model_of
from unisched.spec.model import Model
from unisched.spec.number import fault, shown
from unisched.spec.values import LengthField, read_each, read_quantity, reference

__all__ = ["AnyCurve", "CallableCurve", "CurveField", "CurveModel", "CurvesField", "is_function", "read_curve"]


class CurveModel(Model):
    """A curve: a value for every step of a clock that starts at 0 where the curve starts."""

    kind: str = Field(description="Which curve this is.")
    duration: LengthField | None = Field(
        default=None, description="The length of the curve; without it, as its fields or its place say."
    )


def is_function(value: object) -> TypeGuard[Callable[[int], float]]:
    """Tell whether `value` is a function that may stand for a curve: callable, and no class."""
    return callable(value) and not isinstance(value, type)


def _function(value: Any) -> Any:
    if not is_function(value):
        raise fault("type.callable", f"{shown(value)} is no function", "Give a function of the step, an int.")
    try:
        hash(value)
    except TypeError:
        raise fault("type.callable", "this callable cannot be told from another, for it has no hash",
                    "Give a function, or a method of an object that has one.") from None  # fmt: skip
    return value


Function: TypeAlias = Annotated[
    Callable[[int], float], PlainValidator(_function), PlainSerializer(lambda value: value, return_type=Any)
]


class CallableCurve(CurveModel):
    """A Python function of the step: only in Python, never in a document. Equal where it is the same function."""

    kind: Literal["callable"] = "callable"
    function: Function = Field(description="The function of the step.")

    @property
    def name(self) -> str:
        """The module and name of the function."""
        named = self.function if hasattr(self.function, "__qualname__") else type(self.function)
        return f"{named.__module__}.{named.__qualname__}"


_MINIMUM: Final = 'Use {"kind": "clip", "curve": ..., "minimum": ...}.'
_MAXIMUM: Final = 'Use {"kind": "clip", "curve": ..., "maximum": ...}.'
_MEANT: Final = {
    "minimum": _MINIMUM, "min": _MINIMUM, "floor": _MINIMUM, "maximum": _MAXIMUM, "max": _MAXIMUM, "ceiling": _MAXIMUM,
}  # fmt: skip
"""What to write for a name that other libraries have and that is no kind here: a bound is a field of `clip`."""

if TYPE_CHECKING:
    from unisched.spec.grammar import AnyCurve
else:
    AnyCurve = CurveModel  # a new kind may come from elsewhere; type checkers see the closed set


def read_curve(value: object) -> AnyCurve:
    """Give the curve behind an object with `kind`; a bare number or `{"absolute": x}` is a constant.

    A Python function of the step is a curve of its own.
    """
    if isinstance(value, CurveModel):
        return cast("AnyCurve", value)
    if isinstance(value, Mapping) and "absolute" not in value:
        return _of_kind(value)
    if isinstance(value, list | tuple):
        raise fault("type.curve", "a list is no curve", 'Give {"kind": "sequence", "parts": [...]}.')
    if value is None:
        raise fault("type.null", "null is no curve", "Give a number or an object with a kind.")
    if is_function(value):
        return cast("AnyCurve", CallableCurve(function=value))
    return _built("constant", {"value": read_quantity(value)})


def _of_kind(value: Mapping[Any, Any]) -> AnyCurve:
    if "kind" not in value and "class_name" in value:
        return _of_kind(dialects().read(value))
    if "kind" not in value:
        raise fault("kind.missing", "the object has no kind", f'Add "kind", one of {", ".join(kinds())}.')
    kind = value["kind"]
    if not isinstance(kind, str):
        code = "type.null" if kind is None else "kind.unknown"
        raise fault(code, f"{shown(kind)} is no kind", f"Choose one of {', '.join(kinds())}.", "kind")
    for key in value:
        if not isinstance(key, str):
            raise fault("type.key", f"the key {shown(key)} is no text", "Keys are texts.")
    return _built(kind, value)


def _built(kind: str, fields: Mapping[str, Any]) -> AnyCurve:
    model = model_of(kind)
    if model is None or not issubclass(model, CurveModel):
        hint = _MEANT.get(kind, "")
        if not hint and len(kind) < 200:
            hint = dialects().meant_by(kind) or nearest(kind, kinds()).strip()
        raise fault("kind.unknown", f"there is no kind {shown(kind)}",
                    hint or f"Kinds: {', '.join(kinds())}.", "kind")  # fmt: skip
    return cast("AnyCurve", model(**fields))


def _curves(value: object) -> tuple[AnyCurve, ...]:
    return read_each(value, read_curve)


def _as_it_is(value: Any) -> Any:
    return value


CurveField: TypeAlias = Annotated[
    AnyCurve, PlainValidator(read_curve), PlainSerializer(_as_it_is, return_type=Any), reference("Curve")
]
"""A curve of any kind, or a bare number."""

CurvesField: TypeAlias = Annotated[
    tuple[AnyCurve, ...], PlainValidator(_curves), PlainSerializer(_as_it_is, return_type=Any), reference("Curves")
]
"""One or more curves."""
