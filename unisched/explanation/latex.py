r"""Written mathematics as LaTeX, such as `0.1 \cdot \frac{1 + \cos\left(\pi \cdot \frac{k - 100}{900}\right)}{2}`.

Needs `amsmath` for choices and nothing else; no dollar signs around it. Knows no curve.
"""

from __future__ import annotations

import re
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

__all__ = ["latex"]

_SUM, _PRODUCT, _SIGN, _ATOM = range(4)
_KNOWN: Final = {"cos": r"\cos", "sin": r"\sin", "tanh": r"\tanh", "exp": r"\exp", "log": r"\ln", "min": r"\min",
                 "max": r"\max"}  # fmt: skip
_AROUND: Final = {"abs": ("|", "|"), "floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil")}
_SIGNS: Final = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}


def latex(written: Written) -> str:
    r"""Give the LaTeX of a formula.

    >>> from unisched.explanation.mathematics import number, over, times
    >>> latex(times(number(3e-05), over(Symbol("k"), number(10))))
    '3 \\times 10^{-5} \\cdot \\frac{k}{10}'
    """
    return _text(written)[0]


def _text(written: Written) -> tuple[str, int]:  # noqa: C901  # one line a node
    """Give the text, and how firmly its outermost operator binds."""
    match written:
        case Number(digits=digits):
            return _digits(digits)
        case Symbol(name=name):
            return (r"\pi" if written == PI else _name(name)), _ATOM
        case Negative(of=of):
            return f"-{_within(of, _PRODUCT)}", _SUM
        case Sum(terms=terms):
            first, *others = terms
            return _within(first, _SUM) + "".join(map(_added, others)), _SUM
        case Product(factors=factors):
            return r" \cdot ".join(_within(factor, _PRODUCT) for factor in factors), _PRODUCT
        case Quotient(top=top, bottom=bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}", _SIGN
        case Remainder(of=of, by=by):
            return rf"{_within(of, _SIGN)} \bmod {_within(by, _SIGN)}", _SUM
        case Power(base=base, exponent=exponent):
            return f"{_within(base, _ATOM)}^{{{latex(exponent)}}}", _SIGN
        case Call(function="sqrt", operands=operands):
            return rf"\sqrt{{{latex(operands[0])}}}", _ATOM
        case Call(function=function, operands=operands):
            listed = ", ".join(map(latex, operands))
            if function in _AROUND:
                left, right = _AROUND[function]
                return rf"\left{left} {listed} \right{right}", _ATOM
            return rf"{_KNOWN.get(function) or _name(function)}\left({listed}\right)", _ATOM
        case Entry(table=table, index=index):
            return rf"{_name(table)}\left[{latex(index)}\right]", _ATOM
        case Comparison(op=op, left=left, right=right):
            return f"{latex(left)} {_SIGNS[op]} {latex(right)}", _SUM
        case Logic(op=op, left=left, right=right):
            return rf"{_bracketed(left)} \text{{ {op} }} {_bracketed(right)}", _SUM
        case Not(of=of):
            return rf"\text{{not }} {_bracketed(of)}", _SUM
        case Choice(cases=cases, otherwise=otherwise):
            rows = [rf"{latex(then)} & \text{{if }} {latex(condition)}" for condition, then in cases]
            lines = r" \\ ".join([*rows, rf"{latex(otherwise)} & \text{{otherwise}}"])
            return rf"\begin{{cases}} {lines} \end{{cases}}", _SUM
        case _:
            assert_never(written)


def _added(term: Written) -> str:
    return f" - {_within(term.of, _PRODUCT)}" if isinstance(term, Negative) else f" + {_within(term, _PRODUCT)}"


def _within(written: Written, rank: int) -> str:
    words, own = _text(written)
    return words if own >= rank else rf"\left({words}\right)"


def _bracketed(condition: Written) -> str:
    return rf"\left({latex(condition)}\right)" if isinstance(condition, Logic) else latex(condition)


def _digits(digits: str) -> tuple[str, int]:
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        return digits, _ATOM
    power = f"10^{{{int(exponent)}}}"
    return (power, _SIGN) if mantissa == "1" else (rf"{mantissa} \times {power}", _PRODUCT)


def _name(name: str) -> str:
    found = re.fullmatch(r"([A-Za-z])(\d+)", name)
    if found:
        return f"{found[1]}_{{{found[2]}}}"
    return name if len(name) == 1 else rf"\mathrm{{{name}}}"
