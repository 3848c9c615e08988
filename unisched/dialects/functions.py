"""A function of the step as a library's argument: a formula as text or, in Python only, a function."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer

from unisched.errors import SpecError
from unisched.formulas.expression import Expression
from unisched.spec.curve import AnyCurve, CallableCurve
from unisched.spec.dialect import curve
from unisched.spec.formulas import FormulaCurve
from unisched.spec.values import plain, reference

__all__ = ["Function", "curve_of", "formula_of"]

Function: TypeAlias = Annotated[
    Expression | CallableCurve, PlainSerializer(plain, return_type=Any), reference("Expression")
]
"""What such an argument holds; a library adds the validator that says which names its formulas may have."""


def formula_of(value: object) -> FormulaCurve:
    """Read a formula; raise `SpecError` relative to the argument."""
    try:
        return FormulaCurve(expression=value)  # type: ignore[arg-type]  # which is for it to check
    except SpecError as error:
        raise SpecError(*(problem.at("") for problem in error.problems)) from None


def curve_of(function: Expression | CallableCurve) -> AnyCurve:
    """Give the function as a curve."""
    if isinstance(function, CallableCurve):
        return curve(function)
    return curve({"kind": "formula", "expression": function.text})
