"""The text of a formula's tree, as people write it: for reading, not for parsing. Knows no value."""

from __future__ import annotations

from typing import Final, assert_never

from unisched.formulas.binding import BINDING, COMPARISON, CONDITIONAL, NOT, SIGN
from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Tree, Unary

__all__ = ["text"]

_ATOM: Final = 9
"""Above all operators: what needs no brackets."""


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
            return repr(value), SIGN if value < 0 else _ATOM
        case Step():
            return "step", _ATOM
        case Unary(op="-", operand=operand):
            return f"-{_within(operand, SIGN)}", SIGN
        case Unary(op="not", operand=operand):
            return f"not {_within(operand, NOT)}", NOT
        case Unary(op=op, operand=operand):
            return f"{op}({text(operand)})", _ATOM
        case Binary(op="min" | "max" as op, left=left, right=right):
            return f"{op}({text(left)}, {text(right)})", _ATOM
        case Binary(op=op, left=left, right=right):
            rank = BINDING[op]
            looser_left = op == "**" or rank == COMPARISON
            return f"{_within(left, rank + looser_left)} {op} {_within(right, SIGN if op == '**' else rank + 1)}", rank
        case Choice(condition=condition, then=then, otherwise=otherwise):
            words = f"{_within(then, 1)} if {_within(condition, 1)} else {text(otherwise)}"
            return words, CONDITIONAL
        case _:
            assert_never(tree)


def _within(tree: Tree, rank: int) -> str:
    words, own = _text(tree)
    return words if own >= rank else f"({words})"
