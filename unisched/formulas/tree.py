"""The typed tree of a formula: numbers, the step, and operators, checked where it is built.

Integers stay integers under + - * // % as long as 64 bits surely hold them; everything else is float64. A tree says
what is computed and in which order; what it is worth is for `evaluation` to say. Knows no text and no curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias, assert_never, get_args

from unisched.errors import Problem, SpecError

__all__ = [
    "DEEPEST", "LARGEST_INTEGER", "LAST", "MOST_NODES", "Binary", "BinaryOperator", "Choice", "Facts", "Integer",
    "Kind", "Number", "Previous", "Step", "Tree", "Unary", "UnaryOperator", "decode", "encode",
]  # fmt: skip

Kind: TypeAlias = Literal["integer", "number", "truth"]
UnaryOperator: TypeAlias = Literal[
    "-", "not", "abs", "floor", "ceil", "round", "sqrt", "exp", "log", "sin", "cos", "tanh"
]
BinaryOperator: TypeAlias = Literal[
    "+", "-", "*", "/", "//", "%", "**", "min", "max", "<", "<=", ">", ">=", "==", "!=", "and", "or"
]  # fmt: skip

DEEPEST: Final = 100
"""The most nodes that may stand inside each other."""

MOST_NODES: Final = 5_000

LAST: Final = 2**62 - 1
"""The last step; a step above reads this one."""

LARGEST_INTEGER: Final = 2**63 - 1

_WHOLE: Final = frozenset({"-", "abs", "floor", "ceil", "round"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "//", "%", "min", "max"})
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})
_UNARY: Final = frozenset(get_args(UnaryOperator))
_BINARY: Final = frozenset(get_args(BinaryOperator))
_LARGEST_LOG: Final = 746.0
_LARGEST_EXPONENT: Final = 709.0


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise SpecError(Problem("ir.invariant", "", rule, "Build formulas with unisched.compile."))


class Facts(NamedTuple):
    """What is known of a tree before it is evaluated.

    `bound`: no value is larger in magnitude, infinite where that is not known. `constant`: no step in it.
    """

    kind: Kind
    bound: float
    depth: int = 1
    size: int = 1
    constant: bool = True


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    value: int
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require(type(self.value) is int, f"{self.value!r} is no int")
        _require(abs(self.value) <= LAST, "an integer is 2^62 or more")
        object.__setattr__(self, "facts", Facts("integer", abs(self.value)))


@dataclass(frozen=True, slots=True)
class Number:
    """A float64."""

    value: float
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require(type(self.value) is float, f"{self.value!r} is no float")
        _require(math.isfinite(self.value), f"{self.value!r} is not finite")
        _require(self.value != 0 or math.copysign(1, self.value) > 0, "-0.0 is 0.0")
        object.__setattr__(self, "facts", Facts("number", abs(self.value)))


@dataclass(frozen=True, slots=True)
class Step:
    """The step on the formula's own clock: a whole number from 0 on."""

    facts: Facts = field(init=False, repr=False, compare=False, default=Facts("integer", LAST, constant=False))


@dataclass(frozen=True, slots=True)
class Previous(Step):
    """The value one step before: in the `next` of a recurrence only, which becomes a table; never in a program."""

    facts: Facts = field(init=False, repr=False, compare=False, default=Facts("number", math.inf, constant=False))


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator or function of one operand."""

    op: UnaryOperator
    operand: Tree
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require(self.op in _UNARY, f"{self.op!r} is no operator of one operand")
        kind, bound = _unary(self.op, self.operand.facts)
        object.__setattr__(self, "facts", _joined(kind, bound, self.operand.facts))


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator of two operands."""

    op: BinaryOperator
    left: Tree
    right: Tree
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require(self.op in _BINARY, f"{self.op!r} is no operator of two operands")
        left, right = self.left.facts, self.right.facts
        kind, bound = _binary(self.op, left, right, _known(self.right))
        object.__setattr__(self, "facts", _joined(kind, bound, left, right))


@dataclass(frozen=True, slots=True)
class Choice:
    """`then` where the condition holds, else `otherwise`; the other one is not evaluated."""

    condition: Tree
    then: Tree
    otherwise: Tree
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        condition, then, otherwise = self.condition.facts, self.then.facts, self.otherwise.facts
        _require(condition.kind == "truth", "a condition is a comparison")
        _require((then.kind == "truth") == (otherwise.kind == "truth"), "both sides of an else are numbers, or truths")
        kind = then.kind if then.kind == otherwise.kind else "number"
        bound = max(then.bound, otherwise.bound)
        object.__setattr__(self, "facts", _joined(kind, bound, condition, then, otherwise))


