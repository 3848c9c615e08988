"""The text of a formula, read once: an allow-list grammar and an operator-precedence parser that does not recurse.

What comes out is a list of operations in the order in which they are done; names are bound to trees later, where
the clock is known. Numbers are folded on the way, so that what has no value is refused with its column. Nothing else in
unisched parses formulas, and nothing is ever handed to Python's own parser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn

from unisched.errors import nearest, shorten
from unisched.formulas.binding import BINDING, COMPARISON, CONDITIONAL, NOT, SIGN
from unisched.formulas.folding import Operation, Sort, joined
from unisched.formulas.tokens import Token, refuse, tokens
from unisched.formulas.tree import Tree

__all__ = ["FUNCTIONS", "Expression", "parse"]

FUNCTIONS: Final = {
    "abs": 1, "ceil": 1, "cos": 1, "exp": 1, "floor": 1, "log": 1, "max": 2, "min": 2, "round": 1, "sin": 1, "sqrt": 1,
    "tanh": 1,
}  # fmt: skip
"""The functions, and how many arguments they take; max and min take that many or more."""

_WAY_OUT: Final = "A formula is numbers and names with operators between them."


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that has been read: its text, and what it does. Equal texts are equal formulas.

    >>> from unisched.formulas.tree import Step
    >>> parse("step // 10 * 2", ["step"]).bind({"step": Step()}).facts.kind
    'integer'
    """

    text: str
    operations: tuple[Operation, ...] = field(repr=False, compare=False)

    @property
    def names(self) -> frozenset[str]:
        """The names that stand in it."""
        return frozenset(operation.text for operation in self.operations if operation.sort == "name")

    def bind(self, names: Mapping[str, Tree]) -> Tree:
        """Give the tree with a tree for each name; raise `SpecError` with the column where it makes no sense."""
        stack: list[Tree] = []
        for operation in self.operations:
            count = {"number": 0, "name": 0, "unary": 1, "binary": 2, "choice": 3}[operation.sort]
            operands = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            stack.append(joined(operation, operands, names))
        (tree,) = stack
        if tree.facts.kind == "truth":
            refuse("expr.type", 1, "a comparison is no value", 'Write "0.1 if step < 100 else 0.01".')
        return tree


def parse(text: str, names: Sequence[str]) -> Expression:
    """Read a formula in these names; raise `SpecError` where it is none."""
    return Expression(text, tuple(_Reader(tokens(text), names).read()))


@dataclass(slots=True)
class _Open:
    """An operator that waits for its right operand, or a parenthesis or call that waits for its end."""

    sort: Literal["unary", "binary", "if", "else", "(", "call"]
    text: str
    column: int
    binding: int
    arguments: int = 1


