"""A formula's tree as text: Python, which knows the same grammar, reads back what it says."""

from __future__ import annotations

import math
from random import Random

import pytest

from unisched.formulas.evaluation import host
from unisched.formulas.text import text
from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Tree, Unary, UnaryOperator

STEP = Step()
WORDS: dict[str, Tree] = {
    "step": STEP,
    "0.5": Number(0.5),
    "-3": Integer(-3),
    "1 + 2 - 3": Binary("-", Binary("+", Integer(1), Integer(2)), Integer(3)),
    "1 - (2 - 3)": Binary("-", Integer(1), Binary("-", Integer(2), Integer(3))),
    "(1 + step) * 2": Binary("*", Binary("+", Integer(1), STEP), Integer(2)),
    "(-step) ** 2.0": Binary("**", Unary("-", STEP), Number(2.0)),
    "-step ** 2.0": Unary("-", Binary("**", STEP, Number(2.0))),
    "2.0 ** step ** -1.0": Binary("**", Number(2.0), Binary("**", STEP, Number(-1.0))),
    "(2.0 ** step) ** 3.0": Binary("**", Binary("**", Number(2.0), STEP), Number(3.0)),
    "min(step, 3) // 2": Binary("//", Binary("min", STEP, Integer(3)), Integer(2)),
    "1.0 if step < 3 else 2.0": Choice(Binary("<", STEP, Integer(3)), Number(1.0), Number(2.0)),
    "(1 if step < 3 else 2) + 1": Binary(
        "+", Choice(Binary("<", STEP, Integer(3)), Integer(1), Integer(2)), Integer(1)
    ),
}
FUNCTIONS: tuple[UnaryOperator, ...] = ("-", "abs", "sin")
SCOPE = {"sqrt": math.sqrt, "exp": math.exp, "sin": math.sin, "abs": abs, "min": min, "max": max, "__builtins__": {}}


def number(random: Random, depth: int) -> Tree:
    if depth == 0:
        leaves: list[Tree] = [STEP, Integer(random.randint(-9, 9)), Number(random.choice([0.5, -0.25, 3.0]))]
        return random.choice(leaves)
    if random.random() < 0.2:
        return Choice(truth(random, depth - 1), number(random, depth - 1), number(random, depth - 1))
    if random.random() < 0.3:
        return Unary(random.choice(FUNCTIONS), number(random, depth - 1))
    op = random.choice(["+", "-", "*", "min", "max"])
    return Binary(op, number(random, depth - 1), number(random, depth - 1))  # type: ignore[arg-type]


def truth(random: Random, depth: int) -> Tree:
    if depth > 0 and random.random() < 0.3:
        return Unary("not", truth(random, depth - 1))
    if depth > 0 and random.random() < 0.4:
        op = random.choice(["and", "or"])
        return Binary(op, truth(random, depth - 1), truth(random, depth - 1))  # type: ignore[arg-type]
    op = random.choice(["<", "<=", "==", "!="])
    return Binary(op, number(random, max(depth - 1, 0)), number(random, max(depth - 1, 0)))  # type: ignore[arg-type]


@pytest.mark.parametrize("words", WORDS)
def test_a_formula_is_written_with_no_more_brackets_than_it_needs(words: str) -> None:
    assert text(WORDS[words]) == words


@pytest.mark.parametrize("seed", range(300))
def test_python_reads_the_same_formula(seed: int) -> None:
    tree = number(Random(seed), 4)
    written = compile(text(tree), "formula", "eval")
    for step in (0, 1, 7):
        assert eval(written, SCOPE | {"step": step}) == host(tree)(step)  # noqa: S307  # the text of a tree built here
