"""Functions of the event: a formula as text or, in Python only, a function."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from pydantic import PlainSerializer, PlainValidator

from unisched.errors import SpecError
from unisched.formulas.expression import Expression
from unisched.spec.curve import AnyCurve, CallableCurve, is_function
from unisched.spec.dialect import curve
from unisched.spec.formulas import FormulaCurve
from unisched.spec.number import fault
from unisched.spec.values import plain, reference

__all__ = ["Function", "curve_of"]

_KNOWN: Final = frozenset({"step", "pi"})


def _function(value: object) -> Expression | CallableCurve:
    if isinstance(value, CallableCurve):
        return value
    if is_function(value):
        return CallableCurve(function=value)
    try:
        expression = FormulaCurve(expression=value).expression  # type: ignore[arg-type]  # which is for it to check
    except SpecError as error:
        raise SpecError(*(problem.at("") for problem in error.problems)) from None
    if not expression.names <= _KNOWN:
        strange = min(expression.names - _KNOWN)
        raise fault(
            "ignite.function", f"{strange!r} is not what ignite's functions are called with", "Write it in step."
        )
    return expression


Function: TypeAlias = Annotated[
    Expression | CallableCurve,
    PlainValidator(_function),
    PlainSerializer(plain, return_type=Any),
    reference("Expression"),
]
"""A formula in the event, which is called step, or a Python function of it."""


def curve_of(function: Expression | CallableCurve) -> AnyCurve:
    """Give the function as a curve."""
    if isinstance(function, CallableCurve):
        return curve(function)
    return curve({"kind": "formula", "expression": function.text})
