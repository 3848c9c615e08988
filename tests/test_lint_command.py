"""`unisched lint`: what it finds in which files, which rules are asked for, how it is written, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from invoking import invoked

from unisched.errors import BindingError
from unisched.lint import RULES, Note
from unisched.lint.report import Examined, github, sarif
from unisched.lint.selection import rule_called, selection

CLEAN = {"total": 100, "schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0}}}
WASTED = {"total": 100, "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}}}
TWICE = {"total": 100, "schedules": {"learning_rate": {"kind": "sequence", "parts": [
    {"kind": "linear", "start": 0, "end": 0.1, "duration": 10}, {"kind": "exponential", "end": 1e-40}]}}}  # fmt: skip
WAITING = {"kind": "linear", "start": 1, "end": 0, "duration": "3 epochs"}
WRONG = {"kind": "linaer"}
QUIRKY = {"total": 100, "schedules": {"learning_rate": {"kind": "keras.CosineDecay", "initial_learning_rate": 1,
          "decay_steps": 100, "alpha": 0.1}}}  # fmt: skip


def run(*arguments: object, stdin: str | None = None) -> Result:
    return invoked("lint", *arguments, input=stdin)


def rules_in(result: Result) -> list[str]:
    return [finding["rule"] for one in json.loads(result.stdout)["documents"] for finding in one["findings"]]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def written(document: dict[str, Any], name: str = "schedule.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return written


def test_a_clean_document_ends_with_0(file: Any) -> None:
    result = run(file(CLEAN))
    assert (result.exit_code, result.output) == (0, "nothing found in 1 document\n")


def test_a_finding_ends_with_1_and_names_file_path_and_rule(file: Any) -> None:
    path = file(WASTED)
    result = run(path)
    assert result.exit_code == 1
    line, count = result.stdout.splitlines()
    assert line.startswith(f"{path}: schedules.learning_rate: the value at step 0 is 0")
    assert line.endswith("[U101 value.zero_start]")
    assert count == "1 finding in 1 of 1 document"
    assert result.stderr == ""


def test_a_document_that_is_not_valid_ends_with_2_and_the_others_are_looked_at(file: Any) -> None:
    result = run(file(WRONG, "wrong.json"), file(WASTED, "wasted.json"), file(CLEAN, "clean.json"))
    assert result.exit_code == 2
    assert "there is no kind 'linaer'" in result.stderr
    assert "1 finding in 1 of 3 documents (1 invalid)" in result.stdout


def test_what_could_not_be_looked_at_is_counted_apart(file: Any) -> None:
    wrong, waiting = file(WRONG, "wrong.json"), file(WAITING, "waiting.json")
    last = [run(*files).stdout.splitlines()[-1] for files in ([wrong], [waiting], [wrong, waiting, file(CLEAN)])]
    assert last == ["nothing found in 1 document (1 invalid)", "nothing found in 1 document (1 not looked at)",
                    "nothing found in 3 documents (1 invalid, 1 not looked at)"]  # fmt: skip


def test_a_document_that_waits_for_its_clock_is_named_and_options_give_it_one(file: Any) -> None:
    path = file(WAITING)
    result = run(path)
    assert result.exit_code == 0
    assert f"{path}: not looked at before the clock is known: '3 epochs' needs steps_per_epoch" in result.stdout
    assert json.loads(run(path, "--json").stdout)["documents"][0]["waits"].startswith("'3 epochs' needs")
    assert run(path, "--steps-per-epoch", 7).stdout == "nothing found in 1 document\n"
    assert run(path, "--steps-per-epoch", 7, "--total", 28).exit_code == 1


def test_a_document_comes_from_standard_input() -> None:
    assert run("-", stdin=json.dumps(WASTED)).stdout.startswith("-: schedules.learning_rate: ")


ASKED: list[tuple[list[str], list[str]]] = [
    ([], ["U101", "U103"]),
    (["--select", "U1"], ["U101", "U103"]),
    (["--select", "u101"], ["U101"]),
    (["--select", "value"], ["U101", "U103"]),
    (["--select", "value.subnormal"], ["U103"]),
    (["--select", "U2,U3"], []),
    (["--select", "U2, U103"], ["U103"]),
    (["--select", "U101", "--select", "U103"], ["U101", "U103"]),
    (["--ignore", "U101"], ["U103"]),
    (["--ignore", "value.zero_start,total"], ["U103"]),
    (["--select", "U1", "--ignore", "U103"], ["U101"]),
    (["--select", "U101", "--ignore", "U1"], []),
    (["--ignore", "torch"], ["U101", "U103"]),
]


@pytest.mark.parametrize(("options", "rules"), ASKED, ids=lambda value: " ".join(value) or "nothing")
def test_rules_are_chosen(options: list[str], rules: list[str], file: Any) -> None:
    result = run(file(TWICE), "--json", *options)
    assert rules_in(result) == rules
    assert result.exit_code == (1 if rules else 0)


@pytest.mark.parametrize("word", ["keras", "keras.alpha_fraction", "U601", "U6", "dialect", "dialect.quirk"])
def test_a_quirk_goes_by_its_own_code_its_library_and_its_rule(word: str, file: Any) -> None:
    path = file(QUIRKY)
    assert json.loads(run(path, "--json", "--select", word).stdout)["clean"] is False
    assert json.loads(run(path, "--json", "--ignore", word).stdout)["clean"] is True


@pytest.mark.parametrize(("word", "meant"), [
    ("U999", ""), ("U9", ""), ("value.zero_strat", "value.zero_start"), ("valeu", ""), ("torhc.rebound", ""), ("1", ""),
])  # fmt: skip
@pytest.mark.parametrize("option", ["--select", "--ignore", "--explain"])
def test_a_rule_that_there_is_not_is_wrong_usage(option: str, word: str, meant: str, file: Any) -> None:
    result = run(file(CLEAN), option, word)
    assert result.exit_code == 2
    assert f"there is no rule {word!r}. `unisched lint --rules` lists them." in result.stderr
    assert f"Did you mean {meant!r}?" in result.stderr or not meant


def test_a_number_that_there_is_not_names_those_of_its_family() -> None:
    told = run("--explain", "U49").stderr
    assert "U4 is feedback: U401, U402, U403, U404." in told
    assert "Did you mean" not in told + run("--explain", "U9").stderr


def test_no_source_is_wrong_usage() -> None:
    result = run()
    assert result.exit_code == 2
    assert "Missing argument 'SOURCES...'" in result.stderr


def test_the_rules_are_listed() -> None:
    lines = run("--rules").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.number, rule.code] for rule in RULES]
    assert [rule["code"] for rule in json.loads(run("--rules", "--json").stdout)] == [rule.code for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.number)
def test_a_rule_is_explained_by_number_and_by_code(rule: Any) -> None:
    page = run("--explain", rule.number)
    assert page.exit_code == 0
    assert page.stdout.startswith(f"# {rule.number} {rule.code}\n")
    assert run("--explain", rule.code).stdout == page.stdout


def test_json_holds_findings_problems_and_what_is_waited_for(file: Any) -> None:
    result = run(file(WRONG, "a.json"), file(WASTED, "b.json"), file(WAITING, "c.json"), "--output-format", "json")
    data = json.loads(result.stdout)
    wrong, wasted, waiting = data["documents"]
    assert (result.exit_code, result.stderr, data["clean"]) == (2, "", False)
    assert wrong["problems"][0]["code"] == "kind.unknown"
    assert wasted["findings"][0] | {"text": ""} == {"rule": "U101", "code": "value.zero_start", "text": "",
        "title": "the first update changes nothing", "path": "schedules.learning_rate"}  # fmt: skip
    assert waiting["waits"]


def test_an_annotation_is_one_line_however_odd_the_names() -> None:
    note = Note("value.zero_start", 'groups["a,b: 100%"].learning_rate', "two\nlines")
    (line,) = github([Examined("a,b:c.json", (note,))]).splitlines()
    assert line == ("::warning file=a%2Cb%3Ac.json,title=U101 value.zero_start::"
                    'groups["a,b: 100%25"].learning_rate: two%0Alines')  # fmt: skip


def test_github_annotates_findings_and_problems(file: Any) -> None:
    result = run(file(WRONG, "a.json"), file(WASTED, "b.json"), "--output-format", "github")
    error, warning = result.stdout.splitlines()
    assert error.startswith("::error file=")
    assert "title=kind.unknown::" in error
    assert warning.startswith("::warning file=")
    assert result.exit_code == 2


def test_sarif_names_every_rule_and_the_place_of_every_finding(file: Any) -> None:
    path = file(WASTED)
    data = json.loads(run(path, "--output-format", "sarif").stdout)
    (sheet,) = data["runs"]
    assert data["version"] == "2.1.0"
    assert [rule["id"] for rule in sheet["tool"]["driver"]["rules"]] == [rule.number for rule in RULES]
    (result,) = sheet["results"]
    assert result["ruleId"] == "U101"
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == str(path)
    assert location["logicalLocations"] == [{"fullyQualifiedName": "schedules.learning_rate"}]
    assert json.loads(sarif([], "1.0"))["runs"][0]["results"] == []


def test_sarif_tells_of_what_could_not_be_looked_at_and_names_files_by_uris(tmp_path: Path) -> None:
    path = tmp_path / "10% of: it.json"
    path.write_text(json.dumps(WRONG), encoding="utf-8")
    result = run(path, "--output-format", "sarif")
    ((invocation,), exit_code) = json.loads(result.stdout)["runs"][0]["invocations"], result.exit_code
    (told,) = invocation["toolExecutionNotifications"]
    assert (invocation["executionSuccessful"], exit_code) == (False, 2)
    assert "[kind.unknown]" in told["message"]["text"]
    uri = told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.endswith("/10%25%20of%3A%20it.json")


def test_words_are_told_from_the_names_of_dialects() -> None:
    assert selection(["acme.flat"], [], ["acme"]).takes(Note("acme.flat", "", ""))
    assert not selection([], ["acme"], ["acme"]).takes(Note("acme.flat", "", ""))
    with pytest.raises(BindingError, match=r"no rule 'acme\.flat'"):
        selection(["acme.flat"], [], [])
    with pytest.raises(BindingError):
        rule_called("acme.flat")
