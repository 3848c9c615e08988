"""What the tree of a formula is worth at a step: on the host, correctly rounded, and traced into any array library.

The meaning is one float64 operation a node, in the order written; the host and the traced text do the same operations.
They differ only where a platform's `exp log sin cos pow` do. A whole exponent from 1 to 16 is a product, so that no
library's `pow` takes part in it; tanh is made of `exp` and `log`. At each step every operation that is needed there
has a finite value, or the formula has none. Knows trees only; nothing is executed from text.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias, assert_never

from unisched.errors import Problem, StepError, shorten
from unisched.formulas.functions import FAST, ROUNDED, Functions, UndefinedError, beyond, by_zero
from unisched.formulas.graph import traced, whole_exponent
from unisched.formulas.tree import (
    LAST,
    Binary,
    BinaryOperator,
    Choice,
    Integer,
    Number,
    Previous,
    Step,
    Tree,
    Unary,
    UnaryOperator,
)

__all__ = ["constant_of", "exact", "host", "recurrence", "traced"]

_Evaluate: TypeAlias = Callable[[int], Any]
_FOLDING: Final = ROUNDED._replace(product=FAST.product)


def host(tree: Tree) -> Callable[[int], float]:
    """Give the formula as a function of the step, an int from 0 on; a step above 2^62 reads that step.

    The function raises `StepError` at a step where the formula has no finite value.

    >>> from unisched.formulas.tree import Binary, Integer, Step
    >>> host(Binary("/", Step(), Integer(4)))(3)
    0.75
    """
    return _at(tree, FAST)


def exact(tree: Tree, step: int) -> float:
    """Give the value at a step, each operation rounded to nearest; raise as `host` does.

    >>> from unisched.formulas.tree import Step, Unary
    >>> exact(Unary("exp", Step()), 1)
    2.718281828459045
    """
    return _at(tree, ROUNDED)(step)


def recurrence(tree: Tree) -> Callable[[float, int], float]:
    """Give the next value as a function of the value before and the step; it raises as `host` does.

    >>> from unisched.formulas.tree import Binary, Number, Previous
    >>> recurrence(Binary("*", Previous(), Number(0.5)))(0.1, 1)
    0.05
    """
    before = [0.0]
    evaluate = _at(tree, FAST._replace(previous=lambda _step: before[0]))

    def following(value: float, step: int) -> float:
        before[0] = value
        return evaluate(step)

    return following


def constant_of(tree: Tree) -> Any:
    """Give what a tree without a step in it is worth: an int, a float, or a boolean; raise `UndefinedError`.

    Functions are rounded to nearest, so that a program does not depend on the platform it was compiled on.
    """
    return _evaluator(tree, _FOLDING)(0)


def _at(tree: Tree, functions: Functions) -> Callable[[int], float]:
    evaluate = _evaluator(tree, functions)

    def at(step: int) -> float:
        try:
            return float(evaluate(min(step, LAST))) + 0.0
        except UndefinedError as error:
            problem = error.problem
            fault = f"{problem.fault} at step {shorten(str(step), 60)} of its clock"
            raise StepError(Problem(problem.code, "", fault, problem.remedy)) from None

    return at


def _evaluator(tree: Tree, functions: Functions) -> _Evaluate:
    match tree:
        case Integer(value=value) | Number(value=value):
            return lambda _step: value
        case Previous():
            return functions.previous
        case Step():
            return lambda step: step
        case Unary(op=op, operand=operand):
            return _bounded(_unary(op, _evaluator(operand, functions), operand, functions), tree)
        case Binary(op=op) if tree.facts.kind == "truth":
            return _truth(op, tree, functions)
        case Binary(op=op) if tree.facts.kind == "integer":
            return _of_integers(op, _evaluator(tree.left, functions), _evaluator(tree.right, functions))
        case Binary(op=op):
            return _bounded(_of_numbers(op, tree, functions), tree)
        case Choice(condition=condition):
            return _choice(_evaluator(condition, functions), tree, functions)
        case _:
            assert_never(tree)


def _number(tree: Tree, functions: Functions) -> _Evaluate:
    if type(tree) is Step:
        return float
    if isinstance(tree, Integer):
        return _evaluator(Number(tree.value + 0.0), functions)
    evaluate = _evaluator(tree, functions)
    return (lambda step: float(evaluate(step))) if tree.facts.kind == "integer" else evaluate


def _bounded(evaluate: _Evaluate, tree: Tree) -> _Evaluate:
    if tree.facts.bound < math.inf:
        return evaluate

    def bounded(step: int) -> float:
        value: float = evaluate(step)
        if value - value != 0:
            raise beyond()
        return value

    return bounded


def _choice(condition: _Evaluate, tree: Choice, functions: Functions) -> _Evaluate:
    part = _number if tree.facts.kind == "number" else _evaluator
    then, otherwise = part(tree.then, functions), part(tree.otherwise, functions)
    return lambda step: then(step) if condition(step) else otherwise(step)


def _unary(op: UnaryOperator, of: _Evaluate, operand: Tree, functions: Functions) -> _Evaluate:
    whole = operand.facts.kind == "integer"
    match op:
        case "-":
            return lambda step: -of(step)
        case "not":
            return lambda step: not of(step)
        case "abs":
            return lambda step: abs(of(step))
        case "floor" | "ceil" | "round" if whole:
            return of
        case "floor":
            return lambda step: float(math.floor(of(step)))
        case "ceil":
            return lambda step: float(math.ceil(of(step)))
        case "round":
            return lambda step: float(round(of(step)))
        case "sqrt" | "exp" | "log" | "sin" | "cos" | "tanh":
            function: Callable[[float], float] = getattr(functions, op)
            return lambda step: function(float(of(step)))
        case _:
            assert_never(op)


def _truth(op: BinaryOperator, tree: Binary, functions: Functions) -> _Evaluate:
    both_whole = tree.left.facts.kind == tree.right.facts.kind == "integer"
    part = _evaluator if both_whole or op in ("and", "or") else _number
    left, right = part(tree.left, functions), part(tree.right, functions)
    match op:
        case "and":
            return lambda step: left(step) and right(step)
        case "or":
            return lambda step: left(step) or right(step)
        case "<":
            return lambda step: left(step) < right(step)
        case "<=":
            return lambda step: left(step) <= right(step)
        case ">":
            return lambda step: left(step) > right(step)
        case ">=":
            return lambda step: left(step) >= right(step)
        case "==":
            return lambda step: left(step) == right(step)
        case _:
            return lambda step: left(step) != right(step)


def _of_integers(op: BinaryOperator, left: _Evaluate, right: _Evaluate) -> _Evaluate:
    match op:
        case "+":
            return lambda step: left(step) + right(step)
        case "-":
            return lambda step: left(step) - right(step)
        case "*":
            return lambda step: left(step) * right(step)
        case "//":
            return lambda step: left(step) // (right(step) or by_zero(op))
        case "%":
            return lambda step: left(step) % (right(step) or by_zero(op))
        case "min":
            return lambda step: min(left(step), right(step))
        case _:
            return lambda step: max(left(step), right(step))


def _of_numbers(op: BinaryOperator, tree: Binary, functions: Functions) -> _Evaluate:
    left, right = _number(tree.left, functions), _number(tree.right, functions)
    match op:
        case "**":
            return _power(tree, left, right, functions)
        case "/":
            return lambda step: left(step) / (right(step) or by_zero(op))
        case _:
            return _of_integers(op, left, right)


def _power(tree: Binary, base: _Evaluate, exponent: _Evaluate, functions: Functions) -> _Evaluate:
    factors, power, product = whole_exponent(tree.right), functions.power, functions.product
    if factors is not None:
        return lambda step: product(base(step), factors)
    return lambda step: power(base(step), exponent(step))
