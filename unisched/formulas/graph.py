"""The traced text of a formula, for any array library: the operations of the host, none of them rearranged.

Compilers of array libraries fuse a product into a sum, turn a division by a constant into a product, and merge
constants. So a select on its size stands behind every operation of float64: a compiler cannot know the answer, as it
may know the sign of the step, and its other arm is no constant, or what follows would be moved into it. Every branch
is finite: an operation outside its domain gets an argument inside it. Knows trees; the library is an argument.
"""

from __future__ import annotations

import math
import sys
from typing import Final, assert_never

from unisched.formulas.tree import Binary, BinaryOperator, Choice, Integer, Number, Step, Tree, Unary, UnaryOperator
from unisched.namespace import Namespace, Tensor

__all__ = ["MOST_FACTORS", "traced", "whole_exponent"]

MOST_FACTORS: Final = 16
_LARGEST: Final = sys.float_info.max
_LARGEST_EXPONENT: Final = 709.782712893384


def traced(tree: Tree, xp: Namespace, step: Tensor, negative: Tensor, faulty: float | None = None) -> Tensor:
    """Give the formula at int64 steps from 0 to 2^62 - 1, as float64 of their shape; where `negative`, any number.

    `negative` tells where the caller's own steps were below 0. Where the host raises, the value is `faulty`, or,
    without it, some finite number: nothing can be raised inside a graph.
    """
    text = _Text(xp, step, negative)
    value, faults = text.number(tree)
    if faults is not None and faulty is not None:
        value = xp.where(faults, xp.table(faulty), value)
    is_zero = (value >= xp.table(0.0)) & (value <= xp.table(0.0))
    return xp.where(negative | is_zero, xp.table(0.0), value)


def whole_exponent(tree: Tree) -> int | None:
    """Give the exponent of a power that is a product: a whole number from 1 to 16."""
    if not isinstance(tree, Integer | Number) or not 1 <= tree.value <= MOST_FACTORS:
        return None
    return int(tree.value) if tree.value == int(tree.value) else None


