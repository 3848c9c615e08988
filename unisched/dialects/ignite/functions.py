"""Functions of the event: a formula as text or, in Python only, a function."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from pydantic import PlainValidator

from unisched.dialects.functions import Function, formula_of
from unisched.formulas.expression import Expression
from unisched.spec.curve import CallableCurve, is_function
from unisched.spec.number import fault

__all__ = ["EventFunction"]

_KNOWN: Final = frozenset({"step", "pi"})


def _function(value: object) -> Expression | CallableCurve:
    if isinstance(value, CallableCurve):
        return value
    if is_function(value):
        return CallableCurve(function=value)
    expression = formula_of(value).expression
    if not expression.names <= _KNOWN:
        strange = min(expression.names - _KNOWN)
        raise fault(
            "ignite.function", f"{strange!r} is not what ignite's functions are called with", "Write it in step."
        )
    return expression


EventFunction: TypeAlias = Annotated[Function, PlainValidator(_function)]
"""A formula in the event, which is called step, or a Python function of it."""
