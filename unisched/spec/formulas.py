"""The curves written as text: a formula of the clock, and a recurrence from each value to the next.

Texts are read where they stand, with trees in the place of the names that reach as deep as any clock's; what the names
mean on a clock is for lowering to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator

from unisched.formulas.expression import Expression, parse
from unisched.formulas.tree import Binary, Integer, Number, Previous, Step, Tree
from unisched.spec.curve import CurveModel
from unisched.spec.curves import Start
from unisched.spec.number import fault, shown
from unisched.spec.values import plain, reference

__all__ = ["FORMULA_NAMES", "RECURRENCE_NAMES", "FormulaCurve", "RecurrenceCurve"]

FORMULA_NAMES: Final = ("step", "epoch", "samples", "tokens", "progress", "length", "pi")
RECURRENCE_NAMES: Final = ("value", "step", "pi")

_COUNT: Final = Binary("+", Binary("*", Step(), Integer(3)), Integer(1))
_RATIO: Final = Binary("/", _COUNT, Integer(7))
_FORMULA: Final[dict[str, Tree]] = {
    "step": Step(), "epoch": _RATIO, "samples": _COUNT, "tokens": _COUNT, "progress": _RATIO, "length": _COUNT,
    "pi": Number(math.pi),
}  # fmt: skip
_RECURRENCE: Final[dict[str, Tree]] = {"value": Previous(), "step": Step(), "pi": Number(math.pi)}


def _read(value: object, names: Sequence[str], trees: Mapping[str, Tree]) -> Expression:
    text = value.text if isinstance(value, Expression) else value
    if not isinstance(text, str):
        raise fault("type.text", f"{shown(text)} is no text", 'Write a formula in quotes, such as "0.1 * 0.95**epoch".')
    expression = parse(text, names)
    expression.bind(trees)
    return expression


def _formula(value: object) -> Expression:
    return _read(value, FORMULA_NAMES, _FORMULA)


def _recurrence(value: object) -> Expression:
    return _read(value, RECURRENCE_NAMES, _RECURRENCE)


Formula: TypeAlias = Annotated[
    Expression, PlainValidator(_formula), PlainSerializer(plain, return_type=str), reference("Expression")
]
Next: TypeAlias = Annotated[
    Expression, PlainValidator(_recurrence), PlainSerializer(plain, return_type=str), reference("Expression")
]


class FormulaCurve(CurveModel):
    """Arithmetic in the step, epoch, samples and tokens since the curve's start, and in its progress and length."""

    kind: Literal["formula"] = "formula"
    examples = (
        {"kind": "formula", "expression": "0.1 / sqrt(max(step, 100))"},
        {"kind": "formula", "expression": "0.1 * (1 - progress) ** 2", "duration": "50 epochs"},
    )
    expression: Formula = Field(
        description="The value as a formula of step, epoch, samples, tokens, progress, length and pi."
    )

    @property
    def bounded(self) -> bool:
        """Whether the formula asks for a length, and so has an end."""
        return not self.expression.names.isdisjoint({"progress", "length"})


class RecurrenceCurve(CurveModel):
    """Each value from the one before."""

    kind: Literal["recurrence"] = "recurrence"
    examples = ({"kind": "recurrence", "start": 0.1, "next": "value * 0.999"},)
    start: Start = Field(default=None, description="The value at the start; without it, what the part before reached.")
    next: Next = Field(description="The next value as a formula of value and step, as text.")
