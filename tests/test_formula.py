"""What trees are worth: on the host as Python computes, exactly as mpmath does, and the same bits when traced."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from unisched.errors import SpecError, StepError
from unisched.formulas.evaluation import exact, host, recurrence, traced
from unisched.formulas.expression import parse
from unisched.formulas.graph import whole_exponent
from unisched.formulas.tree import (
    DEEPEST,
    LAST,
    Binary,
    Choice,
    Integer,
    Number,
    Previous,
    Step,
    Tree,
    Unary,
    decode,
    encode,
)
from unisched.namespace import numpy_namespace

STEPS = [0, 1, 2, 3, 7, 49, 98, 100, 999, 1000, 12_345, 10**6, 10_773_999, 2**31 - 1, 2**31]
FORMULAS = 1500
FUNCTIONS = ("sqrt", "exp", "log", "sin", "cos", "tanh")
UNDEFINED = {"expr.division", "expr.domain", "expr.not_finite"}


def tree_of(text: str) -> Tree:
    return parse(text, ["step", "pi"]).bind({"step": Step(), "pi": Number(math.pi)})


def value_or_code(function: Callable[[int], float], step: int) -> float | str:
    try:
        return function(step)
    except StepError as error:
        return error.code


def to_whole(function: Callable[[Any], int]) -> Callable[[Any], Any]:
    return lambda x: type(x)(function(x))


PYTHONS: dict[str, Callable[..., Any]] = {
    "- of one": lambda x: -x, "abs": abs, "floor": to_whole(math.floor), "ceil": to_whole(math.ceil),
    "round": to_whole(round), "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos,
    "tanh": math.tanh, "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y,
    "/": lambda x, y: x / y, "//": lambda x, y: x // y, "%": lambda x, y: x % y, "min": min, "max": max,
    "<": lambda x, y: x < y, "<=": lambda x, y: x <= y, ">": lambda x, y: x > y, ">=": lambda x, y: x >= y,
    "==": lambda x, y: x == y, "!=": lambda x, y: x != y,
}  # fmt: skip


class Oracle:
    """The same operations in plain Python, which knows no bounds and no kinds."""

    def __init__(self, step: int) -> None:
        self.step = step

    def value(self, data: Any) -> Any:
        """The value of an encoded tree."""
        if data == "step":
            return self.step
        if not isinstance(data, list):
            return data
        op, operands = data[0], data[1:]
        if op == "if":
            return self.value(operands[1] if self.value(operands[0]) else operands[2])
        if op in ("and", "or", "not"):
            return self.truth(op, operands)
        result = PYTHONS["- of one" if (op, len(operands)) == ("-", 1) else op](*map(self.value, operands))
        if not math.isfinite(result):
            raise OverflowError
        return result

    def truth(self, op: str, operands: list[Any]) -> bool:
        if op == "not":
            return not self.value(operands[0])
        first, second = bool(self.value(operands[0])), operands[1]
        return first and self.value(second) is True if op == "and" else first or self.value(second) is True


def random_tree(random: Random, depth: int, plain: bool) -> Tree:
    """A random formula; a plain one has only operations that every platform does alike, bit for bit."""
    if depth == 0 or random.random() < 0.15:
        leaves: list[Tree] = [
            Step(),
            Step(),
            Integer(random.randint(1, 100)),
            Number(random.choice([0.1, 0.5, 2.5, 1e-3])),
        ]
        return random.choice(leaves)
    inner = [random_tree(random, depth - 1, plain) for _ in range(2)]
    kind = random.random()
    if kind < 0.6:
        operators = ["+", "-", "*", "/", "//", "%", "min", "max", *([] if plain else ["**"])]
        return Binary(random.choice(operators), *inner)  # type: ignore[arg-type]
    if kind < 0.9:
        functions = [
            "-",
            "abs",
            "floor",
            "ceil",
            "round",
            "sqrt",
            *([] if plain else ["exp", "log", "sin", "cos", "tanh"]),
        ]
        return Unary(random.choice(functions), inner[0])  # type: ignore[arg-type]
    return Choice(random_truth(random, depth - 1, plain), *inner)


def random_truth(random: Random, depth: int, plain: bool) -> Tree:
    kind = random.random()
    if depth <= 0 or kind < 0.6:
        inner = [random_tree(random, max(depth - 1, 0), plain) for _ in range(2)]
        return Binary(random.choice(["<", "<=", ">", ">=", "==", "!="]), *inner)
    if kind < 0.9:
        return Binary(
            random.choice(["and", "or"]), random_truth(random, depth - 1, plain), random_truth(random, depth - 1, plain)
        )
    return Unary("not", random_truth(random, depth - 1, plain))


def trees(plain: bool) -> list[Tree]:
    random = Random(7)
    return [random_tree(random, random.randint(1, 5), plain) for _ in range(FORMULAS)]


def within_53_bits(data: Any, oracle: Oracle) -> bool:
    """Whether no integer on the way is so large that Python's own, which have no end, are another thing."""
    if not isinstance(data, list):
        return True
    try:
        return abs(oracle.value(data)) < 2**53 and all(within_53_bits(part, oracle) for part in data[1:])
    except (ArithmeticError, ValueError):
        return True