Tree: TypeAlias = Integer | Number | Step | Unary | Binary | Choice


def _joined(kind: Kind, bound: float, *parts: Facts) -> Facts:
    depth, size = 1 + max(part.depth for part in parts), 1 + sum(part.size for part in parts)
    _require(depth <= DEEPEST, f"operators stand more than {DEEPEST} deep")
    _require(size <= MOST_NODES, f"a formula has more than {MOST_NODES} operators and operands")
    return Facts(kind, bound, depth, size, all(part.constant for part in parts))


def _unary(op: UnaryOperator, operand: Facts) -> tuple[Kind, float]:
    if op == "not":
        _require(operand.kind == "truth", "not asks for a comparison")
        return "truth", 0
    _require(operand.kind != "truth", f"{op} asks for a number, not a comparison")
    if op in _WHOLE:
        return operand.kind, operand.bound if operand.kind == "integer" or op in ("-", "abs") else operand.bound + 1
    match op:
        case "sin" | "cos" | "tanh":
            return "number", 1.0
        case "log":
            return "number", _LARGEST_LOG
        case "sqrt":
            return "number", max(1.0, float(operand.bound))
        case "exp" if operand.bound < _LARGEST_EXPONENT:
            return "number", 2 * math.exp(operand.bound)
        case _:
            return "number", math.inf


def _known(tree: Tree) -> float | None:
    return float(tree.value) if isinstance(tree, Integer | Number) else None


def _binary(op: BinaryOperator, left: Facts, right: Facts, number: float | None) -> tuple[Kind, float]:
    if op in ("and", "or"):
        _require(left.kind == right.kind == "truth", f"{op} asks for comparisons")
        return "truth", 0
    _require("truth" not in (left.kind, right.kind), f"{op} asks for numbers, not comparisons")
    if op in _COMPARISONS:
        return "truth", 0
    if op in _ARITHMETIC and left.kind == right.kind == "integer":
        bound = _bound_of_integers(op, int(left.bound), int(right.bound), int(number or 0))
        if bound <= LARGEST_INTEGER:
            return "integer", bound
    if op in ("/", "//") and number is None and right.kind == "integer":
        number = 1.0
    return "number", _bound_of_numbers(op, float(left.bound), float(right.bound), number)


def _bound_of_integers(op: BinaryOperator, left: int, right: int, number: int) -> int:
    match op:
        case "+" | "-":
            return left + right
        case "*":
            return left * right
        case "//":
            return left // abs(number or 1) + 1
        case "%":
            return right
        case _:
            return max(left, right)


def _bound_of_numbers(op: BinaryOperator, left: float, right: float, number: float | None) -> float:
    match op:
        case "+" | "-":
            return left + right
        case "*":
            return left * right if left and right else 0.0
        case "/" | "//" if number:
            return left / abs(number) + 1
        case "%":
            return right
        case "min" | "max":
            return max(left, right)
        case "**" if number is not None and number >= 0:
            return _bound_of_power(max(left, 1.0), number)
        case _:
            return math.inf


def _bound_of_power(base: float, exponent: float) -> float:
    try:
        return 2 * math.pow(base, exponent)
    except OverflowError:
        return math.inf


def encode(tree: Tree) -> Any:
    """Give a tree as JSON data: an int, a float, "step", or a list of an operator and its operands.

    >>> encode(Binary("/", Step(), Integer(1000)))
    ['/', 'step', 1000]
    """
    match tree:
        case Integer(value=value) | Number(value=value):
            return value
        case Step():
            _require(not isinstance(tree, Previous), "a recurrence is a table")
            return "step"
        case Unary(op=op, operand=operand):
            return [op, encode(operand)]
        case Binary(op=op, left=left, right=right):
            return [op, encode(left), encode(right)]
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return ["if", encode(condition), encode(then), encode(otherwise)]
        case _:
            assert_never(tree)


def decode(data: object) -> Tree:
    """Give the tree of what `encode` gave; raise `SpecError` at anything else."""
    return _decoded(data, 0)


def _decoded(data: object, depth: int) -> Tree:
    _require(depth < DEEPEST, f"operators stand more than {DEEPEST} deep")
    if type(data) is int:
        return Integer(data)
    if type(data) is float:
        return Number(data)
    if data == "step":
        return Step()
    _require(isinstance(data, list) and 2 <= len(data) <= 4 and isinstance(data[0], str), "this is no formula")
    assert isinstance(data, list)
    op, operands = data[0], [_decoded(operand, depth + 1) for operand in data[1:]]
    match operands:
        case [operand]:
            return Unary(op, operand)
        case [left, right]:
            return Binary(op, left, right)
        case _:
            _require(op == "if", f"{op!r} is no operator of three operands")
            return Choice(*operands)
