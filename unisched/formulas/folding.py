"""The operations of a formula as trees: kinds checked, constants folded, quotients of integers kept exact.

What has no value is refused here, with the column of the operator. Knows operations and trees; text is not read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, cast

from unisched.formulas.evaluation import constant_of
from unisched.formulas.functions import UndefinedError
from unisched.formulas.tokens import DEEPEST, refuse
from unisched.formulas.tree import LAST, Binary, BinaryOperator, Choice, Integer, Number, Tree, Unary, UnaryOperator

__all__ = ["Operation", "Sort", "joined"]

Sort: TypeAlias = Literal["number", "name", "unary", "binary", "choice"]


class Operation(NamedTuple):
    """One thing to do: push a number or a name, or join what was pushed last."""

    sort: Sort
    text: str
    column: int
    value: int | float = 0


def joined(operation: Operation, operands: Sequence[Tree], names: Mapping[str, Tree]) -> Tree:
    """Give the tree of one operation; raise `SpecError` with its column where it makes no sense."""
    match operation.sort:
        case "number":
            return _literal(operation.value)
        case "name":
            return names[operation.text]
        case _:
            _check(operation, operands)
            return _folded(operation, _made(operation, operands))


def _made(operation: Operation, operands: Sequence[Tree]) -> Tree:
    match operands:
        case [operand]:
            return _unary(cast("UnaryOperator", operation.text), operand)
        case [left, right]:
            return Binary(cast("BinaryOperator", operation.text), left, right)
        case [then, condition, otherwise]:
            return _choice(then, _truth(condition), otherwise)
        case _:
            raise AssertionError("an operation has up to three operands")


def _unary(op: UnaryOperator, operand: Tree) -> Tree:
    """Give the operation; the floor or ceil of a quotient of integers is one of integers, and exact."""
    match op, operand:
        case "floor" | "ceil" | "round", _ if operand.facts.kind == "integer":
            return operand
        case "floor", Binary(op="/", left=left, right=right) if _whole(left, right):
            return Binary("//", left, right)
        case "ceil", Binary(op="/", left=left, right=right) if _whole(left, right):
            return Unary("-", Binary("//", Unary("-", left), right))
        case _:
            return Unary(op, operand)


def _whole(left: Tree, right: Tree) -> bool:
    return left.facts.kind == right.facts.kind == "integer"


def _truth(condition: Tree) -> Tree:
    """Give a condition as Python takes it: a number holds where it is not 0."""
    return condition if condition.facts.kind == "truth" else Binary("!=", condition, Integer(0))


def _choice(then: Tree, condition: Tree, otherwise: Tree) -> Tree:
    if condition.facts.constant:
        return then if constant_of(condition) else otherwise
    return Choice(condition, then, otherwise)


def _folded(operation: Operation, tree: Tree) -> Tree:
    if not tree.facts.constant or tree.facts.kind == "truth" or isinstance(tree, Integer | Number):
        return tree
    try:
        return _literal(constant_of(tree))
    except UndefinedError as error:
        problem = error.problem
        refuse(problem.code, operation.column, problem.fault, problem.remedy)


def _literal(value: float) -> Tree:
    return Integer(value) if isinstance(value, int) and abs(value) <= LAST else Number(float(value) + 0.0)


def _check(operation: Operation, operands: Sequence[Tree]) -> None:
    text, column = operation.text, operation.column
    if max(operand.facts.depth for operand in operands) >= DEEPEST - (operation.sort == "choice"):
        refuse("expr.too_deep", column, f"more than {DEEPEST} operators inside each other",
               "Flatten it, or use piecewise.")  # fmt: skip
    truths = [operand.facts.kind == "truth" for operand in operands]
    if operation.sort == "choice":
        if truths[0] != truths[2]:
            refuse("expr.type", column, "one side of 'else' is a comparison, the other a number", "Give two numbers.")
    elif text in ("and", "or", "not"):
        if not all(truths):
            refuse("expr.type", column, f"{text!r} asks for comparisons", 'Compare, as in "step > 0 and step < 9".')
    elif any(truths):
        refuse("expr.type", column, f"{text!r} asks for numbers, not comparisons",
               'Choose a number, as in "1 if step < 100 else 0".')  # fmt: skip
