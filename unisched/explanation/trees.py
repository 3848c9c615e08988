"""A formula of the document as written mathematics. Knows trees only."""

from __future__ import annotations

from typing import assert_never

from unisched.explanation.mathematics import (
    Call,
    Choice,
    Comparison,
    Logic,
    Not,
    Number,
    Power,
    Remainder,
    Written,
    minus,
    number,
    over,
    plus,
    times,
)
from unisched.formulas.tree import Binary, BinaryOperator, Integer, Step, Tree, Unary
from unisched.formulas.tree import Choice as Either
from unisched.formulas.tree import Number as Float

__all__ = ["written"]


def written(tree: Tree, step: Written) -> Written:
    """Give a formula with `step` in the place of its step."""
    match tree:
        case Integer(value=value):
            return minus(Number("0"), Number(str(-value))) if value < 0 else Number(str(value))
        case Float(value=value):
            return number(value)
        case Step():
            return step
        case Unary(op="-", operand=operand):
            return minus(Number("0"), written(operand, step))
        case Unary(op="not", operand=operand):
            return Not(written(operand, step))
        case Unary(op=op, operand=operand):
            return Call(op, (written(operand, step),))
        case Binary(op=op, left=left, right=right):
            return _binary(op, written(left, step), written(right, step))
        case Either(condition=condition, then=then, otherwise=otherwise):
            return _choice(written(condition, step), written(then, step), written(otherwise, step))
        case _:
            assert_never(tree)


def _choice(condition: Written, then: Written, otherwise: Written) -> Written:
    if isinstance(otherwise, Choice):
        return Choice(((condition, then), *otherwise.cases), otherwise.otherwise)
    return Choice(((condition, then),), otherwise)


def _binary(op: BinaryOperator, left: Written, right: Written) -> Written:  # one line an operator
    match op:
        case "+":
            return plus(left, right)
        case "-":
            return minus(left, right)
        case "*":
            return times(left, right)
        case "/":
            return over(left, right)
        case "//":
            return Call("floor", (over(left, right),))
        case "%":
            return Remainder(left, right)
        case "**":
            return Power(left, right)
        case "min" | "max":
            return Call(op, (left, right))
        case "<" | "<=" | ">" | ">=" | "==" | "!=":
            return Comparison(op, left, right)
        case "and" | "or":
            return Logic(op, left, right)
        case _:
            assert_never(op)