def test_the_host_computes_as_python_does_bit_for_bit() -> None:
    compared = undefined = 0
    for tree in trees(plain=True):
        function, data = host(tree), encode(tree)
        for step in STEPS:
            oracle = Oracle(step)
            if not within_53_bits(data, oracle):
                continue
            found = value_or_code(function, step)
            try:
                expected: float | str = oracle.value(data)
            except (ArithmeticError, ValueError):
                assert found in UNDEFINED
                undefined += 1
                continue
            assert found == expected, (encode(tree), step)
            compared += 1
    assert compared > 10_000
    assert undefined > 100


def in_float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(np.abs(values) < 2.0**-126, 0.0, values).astype(np.float32)


@pytest.mark.parametrize("plain", [True, False])
def test_traced_over_numpy_a_formula_gives_the_bits_of_the_host(plain: bool) -> None:
    steps = np.array(STEPS)
    compared = asked = 0
    differing: set[int] = set()
    for tree in trees(plain):
        asked += 1
        function = host(tree)
        with np.errstate(all="ignore"):
            values = traced(tree, numpy_namespace, steps, steps < 0, math.nan)
        for step, found in zip(STEPS, values.tolist(), strict=True):
            expected = value_or_code(function, step)
            if isinstance(expected, str):
                assert math.isnan(found) or not plain, (encode(tree), step)
                differing |= set() if math.isnan(found) else {asked}
                continue
            compared += 1
            if plain:
                assert found == expected, (encode(tree), step)
            differing |= {asked} if in_float32(np.array(found)) != in_float32(np.array(expected)) else set()
    assert compared > 10_000
    # sin(49 ** 100) and its like, where the last bit of pow decides all: even whether there is a root of it.
    assert len(differing) <= asked // 100


def test_every_branch_of_a_traced_formula_is_finite_where_the_host_raises_too() -> None:
    steps = np.array(STEPS)
    for tree in trees(plain=False):
        with np.errstate(invalid="raise", divide="raise", over="ignore", under="ignore"):
            assert np.isfinite(traced(tree, numpy_namespace, steps, steps < 0)).all(), encode(tree)


def test_a_traced_formula_keeps_the_shape_of_its_steps() -> None:
    for tree in (Integer(3), Step(), tree_of("1 / (step + 1)")):
        for shape in ((), (4,), (2, 3)):
            steps = np.zeros(shape, np.int64)
            values = traced(tree, numpy_namespace, steps, steps < 0)
            assert (np.shape(values), values.dtype) == (shape, np.float64)


def of_mpmath(op: str, x: float) -> mpmath.mpf:
    return getattr(mpmath, op)(mpmath.mpf(x))


def arguments(random: Random, op: str) -> Iterator[float]:
    for _ in range(150):
        x = random.choice([-1, 1]) * 10 ** random.uniform(-17, 2.6 if op != "sin" else 15)
        yield abs(x) if op in ("sqrt", "log") else x
    yield from [0.0, 1.0, 0.5] if op != "log" else [1.0, 1 + 2**-52, 1 - 2**-53, 5e-324, 1.7e308]
    if op in ("sin", "cos"):
        yield from (k * math.pi / 2 for k in range(1, 40))


@pytest.mark.parametrize("op", FUNCTIONS)
def test_each_function_is_correctly_rounded_when_exact_and_within_two_ulp_on_the_host(op: Any) -> None:
    with mpmath.workprec(3000):
        for x in arguments(Random(3), op):
            true = of_mpmath(op, x)
            nearest = float(true)
            tree = Unary(op, Number(x + 0.0))
            assert exact(tree, 0) == nearest, x
            assert abs(host(tree)(0) - true) <= 2 * math.ulp(nearest), x