class _Reader:
    """Turns tokens into operations with a stack of what is open, in place of recursion."""

    def __init__(self, found: Sequence[Token], names: Sequence[str]) -> None:
        self._tokens, self._names = found, names
        self._position = 0
        self._open: list[_Open] = []
        self._operations: list[Operation] = []

    def read(self) -> list[Operation]:
        """Give the operations in the order in which they are done."""
        while True:
            self._operand()
            while self._closes():
                pass
            if self._peek().sort == "end":
                break
            self._operator()
        self._reduce(CONDITIONAL)
        if self._open:
            left = self._open[-1]
            _check_else(left)
            refuse("expr.token", left.column, f"{left.text!r} is not closed", "Add a ')'.")
        return self._operations

    def _peek(self) -> Token:
        return self._tokens[self._position]

    def _next(self) -> Token:
        token = self._tokens[self._position]
        self._position += 1
        return token

    def _operand(self) -> None:
        """Read signs and opening parentheses up to a number or name, and that."""
        while True:
            token = self._next()
            match token.sort, token.text:
                case "number", _:
                    return self._push("number", token)
                case "name", _ if self._peek().text == "(":
                    self._next()
                    self._call(token)
                    if self._peek().text == ")":
                        _check_arguments(self._open[-1], 0)
                case "name", _:
                    return self._name(token)
                case "symbol", "(":
                    self._open.append(_Open("(", "(", token.column, -1))
                case "symbol", "-" | "+":
                    self._open.append(_Open("unary", token.text, token.column, SIGN))
                case "symbol", "not" if not self._open or self._open[-1].binding <= NOT:
                    self._open.append(_Open("unary", "not", token.column, NOT))
                case "end", _:
                    refuse("expr.token", token.column, "the formula ends where a number or name should stand", _WAY_OUT)
                case _:
                    refuse("expr.token", token.column, f"{token.text!r} stands where a number or name should", _WAY_OUT)

    def _push(self, sort: Literal["number", "name"], token: Token) -> None:
        self._operations.append(Operation(sort, token.text, token.column, token.value))

    def _name(self, token: Token) -> None:
        name = token.text
        if name in FUNCTIONS:
            refuse("expr.name", token.column, f"{name!r} is a function without arguments", f'Write "{name}(...)".')
        if name not in self._names:
            _unknown(token, self._names, f"Names are {', '.join(self._names)}.")
        self._push("name", token)

    def _call(self, token: Token) -> None:
        name = token.text
        if name in self._names:
            refuse("expr.name", token.column, f"{name!r} is no function", f'For a product write "{name} * (...)".')
        if name not in FUNCTIONS:
            _unknown(token, list(FUNCTIONS), f"Functions are {', '.join(FUNCTIONS)}.")
        self._open.append(_Open("call", name, token.column, -1))

    def _closes(self) -> bool:
        """Read one closing parenthesis, if one stands here."""
        token = self._peek()
        if token.text != ")":
            return False
        self._reduce(CONDITIONAL)
        _check_else(self._open[-1] if self._open else None)
        if not self._open:
            refuse("expr.token", token.column, "')' closes nothing", "Leave it out, or open it.")
        opened = self._open.pop()
        if opened.sort == "call":
            _check_arguments(opened, opened.arguments)
            self._done("unary" if FUNCTIONS[opened.text] == 1 else "binary", opened, opened.arguments - 1)
        self._next()
        return True

    def _operator(self) -> None:
        token = self._next()
        text = token.text
        if text in BINDING:
            return self._binary(token)
        match text:
            case "if":
                self._reduce(CONDITIONAL + 1)
                self._open.append(_Open("if", "if", token.column, -1))
            case "else":
                self._reduce(CONDITIONAL + 1)
                if not self._open or self._open[-1].sort != "if":
                    refuse("expr.token", token.column, "'else' belongs to no 'if'", 'Write "a if condition else b".')
                self._open[-1] = _Open("else", "else", self._open[-1].column, CONDITIONAL)
            case ",":
                self._reduce(CONDITIONAL)
                _check_else(self._open[-1] if self._open else None)
                if not self._open or self._open[-1].sort != "call":
                    refuse("expr.token", token.column, "',' stands outside a call", "A formula gives one number.")
                self._open[-1].arguments += 1
            case _:
                refuse("expr.token", token.column, f"{shorten(text, 60)!r} stands where an operator should", _WAY_OUT)
        return None

    def _binary(self, token: Token) -> None:
        binding = BINDING[token.text]
        self._reduce(binding + (token.text == "**"))
        if binding == COMPARISON and self._open and self._open[-1].binding == COMPARISON:
            refuse("expr.operator", token.column, "comparisons stand in a row", 'Write "1 < step and step < 10".')
        self._open.append(_Open("binary", token.text, token.column, binding))

    def _reduce(self, binding: int) -> None:
        """Finish what binds at least as tightly; a comparison does not finish the one before it."""
        while self._open and self._open[-1].binding >= max(binding, CONDITIONAL):
            if self._open[-1].binding == binding == COMPARISON:
                return
            done = self._open.pop()
            self._done("choice" if done.sort == "else" else "unary" if done.sort == "unary" else "binary", done, 1)

    def _done(self, sort: Sort, what: _Open, times: int) -> None:
        if what.text != "+" or sort != "unary":
            self._operations.extend([Operation(sort, what.text, what.column)] * max(times, 1))


def _check_else(opened: _Open | None) -> None:
    if opened is not None and opened.sort == "if":
        refuse("expr.token", opened.column, "'if' has no 'else'", 'Write "a if condition else b".')


def _check_arguments(call: _Open, count: int) -> None:
    least = FUNCTIONS[call.text]
    if count < least or (least == 1 and count > 1):
        wanted = "one argument" if least == 1 else f"at least {least} arguments"
        refuse(
            "expr.arity", call.column, f"{call.text!r} has {count} argument{'s' * (count != 1)}", f"It takes {wanted}."
        )


def _unknown(token: Token, known: Sequence[str], listed: str) -> NoReturn:
    name = token.text
    hint = {"e": " Write exp(1).", "t": " Write step."}.get(name) or nearest(name[:100], known)
    refuse("expr.name", token.column, f"{shorten(name, 60)!r} is not known here", f"{listed}{hint}")
