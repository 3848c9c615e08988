"""The committed corpus is what its generator says, and the generator owes nothing to the library it judges."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from corpus_generator.case import MOST_STEPS, Case
from corpus_generator.cases import ALL
from corpus_generator.files import CORPUS, EXAMPLES, differing, generated, write
from corpus_generator.float_checks import FORMULAS, disagreements
from corpus_generator.leaves import cosine, linear, polynomial
from corpus_generator.rounding import context, nearest, power, whole

HERE = Path(__file__).parent
FEWEST_CASES = 60
ALLOWED_IMPORTS = {"corpus_generator", "mpmath", "numpy", *sys.stdlib_module_names}
KINDS = {
    "constant", "linear", "polynomial", "cosine", "exponential", "power_decay", "piecewise", "sequence", "repeat",
    "product", "sum", "clip", "shift", "stair", "window", "follow", "warmup_cosine", "warmup_linear", "wsd",
    "inverse_sqrt", "noam", "rex", "one_cycle", "triangular", "sgdr", "noise", "formula", "recurrence", "plateau",
    "transformers.greedy",
}  # fmt: skip
WITHOUT_LIBRARY = """
import sys
sys.modules["unisched"] = None
sys.path.insert(0, sys.argv[1])
from corpus_generator.files import differing, generated
print(len(differing(generated())), "unisched" in {name.split(".")[0] for name in sys.modules if sys.modules[name]})
"""


@pytest.fixture(scope="module")
def expected() -> dict[Path, str]:
    return generated()


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(CORPUS.glob("*.json"))}


def test_the_committed_files_are_exactly_what_the_generator_produces(expected: dict[Path, str]) -> None:
    assert differing(expected) == []


def test_a_value_one_ulp_off_is_noticed(expected: dict[Path, str]) -> None:
    path = CORPUS / "warmup_cosine.json"
    document = json.loads(expected[path])
    target = document["targets"][0]
    value = target["values"][5]
    off = math.nextafter(float.fromhex(value), 1.0).hex()
    assert differing({**expected, path: expected[path].replace(value, off)}) == [path]


def test_a_case_that_nothing_generates_is_noticed(expected: dict[Path, str]) -> None:
    path = CORPUS / "warmup_cosine.json"
    assert differing({other: text for other, text in expected.items() if other != path}) == [path]


def test_writing_puts_every_file_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus_generator.files.CORPUS", tmp_path / "corpus")
    wanted = {tmp_path / "corpus" / "a.json": "{}\n"}
    write({tmp_path / "corpus" / "stale.json": "{}\n"})
    write(wanted)
    assert [path.name for path in (tmp_path / "corpus").iterdir()] == ["a.json"]
    assert differing(wanted) == []


def test_the_generator_imports_nothing_but_numbers_and_itself() -> None:
    imported = {name for path in _sources() for name in _imports(path)}
    assert imported <= ALLOWED_IMPORTS
    assert "unisched" not in imported


def test_the_generator_runs_where_the_library_cannot_be_imported() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBRARY, str(HERE)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.split()) == (0, ["0", "False"]), run.stderr


def test_there_are_enough_cases_and_their_names_are_unique(committed: dict[str, Any]) -> None:
    assert len(committed) == len(ALL) >= FEWEST_CASES
    assert len({case.name for case in ALL}) == len(ALL)


def test_every_file_is_named_after_its_case_and_says_what_it_would_catch(committed: dict[str, Any]) -> None:
    assert [name for name, case in committed.items() if case["name"] != name or len(case["why"]) < 15] == []


def test_every_kind_is_used(committed: dict[str, Any]) -> None:
    assert set(_kinds([case["spec"] for case in committed.values()])) == KINDS


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_case_looks_at_both_sides_of_a_boundary(case: Case) -> None:
    steps = set(case.steps())
    boundaries = {*case.marks, *([case.total] if case.total else [])}
    assert any({boundary - 1, boundary} <= steps for boundary in boundaries)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_case_has_few_increasing_steps_and_values_that_float32_holds(case: Case, committed: dict[str, Any]) -> None:
    for target in committed[case.name]["targets"]:
        steps, values = target["steps"], [float.fromhex(value) for value in target["values"]]
        assert steps == sorted(set(steps))
        assert steps[0] == 0
        assert len(steps) == len(values) <= MOST_STEPS
        assert all(value == 0 or 2.0**-126 <= abs(value) < 2.0**127 for value in values)


@pytest.mark.parametrize("case", [case for case in ALL if case.plain], ids=lambda case: case.name)
def test_a_plain_case_is_one_absolute_learning_rate(case: Case) -> None:
    assert [(target.hyperparameter, target.group) for target in case.targets] == [("learning_rate", None)]
    assert case.spec.get("after") != "error"
    assert "groups" not in case.spec
    assert not case.optimizer
    assert '"optimizer"' not in json.dumps(case.spec)


def test_every_example_is_the_document_of_its_case(committed: dict[str, Any]) -> None:
    for case in (case for case in ALL if case.example):
        assert json.loads((EXAMPLES / f"{case.name}.json").read_text(encoding="utf-8")) == committed[case.name]["spec"]


def test_textbook_formulas_in_plain_floats_agree() -> None:
    assert set(FORMULAS) <= {case.name for case in ALL}
    assert disagreements(ALL) == []


def test_textbook_formulas_contradict_a_case_that_is_one_step_late() -> None:
    case = next(case for case in ALL if case.name == "warmup_cosine")
    right = case.targets[0]
    late = replace(case, targets=[replace(right, worth=lambda k: right.worth(max(k - 1, 0)))])
    assert disagreements([late])


def test_exact_ties_go_to_the_even_neighbour() -> None:
    tie = Fraction(0.3) * Fraction(3, 4)
    below = math.nextafter(float(tie), 0.0) if Fraction(float(tie)) > tie else float(tie)
    above = math.nextafter(below, 1.0)
    assert tie - Fraction(below) == Fraction(above) - tie
    even = below if int(Fraction(below) / Fraction(math.ulp(below))) % 2 == 0 else above
    assert cosine(300, 900, 0.3, 0.0) == even


def test_an_irrational_number_that_looks_like_a_tie_is_refused() -> None:
    with pytest.raises(ArithmeticError, match="tie"):
        nearest(context.mpf(1) + context.mpf(2) ** -53)


def test_roots_of_perfect_powers_are_rational() -> None:
    assert power(Fraction(9, 16), Fraction(3, 2)) == Fraction(27, 64)
    assert polynomial(3, 4, 1.0, 0.0, exponent=0.5) == 0.5


def test_halves_round_up() -> None:
    assert [whole(Fraction(n, 2)) for n in (1, 2, 3, 5)] == [1, 1, 2, 3]


def test_a_line_is_rounded_once() -> None:
    assert linear(1, 3, 0.1, 0.2) == float((2 * Fraction(0.1) + Fraction(0.2)) / 3)


def _sources() -> list[Path]:
    return [HERE / "generate.py", *sorted((HERE / "corpus_generator").rglob("*.py"))]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module).split(".")[0]


def _kinds(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["kind"]] if "kind" in value else [])
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _kinds(item)