@pytest.mark.parametrize("exponent", [*range(1, 17), 0, 17, 0.5, 2.5, -1, -2, -0.5, 1 / 3])
def test_powers_are_exact_when_asked_and_products_where_the_exponent_is_small_and_whole(exponent: float) -> None:
    random = Random(5)
    whole = whole_exponent(Number(float(exponent)))
    assert (whole is not None) == (exponent in range(1, 17))
    with mpmath.workprec(2000):
        for _ in range(50):
            base = random.choice([random.random(), random.uniform(1, 50)]) * (-1 if exponent == int(exponent) else 1)
            tree = Binary("**", Number(base), Number(float(exponent)))
            true = mpmath.power(mpmath.mpf(base), mpmath.mpf(float(exponent)))
            assert exact(tree, 0) == float(true)
            assert abs(host(tree)(0) - true) <= max(1, (whole or 1) - 1) * math.ulp(float(true))
            if whole in (2, 3):
                assert host(tree)(0) == math.prod([base] * whole)


STAIRS: list[tuple[str, Callable[[int, int], int]]] = [
    ("floor(step / {})", lambda step, n: step // n),
    ("step // {}", lambda step, n: step // n),
    ("ceil(step / {})", lambda step, n: -(-step // n)),
    ("step // {0} * {0}", lambda step, n: step // n * n),
    ("step % {}", lambda step, n: step % n),
]


@pytest.mark.parametrize(("text", "count"), STAIRS)
def test_stairs_of_integers_fall_at_their_step_for_every_length(text: str, count: Callable[[int, int], int]) -> None:
    for length in range(1, 400):
        steps = np.array([k * length + side for k in (1, 2, 50, 10_774) for side in (-1, 0)])
        tree = tree_of(text.format(length))
        assert tree.facts.kind == "integer"
        expected = [float(count(step, length)) for step in steps.tolist()]
        assert traced(tree, numpy_namespace, steps, steps < 0).tolist() == expected
        assert [host(tree)(step) for step in steps.tolist()] == expected


LARGE = [
    ("step + 1", "integer"), ("step * 2", "integer"), ("step * 3", "number"), ("step % 1000 * 1000", "integer"),
    ("step * step", "number"), ("step * 3 // 2", "number"), ("min(step, 1000) * 10**6", "number"),
    ("step % 1000 * 1000000", "integer"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), LARGE)
def test_integers_that_64_bits_may_not_hold_are_carried_in_float64(text: str, kind: str) -> None:
    tree = tree_of(text)
    assert tree.facts.kind == kind
    steps = np.array([0, 3, 1000, 2**53, LAST])
    values = traced(tree, numpy_namespace, steps, steps < 0).tolist()
    assert values == [host(tree)(step) for step in steps.tolist()]
    assert values[1] == float(eval(text, {"step": 3, "min": min}))  # noqa: S307  # our own text


def test_a_step_past_the_last_reads_the_last() -> None:
    assert host(Step())(10**30) == float(LAST)
    assert host(tree_of("1 / (step + 1)"))(10**400) == 1 / (LAST + 1)


@pytest.mark.parametrize(
    ("text", "step", "fine", "code", "words"),
    [
        ("1 / (step - 5)", 5, 4, "expr.division", "/ divides by zero at step 5"),
        ("7 // (step - 5)", 5, 4, "expr.division", "// divides by zero at step 5"),
        ("7 % (step - 5)", 5, 4, "expr.division", "% divides by zero at step 5"),
        ("log(step)", 0, 1, "expr.domain", "log(0.0) is not defined at step 0"),
        ("sqrt(3 - step)", 4, 3, "expr.domain", "sqrt(-1.0) is not defined at step 4"),
        ("(step - 10) ** 0.5", 9, 10, "expr.domain", "(-1.0) ** 0.5 is no real number at step 9"),
        ("step ** -1.5", 0, 1, "expr.division", "0 ** -1.5 divides by zero at step 0"),
        ("exp(step)", 710, 709, "expr.not_finite", "above the float range at step 710"),
        ("10.0 ** step", 309, 308, "expr.not_finite", "above the float range at step 309"),
        ("1 / (1e308 * step)", 2, 1, "expr.not_finite", "above the float range at step 2"),
    ],
)
def test_a_step_at_which_a_formula_has_no_value_is_named(
    text: str, step: int, fine: int, code: str, words: str
) -> None:
    tree = tree_of(text)
    for function in (host(tree), lambda at: exact(tree, at)):
        with pytest.raises(StepError) as caught:
            function(step)
        assert caught.value.code == code
        assert words in str(caught.value)
        assert math.isfinite(function(fine))


def test_a_number_after_if_holds_unless_it_is_zero() -> None:
    tree = tree_of("0.9 if step % 2 else 1")
    steps = np.arange(4)
    assert [host(tree)(step) for step in range(4)] == [0.9 if step % 2 else 1 for step in range(4)]
    assert traced(tree, numpy_namespace, steps, steps < 0, math.nan).tolist() == [1.0, 0.9, 1.0, 0.9]


def test_the_side_of_an_else_that_is_not_taken_needs_no_value() -> None:
    tree = tree_of("log(step) if step > 0 else 0")
    steps = np.array([0, 1, 2])
    assert [host(tree)(step) for step in (0, 1)] == [0.0, 0.0]
    assert traced(tree, numpy_namespace, steps, steps < 0, math.nan).tolist() == [0.0, 0.0, math.log(2)]
    lazy = tree_of("1 if step > 0 and 1 / step > 0.1 or step == 0 else 2")
    assert [host(lazy)(step) for step in (0, 1, 99)] == [1.0, 1.0, 2.0]
    assert np.isfinite(traced(lazy, numpy_namespace, steps, steps < 0, math.nan)).all()


def test_zero_has_no_sign() -> None:
    steps = np.array([0])
    for text in ("-step", "0 * -1.5 * step", "max(-0.0, -step * 0.5)", "ceil(step - 0.5)"):
        tree = tree_of(text)
        for found in (host(tree)(0), exact(tree, 0), traced(tree, numpy_namespace, steps, steps < 0).item()):
            assert math.copysign(1, found) == 1


@pytest.mark.parametrize("plain", [True, False])
def test_exact_is_within_a_few_ulp_of_the_host_unless_the_tree_cancels(plain: bool) -> None:
    for text in ("0.1 * 0.95 ** (step / 1000)", "exp(-step / 77) * (1 + sin(step / 10)) / 2", "tanh(step / 1e4)",
                 "0.5 * log(step + 2)", "sqrt(step + 1) / 7", "(step / 1000) ** 3"):  # fmt: skip
        tree = tree_of(text)
        for step in (1, 9, 100, 1001):
            value = exact(tree, step)
            assert abs(host(tree)(step) - value) <= 8 * math.ulp(value)


def test_a_recurrence_reads_the_value_before_and_the_step() -> None:
    following = recurrence(Binary("+", Previous(), Binary("*", Step(), Number(0.5))))
    assert [following(1.0, 1), following(2.0, 1), following(2.0, 4)] == [1.5, 2.5, 4.0]
    with pytest.raises(StepError, match="at step 3"):
        recurrence(Unary("log", Previous()))(0.0, 3)


@pytest.mark.parametrize("plain", [True, False])
def test_a_tree_is_its_json(plain: bool) -> None:
    for tree in trees(plain)[:200]:
        again = decode(encode(tree))
        assert again == tree
        assert again.facts == tree.facts
        assert hash(again) == hash(tree)


@pytest.mark.parametrize(
    "data",
    [None, True, "steps", "", [], ["+"], ["+", 1], ["+", 1, 2, 3], ["if", 1, 2, 3], ["if", ["<", 1, 2], 3], [1, 2],
     ["^", 1, 2], ["-", 1, 2, 3, 4], ["not", 1], ["and", 1, 2], ["+", ["<", 1, 2], 1], {"a": 1}, math.nan, math.inf,
     ["if", ["<", 1, 2], ["<", 1, 2], 3], -0.0, 2**62, ["sqrt", ["<", 1, 2]], [["+"], 1], ["+", 1, None]],
    ids=repr,
)  # fmt: skip
def test_what_is_no_tree_is_refused(data: object) -> None:
    with pytest.raises(SpecError) as caught:
        decode(data)
    assert caught.value.code == "ir.invariant"


def test_a_tree_too_deep_or_too_large_is_refused_however_it_was_made() -> None:
    data: Any = "step"
    for _ in range(DEEPEST):
        data = ["-", data]
    with pytest.raises(SpecError, match="deep"):
        decode(data)
    for _ in range(50_000):
        data = ["-", data]
    with pytest.raises(SpecError, match="deep"):
        decode(data)
    tree: Tree = Step()
    for _ in range(11):
        tree = Binary("+", tree, tree)
    with pytest.raises(SpecError, match="more than 5000"):
        Binary("+", tree, tree)


def test_a_recurrence_is_no_part_of_a_program() -> None:
    with pytest.raises(SpecError):
        encode(Unary("sin", Previous()))
