"""The text of formulas: what is refused, where, and at what cost; and that what is accepted means what Python means."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import re
import sys
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import unisched
from unisched.errors import SpecError, StepError
from unisched.formulas import expression, tokens
from unisched.formulas.evaluation import host
from unisched.formulas.expression import FUNCTIONS, parse
from unisched.formulas.tree import Binary, Integer, Number, Step, Tree
from unisched.spec.formulas import FORMULA_NAMES

PATH = "schedules.learning_rate.expression"
NAMES: dict[str, Tree] = {
    "step": Step(), "epoch": Binary("/", Step(), Integer(10)), "samples": Binary("*", Step(), Integer(256)),
    "tokens": Binary("*", Step(), Integer(4096)), "progress": Binary("/", Step(), Integer(1000)),
    "length": Integer(1000), "pi": Number(math.pi),
}  # fmt: skip

FAULTS = [
    # text, code, column
    ("", "expr.empty", None),
    (" \t\n ", "expr.empty", None),
    ("1" * 1_000_000, "expr.too_long", None),
    ("-" * 100_000, "expr.too_long", None),
    ("1+" * 100_000 + "1", "expr.too_long", None),
    ("not " * 5_000 + "1", "expr.too_long", None),
    ("1 if t else " * 3_000 + "1", "expr.too_long", None),
    ("+".join(["1"] * 501), "expr.too_long", 1001),
    ("-" * 999 + "step", "expr.too_deep", 936),
    ("not " * 300 + "step > 1", "expr.too_deep", None),
    ("1 if step > 1 else " * 100 + "1", "expr.too_deep", None),
    ("(" * 65 + "1" + ")" * 65, "expr.too_deep", 65),
    ("abs(" * 65 + "1" + ")" * 65, "expr.too_deep", 260),
    ("step" + "+step" * 64, "expr.too_deep", None),
    ("9**9**9", "expr.not_finite", 2),
    ("2**" * 200 + "2", "expr.not_finite", None),
    ("10**400", "expr.not_finite", 3),
    ("1e308*10", "expr.not_finite", 6),
    ("exp(710)", "expr.not_finite", 1),
    ("1<<10000000000", "expr.operator", 2),
    ("step>>1", "expr.operator", 5),
    ("2^3", "expr.operator", 2),
    ("~step", "expr.operator", 1),
    ("step & 1", "expr.operator", 6),
    ("step | 1", "expr.operator", 6),
    ("step @ 1", "expr.operator", 6),
    ("!step", "expr.operator", 1),
    ("1 < step < 10", "expr.operator", 10),
    ("1 if 1 < step == 2 else 3", "expr.operator", 15),
    ("1" * 4_000, "expr.literal", 1),
    ("1e400", "expr.literal", 1),
    ("1e-400", "expr.literal", 1),
    ("9007199254740993000000", "expr.literal", 1),
    ("0x" + "f" * 4_000, "expr.literal", 1),
    ("1j", "expr.literal", 1),
    ("1_000", "expr.literal", 1),
    ("0o17", "expr.literal", 1),
    ("010", "expr.literal", 1),
    ("1e", "expr.literal", 1),
    ("1.2.3", "expr.literal", 1),
    (".e5", "expr.literal", 1),
    ("1if step > 1 else 2", "expr.literal", 1),
    ("2step", "expr.literal", 1),
    ("(-8)**(1/3)", "expr.domain", 5),
    ("sqrt(-1)", "expr.domain", 1),
    ("log(0)", "expr.domain", 1),
    ("1/0", "expr.division", 2),
    ("1%0", "expr.division", 2),
    ("1//0", "expr.division", 2),
    ("1.5//0", "expr.division", 4),
    ("0**-1", "expr.division", 2),
    ("(1).__class__", "expr.token", 4),
    ("().__class__.__bases__[0].__subclasses__()", "expr.token", 3),
    ("__import__('os').system('x')", "expr.token", 12),
    ("__import__(step)", "expr.name", 1),
    ("'{0.__class__}'.format(t)", "expr.token", 1),
    ("f'{t}'", "expr.token", 2),
    ("'%9999999999d'%1", "expr.token", 1),
    ('"step"', "expr.token", 1),
    ("print.__reduce__()", "expr.token", 6),
    ("lambda: 1", "expr.token", 1),
    ("(lambda f: f(f))(lambda f: f(f))", "expr.token", 2),
    ("[x for x in range(10**9)]", "expr.token", 1),
    ("[0]*10**10", "expr.token", 1),
    ("(1,2)", "expr.token", 3),
    ("()", "expr.token", 2),
    ("{}", "expr.token", 1),
    ("{1}", "expr.token", 1),
    ("max(*[1,2])", "expr.token", 6),
    ("max(*step)", "expr.token", 5),
    ("max(1,key=abs)", "expr.token", 10),
    ("max(**{})", "expr.token", 7),
    ("max(1,)", "expr.token", 7),
    ("max(,1)", "expr.token", 5),
    ("step[0]", "expr.token", 5),
    ("step.real", "expr.token", 5),
    ("x=1", "expr.token", 2),
    ("step := 1", "expr.token", 6),
    ("1;2", "expr.token", 2),
    ("1, 2", "expr.token", 2),
    ("1 2", "expr.token", 3),
    ("1 +", "expr.token", 4),
    ("* 1", "expr.token", 1),
    ("(1", "expr.token", 1),
    ("1)", "expr.token", 2),
    ("max(1, 2", "expr.token", 1),
    ("1 if step > 2", "expr.token", 3),
    ("(1 if step > 2)", "expr.token", 4),
    ("max(1 if step > 2, 3)", "expr.token", 7),
    ("1 else 2", "expr.token", 3),
    ("1 + not step > 2", "expr.token", 5),
    ("True+1", "expr.token", 1),
    ("None", "expr.token", 1),
    ("...", "expr.token", 1),
    ("step is 3", "expr.token", 6),
    ("step in 3", "expr.token", 6),
    ("# step", "expr.token", 1),
    ("step \\\n + 1", "expr.token", 6),
    ("min()", "expr.arity", 1),
    ("max(1)", "expr.arity", 1),
    ("floor(1,2)", "expr.arity", 1),
    ("sqrt()", "expr.arity", 1),
    ("clip(step)", "expr.name", 1),
    ("factorial(10**7)", "expr.name", 1),
    ("rand()", "expr.name", 1),
    ("time()", "expr.name", 1),
    ("foo+1", "expr.name", 1),
    ("class_", "expr.name", 1),
    ("t", "expr.name", 1),
    ("e", "expr.name", 1),
    ("value", "expr.name", 1),
    ("sqrt", "expr.name", 1),
    ("sqrt + 1", "expr.name", 1),
    ("step(2)", "expr.name", 1),
    ("_" * 4_000, "expr.name", 1),
    ("step and 2", "expr.type", 6),
    ("step or 2", "expr.type", 6),
    ("not step", "expr.type", 1),
    ("step > 2", "expr.type", 1),
    ("1 if step > 2 else step > 3", "expr.type", 3),
    ("abs(step > 2)", "expr.type", 1),
    ("(step > 2) + 1", "expr.type", 12),
    ("ｓｔｅｐ", "expr.char", 1),
    ("ﬂoor(step)", "expr.char", 1),
    ("st\u0435p", "expr.char", 3),
    ("step\u200b", "expr.char", 5),
    ("\u202estep", "expr.char", 1),
    ("step\u00a0+ 1", "expr.char", 5),
    ("1\u22122", "expr.char", 2),
    ("2\u00b2", "expr.char", 2),
    ("step\0", "expr.char", 5),
    ("\x0c1", "expr.char", 1),
]  # fmt: skip

HINTS = [
    ("2^3", "Use **"),
    ("stp + 1", "Did you mean 'step'?"),
    ("t + 1", "Write step."),
    ("e ** step", "Write exp(1)."),
    ("sqr(step)", "Did you mean 'sqrt'?"),
    ("1 < step < 10", "and step < 10"),
    ("1_000", "Write 1000."),
    ("010", "Write 10."),
    ("2step", '"2*step"'),
    ("1\u22122", "U+2212 (MINUS SIGN) is not ASCII. Write '-'."),
    ("2\u00b2", "Write '**2'."),
    ("ｓtep", "U+FF53 (FULLWIDTH LATIN SMALL LETTER S) is not ASCII. Write 's'."),
    ("st\u0435p", "U+0435 (CYRILLIC SMALL LETTER IE)"),
    ("log(0)", "log(step + 1)"),
    ("step(2)", "step * (...)"),
    ("sqrt", '"sqrt(...)"'),
    ("step and 2", "Compare"),
]

AS_PYTHON = [
    "1 + 2 * 3 - 4 / 5", "2 ** 3 ** 2", "-2 ** 2", "2 ** -1", "2 ** -3 ** 2", "1 - -1", "- - 3", "+3", "7 // 2",
    "7 // -2", "-7 // 2", "-7 % 3", "7 % -3", "7.5 // 2", "-7.5 // 2", "-7.5 % 2", "1 // 0.1", "1 % 0.1",
    "7 / 2", "(1 + 2) * 3",
    "1 if 2 > 1 else 3", "1 if 2 < 1 else 3 if 1 < 2 else 4", "1 if not 2 < 1 and 3 > 2 or 1 > 2 else 0",
    "1 if 2 != 1 else 2", "1 if not not 2 > 1 else 0",
    "min(3, 1, 2)", "max(3, 1, 2, 5.5)", "abs(-3)", "abs(-3.5)", "floor(2.5)", "ceil(2.5)", "floor(-2.5)", "ceil(-2.5)",
    "round(2.5)", "round(-0.5)", "round(3.5)", "round(2.4999)", "sqrt(2)", "exp(1)", "log(10)", "sin(1)", "cos(1)",
    "0.1 + 0.2", "1 if 0.1 + 0.2 == 0.3 else 2", "1e3", "1.", ".5", "5e-324", "1.7976931348623157e308", "(((1)))",
    "step", "step // 10", "step % 7", "step / 7", "-step // 3", "floor(step / 49)", "ceil(step / 49)", "step * step",
    "1 if step > 5 and step < 10 else 0", "max(0, 1 - step / 100)", "10 ** -step", "2 - step - 3 - 4", "2 / step / 3",
    "floor(step / 0.1)", "floor(step / 2.5)", "\t1\n+\r\n2", "step//10*10", "1 if step==7 else 2", "max(0, -0.0)",
    "pi * 2", "epoch + 1", "length / 2",
]  # fmt: skip

PYTHONS = ("floor", "ceil", "sqrt", "exp", "log", "sin", "cos")

PIECES = [
    *FORMULA_NAMES, *FUNCTIONS, "if", "else", "and", "or", "not", "+", "-", "*", "/", "//", "%", "**", "<", "<=", ">",
    ">=", "==", "!=", "(", ")", ",", "0", "1", "2", "0.5", "1e-3", " ", "value", "t", "^", ".", "'", "[", "lambda",
    "1e", "\u2212",
]  # fmt: skip


UNDEFINED = {"expr.division", "expr.domain", "expr.not_finite"}


def document(text: object) -> dict[str, Any]:
    return {"schedules": {"learning_rate": {"kind": "formula", "expression": text}}}


def python(text: str, step: int) -> float:
    """What Python makes of a text of the table above."""
    names: dict[str, Any] = {name: getattr(math, name) for name in PYTHONS}
    names |= {"step": step, "pi": math.pi, "epoch": step / 10, "length": 1000}
    return float(eval(" ".join(text.split()), names))  # noqa: S307  # our own text: Python is the oracle


def value(text: str, step: int) -> float:
    return host(parse(text, FORMULA_NAMES).bind(NAMES))(step)


@pytest.mark.parametrize(("text", "code", "column"), FAULTS, ids=lambda part: repr(part)[:30])
def test_a_faulty_formula_is_refused_at_load_with_its_code_and_column(text: str, code: str, column: int | None) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load(document(text))
    assert (caught.value.code, caught.value.path) == (code, PATH)
    assert len(str(caught.value)) < 800
    found = re.match(rf"{re.escape(PATH)}: column (\d+): ", str(caught.value))
    if column is not None:
        assert found is not None
        assert int(found[1]) == column


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_the_way_out_is_named(text: str, hint: str) -> None:
    with pytest.raises(SpecError, match=re.escape(hint)):
        unisched.load(document(text))


@pytest.mark.parametrize(
    ("given_", "code"), [(3, "type.text"), (None, "type.text"), (["1"], "type.text"), (True, "type.text")]
)
def test_what_is_no_text_is_no_formula(given_: object, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load(document(given_))
    assert (caught.value.code, caught.value.path) == (code, PATH)


def test_the_limits_are_where_they_say() -> None:
    longest = "1" + " " * (tokens.LONGEST - 1)
    assert value(longest, 0) == 1
    assert value("+".join(["1"] * (tokens.MOST_TOKENS // 2)), 0) == tokens.MOST_TOKENS // 2
    assert value("(" * tokens.DEEPEST + "1" + ")" * tokens.DEEPEST, 0) == 1
    assert value("step" + "+step" * (tokens.DEEPEST - 1), 2) == 2 * tokens.DEEPEST
    for beyond in (longest + " ", "-" * tokens.MOST_TOKENS + "1"):
        with pytest.raises(SpecError) as caught:
            parse(beyond, FORMULA_NAMES)
        assert caught.value.code == "expr.too_long"


def test_the_budget_stands_before_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expression, "_Reader", None)
    for text in ("1" * (tokens.LONGEST + 1), "-" * (tokens.MOST_TOKENS + 1), "(" * (tokens.DEEPEST + 1), "'"):
        with pytest.raises(SpecError):
            parse(text, FORMULA_NAMES)


def test_python_is_never_asked_to_parse_a_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a text was handed to Python")

    with monkeypatch.context() as patched:
        for module, name in [(builtins, "eval"), (builtins, "exec"), (builtins, "compile"), (ast, "parse")]:
            patched.setattr(module, name, never)
        found = value("0.5 * (1 + cos(pi * step / 10)) if step > 3 else max(1, 2)", 5)
    assert found == 0.5 * (1 + math.cos(math.pi / 2))


def test_neither_the_parser_nor_the_binding_of_names_recurses() -> None:
    text = "(" * 60 + "-" * 60 + "step" + ")" * 60 + " if step > 1 else 1" + "+ 2 ** step" * 30
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 30)
    try:
        tree = parse(text, FORMULA_NAMES).bind(NAMES)
    finally:
        sys.setrecursionlimit(limit)
    assert host(tree)(3) == 3.0


@pytest.mark.parametrize("text", AS_PYTHON)
@pytest.mark.parametrize("step", [1, 7, 49, 98])
def test_a_formula_means_what_python_means(text: str, step: int) -> None:
    assert value(text, step) == python(text, step)


def test_the_oracle_of_the_table_tells_formulas_apart() -> None:
    assert python("-step // 3", 7) != python("-(step // 3)", 7)


@settings(max_examples=1500)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
                 st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)))  # fmt: skip
@example("1" + "0" * 5000)
@example("\ud800\udfff")
@example("0" * 100 + "1")
def test_any_text_is_a_formula_or_a_spec_error(text: str) -> None:
    tree = problem = None
    try:
        tree = parse(text, FORMULA_NAMES).bind(NAMES)
    except SpecError as error:
        problem = error
    assert tree is not None or (problem is not None and problem.code.startswith("expr.") and len(str(problem)) < 800)
    assert tree is None or {outcome(tree, step) for step in (0, 1, 10**6)} <= {"finite", *UNDEFINED}


def outcome(tree: Tree, step: int) -> str:
    try:
        return "finite" if math.isfinite(host(tree)(step)) else "not finite"
    except StepError as error:
        return error.code


def written(random: Random, depth: int) -> str:
    """A random formula that the grammar allows."""
    if depth == 0:
        return random.choice(["step", "step", "epoch", "tokens", "pi", "1", "2", "7", "0.5", "3e-4", "100"])
    inner = [written(random, depth - random.randint(1, depth)) for _ in range(3)]
    kind = random.random()
    if kind < 0.6:
        return f"({inner[0]} {random.choice(['+', '-', '*', '/', '//', '%', '**'])} {inner[1]})"
    if kind < 0.9:
        function = random.choice(sorted(FUNCTIONS))
        return f"{function}({', '.join(inner[: FUNCTIONS[function]])})"
    return f"({inner[0]} if {inner[1]} {random.choice(['<', '<=', '==', '!=', '>', '>='])} {inner[2]} else -{inner[1]})"


def test_ten_thousand_random_formulas_load_or_have_no_value() -> None:
    random = Random(1)
    codes = Counter(loading(written(random, 6)) for _ in range(10_000))
    assert set(codes) <= {"loads", *UNDEFINED}
    assert codes["loads"] > 8_000


def loading(text: str) -> str:
    try:
        parse(text, FORMULA_NAMES).bind(NAMES)
    except SpecError as error:
        return error.code
    return "loads"


def test_a_formula_keeps_its_text_and_equal_texts_are_equal() -> None:
    spec = unisched.load(document("0.1  *  step"))
    assert spec == unisched.load(spec.to_json()) == unisched.load(document("0.1  *  step"))
    assert '"expression": "0.1  *  step"' in spec.to_json()
    assert spec != unisched.load(document("0.1 * step"))
    assert hash(spec) == hash(unisched.load(spec.to_json()))


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [("next", "", "expr.empty"), ("next", "step ** epoch", "expr.name"), ("next", "value ^ 2", "expr.operator"),
     ("next", "value > 1", "expr.type"), ("next", 3, "type.text"), ("start", "value", "type.number")],
)  # fmt: skip
def test_a_faulty_recurrence_is_refused_at_its_field(field: str, text: object, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load({"kind": "recurrence", "start": 1, "next": "value", field: text})
    assert (caught.value.code, caught.value.path) == (code, field)
