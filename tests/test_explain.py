"""What `explain` says is true: every formula, in plain text and in LaTeX, read back in 60 digits, is the program's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from dialect_documents import DOCUMENTS as DIALECTS
from hypothesis import given, settings
from reading import letters, value_of
from strategies import moved_bodies

from unisched import Program, compile, ir, signals
from unisched.errors import UnischedError
from unisched.exact import value_at
from unisched.explanation.names import Names
from unisched.explanation.phases import PhaseText, phases_of
from unisched.ir import Assignment, Body, Value
from unisched.spec.grammar import KINDS

ROOT = Path(__file__).parents[1]
CLOCK: Mapping[str, Any] = {"total": 60, "steps_per_epoch": 5}
LINE = {"kind": "linear", "start": 0, "end": 0.1, "duration": 10}

BY_KIND: dict[str, list[Any]] = {
    "constant": [0.1],
    "linear": [{"kind": "linear", "start": 0.1, "end": 1e-3}, {"kind": "linear", "start": 0.1, "end": 0, "warp": 0.5},
               {"kind": "linear", "start": -0.3, "end": 0.2, "duration": "33%"}],
    "polynomial": [{"kind": "polynomial", "start": 0.1, "end": 0.01, "power": 3, "warp": 2}],
    "cosine": [{"kind": "cosine", "start": 0.1, "end": 0}, {"kind": "cosine", "start": 0.3, "end": 0.9, "power": 1.5},
               {"kind": "cosine", "start": 0, "end": 1 / 3}],
    "exponential": [{"kind": "exponential", "start": 0.1, "end": 0.001}, {"kind": "exponential", "start": 0.1,
                    "rate": 0.5, "every": "2.5 epochs"}, {"kind": "exponential", "start": 0.1, "rate": 0.5,
                    "every": 7, "staircase": True}, {"kind": "exponential", "start": 1, "end": 2, "warp": 3}],
    "power_decay": [{"kind": "power_decay", "start": 0.1, "timescale": 7},
                    {"kind": "power_decay", "start": 0.1, "timescale": "1.3 epochs", "power": 2}],
    "piecewise": [{"kind": "piecewise", "points": [[0, 0.1], [20, 0.5], [45, 0.2]], "interpolation": kind}
                  for kind in ("previous", "linear", "cosine")] + [
                  {"kind": "piecewise", "values": [1, 0.5, 0.7], "every": 7, "interpolation": "linear"}],
    "formula": [{"kind": "formula", "expression": text} for text in (
        "0.1 * 0.95 ** epoch", "(step - 3) // 4 % 5 if step > 7 and not step == 9 else -step / 3",
        "max(0.1, sin(progress * pi)) ** 2 + exp(-length / 7)", "tanh(step / 10) - abs(cos(step)) * floor(epoch)",
        "sqrt(step) + log(step + 1) - (1 - (2 - step)) * (3 if step >= 5 or step != 2 else 4)")],
    "recurrence": [{"kind": "recurrence", "start": 1.0, "next": "value * 0.9 + step / 100"}],
    "follow": [{"schedules": {"x": {"kind": "cosine", "start": 0.1, "end": 0},
                              "y": {"base": 0.05, "curve": {"kind": "follow", "schedule": "x"}}}}],
    "plateau": [{"kind": "product", "curves": [LINE, {"kind": "plateau", "monitor": "loss"}]}],
    "noise": [{"kind": "product", "curves": [
        LINE, {"kind": "noise", "std": 0.2, "seed": 7, "every": 3, "limit": 0.1}]}],
    "sequence": [{"kind": "sequence", "parts": [LINE, {"kind": "cosine", "end": 0.01}]},
                 {"kind": "sequence", "boundaries": [4], "parts": [LINE, 0.2]}],
    "product": [{"kind": "product", "curves": [LINE, 0.5, {"kind": "exponential", "start": 1, "rate": 0.9}]}],
    "sum": [{"kind": "sum", "curves": [0.01, LINE, {"kind": "cosine", "start": 0, "end": -0.1}]}],
    "clip": [{"kind": "clip", "curve": LINE, "minimum": 0.01,
              "maximum": {"kind": "linear", "start": 0.03, "end": 0.1}}],
    "repeat": [{"kind": "repeat", "curve": LINE, "period": 10}, {"kind": "repeat", "period": 7, "scale": 0.5, "curve": {
        "kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 2},
                                      {"kind": "cosine", "end": 0}]}},
               {"kind": "repeat", "curve": {"kind": "linear", "start": 1, "end": 0}, "times": 3, "stretch": 2}],
    "window": [{"kind": "window", "length": 100, "offset": 20, "curve": {"kind": "cosine", "start": 1, "end": 0}}],
    "stair": [{"kind": "stair", "every": 7, "curve": {"kind": "cosine", "start": 1, "end": 0}}],
    "shift": [{"kind": "shift", "by": 3, "curve": LINE}, {"kind": "shift", "by": -3, "curve": LINE}],
    "warmup_cosine": [{"kind": "warmup_cosine", "peak": 0.1, "warmup": "10%", "end": 0.01}],
    "warmup_linear": [{"kind": "warmup_linear", "peak": 0.1, "warmup": 5}],
    "wsd": [{"kind": "wsd", "peak": 0.1, "decay": "20%", "warmup": 5, "end": 0.01, "shape": shape}
            for shape in ("1-sqrt", "linear", "cosine", "exponential")],
    "inverse_sqrt": [{"kind": "inverse_sqrt", "peak": 0.1, "warmup": "10%"}],
    "noam": [{"kind": "noam", "model_size": 512, "warmup": 7}],
    "rex": [{"kind": "rex", "peak": 0.1, "warmup": 3}],
    "one_cycle": [{"kind": "one_cycle", "peak": 0.1}],
    "triangular": [{"kind": "triangular", "start": 0.01, "peak": 0.1, "period": 12, "scale": 0.5}],
    "sgdr": [{"kind": "sgdr", "peak": 0.1, "period": 9, "warmup": 2, "end": 0.01, "stretch": 2, "scale": 0.5}],
}  # fmt: skip
DOCUMENTS = [(kind, document) for kind, several in BY_KIND.items() for document in several]
FILES = sorted([*(ROOT / "docs/recipes").glob("*.json"), *(ROOT / "docs/examples").glob("*.json")])


def compiled(document: Any) -> Program:
    """A curve that may be negative, or a whole document."""
    is_whole = isinstance(document, dict) and "schedules" in document
    return compile(document if is_whole else {"schedules": {"temperature": document}}, **CLOCK)


def explained(value: Value, scale: float = 1.0) -> tuple[list[PhaseText], dict[str, Any]]:
    names = Names()
    return phases_of(value, scale, names), letters(names)


def tried(phases: list[PhaseText], seed: int, count: int = 12) -> Iterator[int]:
    """Both sides of the first boundaries, and some steps at random, past the last boundary too."""
    starts = [phase.start for phase in phases]
    yield from starts[:10]
    yield from (start - 1 for start in starts[:10] if start)
    random = Random(seed)
    yield from (random.randrange(2 * starts[-1] + 100) for _ in range(count))


def lies(value: Value, scale: float = 1.0, phases: list[PhaseText] | None = None) -> list[tuple[int, float, float]]:
    """Where what the formulas of a value say differs from the value: step, what is said, what is."""
    said, known = explained(value, scale)
    plain, found = ir.bind(signals.unobserved(value), 1.0), []
    largest = 0.0
    for step in tried(said, seed=len(said)):
        try:
            expected = value_at(plain, step) * scale
        except UnischedError:  # past the range of a formula there is nothing to say
            continue
        largest = max(largest, abs(expected))
        for in_latex in (False, True):
            told = value_of(phases or said, known, step, in_latex=in_latex)
            if abs(told - expected) > 1e-11 * max(abs(expected), 1e-3 * largest):
                found.append((step, float(told), expected))
    return found


def assignments(program: Program) -> Iterator[tuple[Value, Assignment]]:
    yield from ((program.body.values[a.value], a) for a in program.body.assignments)


@pytest.mark.parametrize(("kind", "document"), DOCUMENTS, ids=[kind for kind, _ in DOCUMENTS])
def test_the_formulas_of_every_kind_and_recipe_say_what_it_is_worth(kind: str, document: Any) -> None:
    program = compiled(document)
    for value, assignment in assignments(program):
        assert lies(value, assignment.scale) == []


def test_no_kind_is_left_out() -> None:
    assert BY_KIND.keys() == KINDS.keys()


@pytest.mark.parametrize("document", DIALECTS, ids=lambda document: str(document["kind"]))
def test_the_formulas_of_every_dialect_say_what_it_is_worth(document: Mapping[str, Any]) -> None:
    for value, assignment in assignments(compile(document, **CLOCK)):
        assert lies(value, assignment.scale) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_the_formulas_of_real_schedules_say_what_they_are_worth(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    known = {"steps_per_epoch": 100} | ({"total": 12_000} if path.parent.name == "examples" else {})
    clock = {name: value for name, value in known.items() if name not in document}
    for value, assignment in assignments(compile(document, **clock)):
        assert lies(value, assignment.scale) == []


@settings(max_examples=60)
@given(body=moved_bodies())
def test_the_formulas_of_random_values_say_what_they_are_worth(body: Body) -> None:
    for value in body.values:
        assert lies(value) == []


SABOTAGE = {
    "another number": ("0.001", "0.002"),
    "the other sign": ("1 + cos", "1 − cos"),
    "a step late": ("(k − 10)", "(k − 11)"),
    "another length": ("/ 50", "/ 49"),
    "another shape": ("cos(", "sin("),
}


@pytest.mark.parametrize("fault", SABOTAGE)
def test_a_formula_that_lies_is_caught(fault: str) -> None:
    program = compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10, "end": 0.001}, total=60)
    (value,) = program.body.values
    phases, _ = explained(value)
    before, after = SABOTAGE[fault]
    assert any(before in phase.formula for phase in phases)
    wrong = [replace(phase, formula=phase.formula.replace(before, after)) for phase in phases]
    assert lies(value, phases=phases) == []
    assert lies(value, phases=wrong) != []


@pytest.mark.parametrize(("before", "after"), [(r"\cos", r"\sin"), ("+ 0.099", "- 0.099"), ("{50}", "{51}")])
def test_latex_that_lies_is_caught(before: str, after: str) -> None:
    (value,) = compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10, "end": 0.001}, total=60).body.values
    phases, _ = explained(value)
    assert any(before in phase.latex for phase in phases)
    wrong = [replace(phase, latex=phase.latex.replace(before, after)) for phase in phases]
    assert lies(value, phases=wrong) != []


FORMULAS: dict[str, dict[str, Any]] = {
    "0.1 · k / 10": {"kind": "linear", "start": 0, "end": 0.1, "duration": 10},
    "0.1 · (1 + cos(π · (k − 10) / 50)) / 2": {"kind": "sequence", "parts": [LINE, {"kind": "cosine", "end": 0}]},
    "0.001 + 0.099 · (1 − cos(π · k / 60)) / 2": {"kind": "cosine", "start": 0.001, "end": 0.1},
    "0.1 · (k / 7)^(−0.5)": {"kind": "inverse_sqrt", "peak": 0.1, "warmup": 7},
    "0.1 · 0.5^floor(k / 7)": {"kind": "exponential", "start": 0.1, "rate": 0.5, "every": 7, "staircase": True},
    "max(0.1 · k / 10, 0.01)": {"kind": "clip", "curve": LINE, "minimum": 0.01},
    "0.1 · (k mod 10) / 10": {"kind": "repeat", "curve": LINE, "period": 10},
    "base · (1 − k / 60)^2": {"kind": "torch.PolynomialLR", "total_iters": 60, "power": 2.0},
    "0.1 · c": {"kind": "product", "curves": [0.1, {"kind": "plateau", "monitor": "loss"}]},
    "0.1 · 0.95^(k / 5)": {"kind": "formula", "expression": "0.1 * 0.95 ** epoch"},
}  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_written_as_people_write_it(formula: str) -> None:
    program = compile(FORMULAS[formula], **CLOCK)
    assert formula in [phase.formula for phase in program.explain().targets[0].phases]


LATEX: dict[str, dict[str, Any]] = {
    r"0.1 \cdot \frac{1 + \cos\left(\pi \cdot \frac{k}{60}\right)}{2}": {"kind": "cosine", "start": 0.1, "end": 0},
    r"0.1 \cdot 0.5^{\left\lfloor \frac{k}{7} \right\rfloor}": FORMULAS["0.1 · 0.5^floor(k / 7)"],
    r"10^{-5} \cdot \left(1 - \frac{k}{60}\right)": {"kind": "linear", "start": 1e-5, "end": 0},
    r"\max\left(0.1 \cdot \frac{k}{10}, 0.01\right)": FORMULAS["max(0.1 · k / 10, 0.01)"],
}


@pytest.mark.parametrize("formula", LATEX)
def test_a_formula_is_written_in_latex(formula: str) -> None:
    program = compile(LATEX[formula], **CLOCK)
    assert formula in [phase.latex for phase in program.explain().targets[0].phases]


@pytest.mark.parametrize(("kind", "document"), DOCUMENTS, ids=[kind for kind, _ in DOCUMENTS])
def test_what_opens_in_latex_closes(kind: str, document: Any) -> None:
    program = compiled(document)
    for phase in (phase for target in program.explain().targets for phase in target.phases):
        assert phase.latex.count("{") == phase.latex.count("}")
        assert phase.latex.count(r"\left") - phase.latex.count(r"\leftarrow") == phase.latex.count(r"\right")
        assert phase.latex.isascii()


SENTENCES: list[tuple[str, Any]] = [
    ("From step 0 to 9 (10 steps) the rate rises from 0 to 0.1 in a straight line:", FORMULAS["0.1 · k / 10"]),
    ("From step 10 to 59 (50 steps) the rate falls from 0.1 to 0 along half a cosine wave:",
     {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}),
    ("From step 10 to 47 (38 steps) the rate stays at 0.1.", {"kind": "wsd", "peak": 0.1, "warmup": 10, "decay": 12}),
    ("Past the end, from step 60 on, the value stays at 0.", {"kind": "linear", "start": 1, "end": 0}),
    ("Past the end, from step 60 on, the last phase goes on;", {"kind": "inverse_sqrt", "peak": 0.1, "warmup": 7}),
    ('From step 60 on there is no value: the document says "after": "error"',
     {"schedules": {"learning_rate": 0.1}, "after": "error"}),
    ("Throughout the rate is the optimizer's value:", {"base": "optimizer", "curve": 1}),
    ('Controller 0 watches "loss", of which less is better.', BY_KIND["plateau"][0]),
    ("When more than 10 observations in a row are not better", BY_KIND["plateau"][0]),
    ("The run lasts 60 steps: 12 epochs. An epoch is 5 steps.", {"kind": "constant", "value": 1}),
    ("For the param group 'head' it has learning_rate of its own.",
     {"schedules": {"learning_rate": 0.1}, "groups": {"head": {"learning_rate": {"scale": 0.1}}}}),
    ("At step 10 (epoch 2) it jumps from 0.1 to 0.3.",
     {"kind": "piecewise", "points": [[0, 0.1], [10, 0.3]], "interpolation": "previous"}),
    ("the rate falls from 0.1 to 0 along a curve (its progress to the power 2):",
     {"kind": "linear", "start": 0.1, "end": 0, "warp": 2}),
    ("the rate falls from 0.1 to 0 along a curve (what is left to go to the power 2):",
     {"kind": "polynomial", "start": 0.1, "end": 0, "power": 2}),
    ("the rate falls from 0.1 to 0 along one minus a square root:",
     {"kind": "wsd", "peak": 0.1, "warmup": 10, "decay": 12, "shape": "1-sqrt"}),
    ("The last update, at step 59 (epoch 11.8), has 0.00166667.", {"kind": "linear", "start": 0.1, "end": 0}),
    ("The first value is 0.1234567.", {"kind": "linear", "start": 0.1234567, "end": 0}),
    ("With rex written out, the document reads:", {"kind": "rex", "peak": 0.1}),
    ("[U101 value.zero_start]", {"kind": "rex", "peak": 0.1, "warmup": 5}),
    ("its curve stands on a clock whose steps are epochs of 5 steps",
     {"kind": "torch.ConstantLR", "interval": "epoch"}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "document"), SENTENCES, ids=[sentence for sentence, _ in SENTENCES])
def test_an_explanation_says_it_in_words(sentence: str, document: Any) -> None:
    text = " ".join(str(compile(document, **CLOCK).explain()).split())
    assert sentence in text


def test_a_boundary_at_which_nothing_jumps_is_not_told_but_kept_in_the_data() -> None:
    target = compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, total=60).explain().targets[0]
    assert "At step 10" not in "\n".join(target.lines(as_latex=False))
    assert [boundary.moment.step for boundary in target.values.boundaries] == [10]


def test_in_brief_there_are_phases_and_four_values() -> None:
    document = {"kind": "warmup_linear", "peak": 0.1, "warmup": 10}
    brief = compile(document, total=60, tokens_per_step=10**9).explain().text(is_brief=True)
    assert brief.splitlines() == [
        "The run lasts 60 steps: 60B tokens. An update takes 1B tokens. The document",
        "schedules learning_rate.",
        "",
        "learning_rate",
        "  From step 0 to 9 (10 steps) the rate rises from 0 to 0.1 in a straight line.",
        "  From step 10 to 59 (50 steps) the rate falls from 0.1 to 0 in a straight line.",
        "  Its values: first 0, peak 0.1 at step 10 (token 10B), last 0.002, average",
        "  0.05.",
    ]


def test_that_there_is_no_total_is_said_once() -> None:
    text = str(compile({"kind": "inverse_sqrt", "peak": 0.1, "warmup": 10}).explain())
    assert "The run has no given length." in text
    assert "no total" not in text


def test_the_longest_run_that_never_rests_is_explained_like_any_other() -> None:
    explained = str(compile({"kind": "exponential", "start": 1, "rate": 0.9}, total=2**53 - 1).explain())
    assert f"from step {2**53 - 1} on" in " ".join(explained.split())


def test_an_explanation_fits_into_a_terminal_of_80_columns() -> None:
    for _, document in DOCUMENTS:
        for line in str(compiled(document).explain()).splitlines():
            assert len(line) <= 80 or " " not in line.strip(), line


def test_the_data_of_an_explanation_hold_all_of_it() -> None:
    explanation = compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, total=60).explain()
    data = json.loads(json.dumps(explanation.to_data(), allow_nan=False))
    assert [phase["formula"] for phase in data["targets"][0]["phases"]] == [
        phase.formula for phase in explanation.targets[0].phases
    ]
    assert data["targets"][0]["key_values"]["peak"] == {"step": 10, "value": 0.1}
    assert data["unfolded"]["document"]["schedules"]["learning_rate"]["kind"] == "sequence"
    assert [note["code"] for note in data["notes"]] == [note.code for note in explanation.notes]


def test_a_program_that_was_read_from_json_is_explained_without_its_recipes() -> None:
    program = compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, total=60)
    again = Program.from_json(program.to_json()).explain()
    assert again.unfolded is None
    assert again.targets == program.explain().targets


def test_a_python_function_is_named_and_its_formula_calls_it() -> None:
    program = compile(abs, total=10)
    (target,) = program.explain().targets
    assert [phase.formula for phase in target.phases] == ["f(k)"]
    assert [(known.name, known.meaning) for known in target.definitions] == [("f", "the Python function builtins.abs")]