class _Text:
    """Writes each subtree once, as a tensor and a mask of the steps at which it has no value (`None`: at none)."""

    def __init__(self, xp: Namespace, step: Tensor, negative: Tensor) -> None:
        self._xp, self._step, self._negative = xp, step, negative
        self._other = xp.float(step) + xp.table(1.0)
        self._written: dict[Tree, tuple[Tensor, Tensor | None]] = {}

    def number(self, tree: Tree) -> tuple[Tensor, Tensor | None]:
        """Give a tree as float64."""
        if isinstance(tree, Integer):
            return self._xp.table(float(tree.value)), None
        value, faults = self._value(tree)
        return (self._xp.float(value), faults) if tree.facts.kind == "integer" else (value, faults)

    def _value(self, tree: Tree) -> tuple[Tensor, Tensor | None]:
        if tree not in self._written:
            self._written[tree] = self._new(tree)
        return self._written[tree]

    def _new(self, tree: Tree) -> tuple[Tensor, Tensor | None]:
        match tree:
            case Integer(value=value) | Number(value=value):
                return self._xp.table(value), None
            case Step():
                return self._step, None
            case Unary(op=op, operand=operand):
                if tree.facts.kind != "number":
                    value, faults = self._value(operand)
                    return self._plain(op, value), faults
                return self._held(tree, *self._defined(op, *self.number(operand)))
            case Binary(op="and" | "or" as op):
                return self._both(op, *self._value(tree.left), *self._value(tree.right))
            case Binary(op=op):
                return self._binary(op, tree)
            case Choice():
                return self._choice(tree)
            case _:
                assert_never(tree)

    def _held(self, tree: Tree, value: Tensor, faults: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Give a float64 operation opaque, with a finite number in the place of what leaves the range."""
        if tree.facts.bound < math.inf:
            return self._opaque(value), faults
        beyond = ~((value <= self._xp.table(_LARGEST)) & (value >= self._xp.table(-_LARGEST)))
        return self._xp.where(beyond, self._other, value), _either(faults, beyond)

    def _opaque(self, value: Tensor) -> Tensor:
        """Put a select behind a float64 operation, so that it is not rearranged with what follows."""
        return self._xp.where(value <= self._xp.table(_LARGEST), value, self._other)

    def _plain(self, op: UnaryOperator, value: Tensor) -> Tensor:
        match op:
            case "not":
                return ~value
            case "-":
                return self._xp.table(0) - value
            case "abs":
                return self._xp.maximum(value, self._xp.table(0) - value)
            case _:
                return value

    def _defined(self, op: UnaryOperator, value: Tensor, faults: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Give a function with its argument put inside the function's domain."""
        xp, zero = self._xp, self._xp.table(0.0)
        match op:
            case "sqrt":
                return xp.sqrt(xp.maximum(value, zero)), _either(faults, value < zero)
            case "log":
                return xp.log(xp.where(value > zero, value, xp.table(1.0))), _either(faults, value <= zero)
            case "exp":
                most = xp.table(_LARGEST_EXPONENT)
                return xp.exp(xp.minimum(value, most)), _either(faults, value > most)
            case _:
                return self._function(op, value), faults

    def _function(self, op: UnaryOperator, value: Tensor) -> Tensor:
        xp, zero = self._xp, self._xp.table(0.0)
        match op:
            case "-":
                return zero - value
            case "abs":
                return xp.maximum(value, zero - value)
            case "floor":
                return xp.floor(value)
            case "ceil":
                return zero - xp.floor(zero - value)
            case "round":
                return self._rounded(value)
            case "sin":
                return xp.sin(value)
            case "cos":
                return xp.cos(value)
            case _:
                return self._tangent(value)

    def _rounded(self, value: Tensor) -> Tensor:
        xp, half = self._xp, self._xp.table(0.5)
        low = xp.floor(value)
        over = value - low
        odd = self._odd(low)
        up = (over > half) | ((over >= half) & odd)
        return xp.where(up, low + xp.table(1.0), low)

    def _odd(self, whole: Tensor) -> Tensor:
        half = self._xp.floor(whole * self._xp.table(0.5))
        return whole - half - half > self._xp.table(0.5)

    def _tangent(self, value: Tensor) -> Tensor:
        xp, zero, one, two = self._xp, *(self._xp.table(number) for number in (0.0, 1.0, 2.0))
        y = zero - two * xp.minimum(xp.maximum(value, zero - value), xp.table(20.0))
        decay = self._opaque(xp.exp(y))
        near = decay >= one
        log = xp.where(near, one, xp.log(xp.where(near, xp.table(0.5), decay)))
        lost = self._opaque(xp.where(near, y, (decay - one) * (y / log)))
        result = (zero - lost) / (lost + two)
        return xp.where(value < zero, zero - result, result)

    def _both(
        self, op: BinaryOperator, left: Tensor, left_faults: Tensor | None, right: Tensor, right_faults: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        asked = left if op == "and" else ~left
        if right_faults is not None:
            right_faults = right_faults & asked
        return (left & right if op == "and" else left | right), _either(left_faults, right_faults)

    def _choice(self, tree: Choice) -> tuple[Tensor, Tensor | None]:
        condition, faults = self._value(tree.condition)
        part = self.number if tree.facts.kind == "number" else self._value
        then, then_faults = part(tree.then)
        otherwise, otherwise_faults = part(tree.otherwise)
        if then_faults is not None:
            faults = _either(faults, then_faults & condition)
        if otherwise_faults is not None:
            faults = _either(faults, otherwise_faults & ~condition)
        if tree.facts.kind == "truth":
            return (condition & then) | (~condition & otherwise), faults
        return self._xp.where(condition, then, otherwise), faults

    def _binary(self, op: BinaryOperator, tree: Binary) -> tuple[Tensor, Tensor | None]:
        whole = tree.left.facts.kind == tree.right.facts.kind == "integer" and op not in ("/", "**")
        if tree.facts.kind == "number":
            whole = False
        part = self._value if whole else self.number
        (left, left_faults), (right, right_faults) = part(tree.left), part(tree.right)
        faults = _either(left_faults, right_faults)
        if tree.facts.kind == "truth":
            return _compared(op, left, right), faults
        if op in ("/", "//", "%"):
            right, faults = self._divisor(tree.right, right, whole, faults)
        if whole:
            return self._of_integers(op, left, right), faults
        if op == "**":
            return self._power(tree, left, right, faults)
        return self._held(tree, self._of_numbers(op, left, right), faults)

    def _divisor(self, tree: Tree, value: Tensor, whole: bool, faults: Tensor | None) -> tuple[Tensor, Tensor | None]:
        one = self._xp.table(1) if whole else self._xp.table(1.0)
        if isinstance(tree, Integer | Number) and tree.value:
            return (value if whole else self._xp.where(self._negative, self._other, value)), faults
        zero = self._xp.table(0) if whole else self._xp.table(0.0)
        is_zero = (value <= zero) & (value >= zero)
        return self._xp.where(is_zero, one, value), _either(faults, is_zero)

    def _of_integers(self, op: BinaryOperator, left: Tensor, right: Tensor) -> Tensor:
        match op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "//":
                return left // right
            case "%":
                return left % right
            case "min":
                return self._xp.minimum(left, right)
            case _:
                return self._xp.maximum(left, right)

    def _of_numbers(self, op: BinaryOperator, left: Tensor, right: Tensor) -> Tensor:
        match op:
            case "/":
                return left / right
            case "//":
                return self._quotient(left, right)
            case _:
                return self._of_integers(op, left, right)

    def _quotient(self, left: Tensor, right: Tensor) -> Tensor:
        """Give left // right as Python does: from the exact remainder, not from the rounded quotient."""
        xp, one = self._xp, self._xp.table(1.0)
        rest = self._opaque(left % right)
        quotient = self._opaque((left - rest) / right)
        low = xp.floor(quotient)
        return xp.where(quotient - low > xp.table(0.5), low + one, low)

    def _power(
        self, tree: Binary, base: Tensor, exponent: Tensor, faults: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        factors = whole_exponent(tree.right)
        if factors is not None:
            return self._held(tree, self._product(base, factors), faults)
        xp, zero, one = self._xp, self._xp.table(0.0), self._xp.table(1.0)
        low = xp.floor(exponent)
        below, at_zero, broken = base < zero, (base <= zero) & (base >= zero), low < exponent
        wrong = (at_zero & (exponent < zero)) | (below & broken)
        size = self._opaque(xp.where(at_zero, one, xp.maximum(base, zero - base)))
        result = xp.power(size, self._opaque(xp.where(wrong, one, exponent)))
        result = xp.where(at_zero & (exponent > zero), zero, result)
        result = xp.where(below & self._odd(low), zero - result, result)
        return self._held(tree, result, _either(faults, wrong))

    def _product(self, base: Tensor, factors: int) -> Tensor:
        result = base
        for bit in bin(factors)[3:]:
            result = self._opaque(result * result)
            if bit == "1":
                result = self._opaque(result * base)
        return result


def _compared(op: BinaryOperator, left: Tensor, right: Tensor) -> Tensor:
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return (left <= right) & (left >= right)
        case _:
            return (left < right) | (left > right)


def _either(left: Tensor | None, right: Tensor | None) -> Tensor | None:
    if left is None or right is None:
        return right if left is None else left
    return left | right
