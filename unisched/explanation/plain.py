"""Written mathematics as one line of text, such as `0.1 · (1 + cos(π · (k − 100) / 900)) / 2`.

Operators bind as in school and in Python: `^` before `·`, `/` and `mod`, these before `+` and `−`, these before
comparisons, and `a if c else b` last. Knows no curve.
"""

from __future__ import annotations

from typing import Final, assert_never

from unisched.explanation.mathematics import (
    PI,
    Call,
    Choice,
    Comparison,
    Entry,
    Logic,
    Negative,
    Not,
    Number,
    Power,
    Product,
    Quotient,
    Remainder,
    Sum,
    Symbol,
    Written,
)

__all__ = ["ascii_of", "plain"]

_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(10)
_ASCII: Final = str.maketrans({"·": "*", "−": "-", "π": "pi", "≤": "<=", "≥": ">=", "≠": "!="})
_SIGNS: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}


def plain(written: Written) -> str:
    """Give the text, with no more brackets than it needs.

    >>> from unisched.explanation.mathematics import number, over, plus, times
    >>> plain(times(number(0.1), over(plus(Symbol("k"), number(-5)), number(10))))
    '0.1 · (k − 5) / 10'
    """
    return _text(written)[0]


def ascii_of(text: str) -> str:
    """Give the text for a terminal that has no signs but those of ASCII.

    >>> ascii_of("0.1 · π − 1")
    '0.1 * pi - 1'
    """
    return text.translate(_ASCII)


def _text(written: Written) -> tuple[str, int]:  # noqa: C901  # one line a node
    """Give the text, and how firmly its outermost operator binds."""
    match written:
        case Number(digits=digits):
            return digits, _ATOM
        case Symbol(name=name):
            return ("π" if written == PI else name), _ATOM
        case Negative(of=of):
            return f"−{_within(of, _PRODUCT)}", _SUM
        case Sum(terms=terms):
            first, *others = terms
            return _within(first, _SUM) + "".join(map(_added, others)), _SUM
        case Product(factors=factors):
            *others, last = factors
            return " · ".join([*(_within(factor, _SIGN) for factor in others), _last(last)]), _PRODUCT
        case Quotient(top=top, bottom=bottom):
            return f"{_within(top, _PRODUCT)} / {_within(bottom, _SIGN)}", _PRODUCT
        case Remainder(of=of, by=by):
            return f"{_within(of, _SIGN)} mod {_within(by, _SIGN)}", _SUM
        case Power(base=base, exponent=exponent):
            return f"{_within(base, _ATOM)}^{_within(exponent, _ATOM)}", _POWER
        case Call(function=function, operands=operands):
            return f"{function}({', '.join(map(plain, operands))})", _ATOM
        case Entry(table=table, index=index):
            return f"{table}[{plain(index)}]", _ATOM
        case Comparison(op=op, left=left, right=right):
            return f"{_within(left, _SUM)} {_SIGNS[op]} {_within(right, _SUM)}", _COMPARISON
        case Logic(op=op, left=left, right=right):
            rank = _AND if op == "and" else _OR
            return f"{_within(left, rank)} {op} {_within(right, rank + 1)}", rank
        case Not(of=of):
            return f"not {_within(of, _NOT)}", _NOT
        case Choice(cases=cases, otherwise=otherwise):
            words = "".join(f"{_within(then, _OR)} if {_within(condition, _OR)} else " for condition, then in cases)
            return words + plain(otherwise), _CHOICE
        case _:
            assert_never(written)


def _last(factor: Written) -> str:
    """Give the last factor of a product, where a quotient needs no brackets: all before it is divided too."""
    return _text(factor)[0] if isinstance(factor, Quotient) else _within(factor, _SIGN)


def _added(term: Written) -> str:
    return f" − {_within(term.of, _PRODUCT)}" if isinstance(term, Negative) else f" + {_within(term, _PRODUCT)}"


def _within(written: Written, rank: int) -> str:
    words, own = _text(written)
    return words if own >= rank else f"({words})"
