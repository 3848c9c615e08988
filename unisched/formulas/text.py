"""The text of a formula's tree, as people write it: for reading, not for parsing. Knows no value."""

from __future__ import annotations

from typing import Final, assert_never

from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Tree, Unary

__all__ = ["text"]

_RANKS: Final[dict[str, int]] = {
    "or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6,
    "%": 6, "**": 8,
}  # fmt: skip
_CHOICE, _NOT, _SIGN, _ATOM = 0, 3, 7, 9


def text(tree: Tree) -> str:
    """Give the formula with no more brackets than it needs.

    >>> from unisched.formulas.tree import Integer, Step
    >>> text(Binary("*", Binary("+", Step(), Integer(1)), Number(0.5)))
    '(step + 1) * 0.5'
    """
    return _text(tree)[0]


def _text(tree: Tree) -> tuple[str, int]:
    """Give the text, and how firmly its outermost operator binds."""
    match tree:
        case Integer(value=value) | Number(value=value):
            return repr(value), _SIGN if value < 0 else _ATOM
        case Step():
            return "step", _ATOM
        case Unary(op="-", operand=operand):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case Unary(op="not", operand=operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case Unary(op=op, operand=operand):
            return f"{op}({text(operand)})", _ATOM
        case Binary(op="min" | "max" as op, left=left, right=right):
            return f"{op}({text(left)}, {text(right)})", _ATOM
        case Binary(op=op, left=left, right=right):
            rank = _RANKS[op]
            looser_left = op == "**" or rank == _RANKS["<"]
            return f"{_within(left, rank + looser_left)} {op} {_within(right, _SIGN if op == '**' else rank + 1)}", rank
        case Choice(condition=condition, then=then, otherwise=otherwise):
            words = f"{_within(then, 1)} if {_within(condition, 1)} else {text(otherwise)}"
            return words, _CHOICE
        case _:
            assert_never(tree)


def _within(tree: Tree, rank: int) -> str:
    words, own = _text(tree)
    return words if own >= rank else f"({words})"
