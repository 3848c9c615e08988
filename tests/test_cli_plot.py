"""`unisched plot`: files by suffix, several documents in one picture, and a way out for what cannot be drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from invoking import invoked

import unisched

COSINE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}
RATES = {
    "total": 1000, "steps_per_epoch": 100,
    "schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0}, "momentum": 0.9},
}  # fmt: skip
COSINE_CURVE = {"kind": "cosine", "start": 1, "end": 0}
Written = Callable[[str, Any], str]


def run(*arguments: object, stdin: str | None = None) -> Result:
    return invoked("plot", *arguments, input=stdin, env={"COLUMNS": "80"})


def drawn(*arguments: object, stdin: str | None = None) -> Any:
    result = run(*arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def lines(data: Any) -> list[list[str]]:
    return [[line["label"] for line in panel["lines"]] for panel in data["panels"]]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(name: str, document: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(("suffix", "start"), [
    ("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("html", b"<!DOCTYPE html>"),
])  # fmt: skip
def test_the_suffix_of_output_says_what_is_written(suffix: str, start: bytes, written: Written, tmp_path: Path) -> None:
    output = tmp_path / f"curve.{suffix}"
    result = run(written("a.json", RATES), "--output", output)
    assert (result.exit_code, result.output) == (0, "")
    assert output.read_bytes().startswith(start)


def test_without_output_it_draws_here_every_hyperparameter(written: Written) -> None:
    shown = run(written("a.json", RATES)).stdout
    assert shown.startswith("learning_rate\n")
    assert "\n\nmomentum\n" in shown
    assert max(map(len, shown.splitlines())) == 80
    assert "\x1b[" not in shown


def test_several_documents_share_a_picture_each_by_its_name_or_its_file(written: Written) -> None:
    cosine = {"name": "mine", "total": 1000, "schedules": {"learning_rate": {"kind": "rex", "peak": 0.1}}}
    sources = [written("a.json", RATES), written("b.json", cosine)]
    assert lines(drawn(*sources)) == [["a", "mine"], ["a"]]


def test_documents_of_one_name_are_told_apart_by_their_files(written: Written) -> None:
    sources = [written(f"{name}.json", {"name": "same", **RATES}) for name in ("old", "new")]
    assert lines(drawn(*sources))[0] == ["old", "new"]


def test_only_leaves_the_others_out(written: Written) -> None:
    other = {"total": 10, "schedules": {"learning_rate": 0.1}}
    sources = [written("a.json", RATES), written("b.json", other)]
    assert lines(drawn(*sources, "--only", "momentum")) == [["momentum"]]


def test_by_counts_what_the_clock_knows(written: Written) -> None:
    line = drawn(written("a.json", RATES), "--by", "epoch")["panels"][0]["lines"][0]
    assert (line["steps"][-1], line["positions"][-1]) == (1000, 10.0)


@pytest.mark.parametrize(("window", "first", "last"), [
    (("--from", "250"), 250, 1000), (("--to", "2 epochs"), 0, 200), (("--from", "10%", "--to", "50%"), 100, 500),
])  # fmt: skip
def test_a_range_is_given_in_steps_or_durations(
    window: tuple[str, ...], first: int, last: int, written: Written
) -> None:
    steps = drawn(written("a.json", RATES), *window)["panels"][0]["lines"][0]["steps"]
    assert (steps[0], steps[-1]) == (first, last)


def test_the_clock_may_come_from_options_and_the_document_from_standard_input() -> None:
    data = drawn("-", "--total", "20", "--base", "0.5", stdin=json.dumps({"base": "optimizer", "curve": COSINE_CURVE}))
    line = data["panels"][0]["lines"][0]
    assert (line["values"][0], line["steps"][-1], line["remark"]) == (0.5, 20, "")


def test_a_log_of_metrics_is_drawn_as_if_it_were_observed(written: Written) -> None:
    document = {"total": 6, "schedules": {"learning_rate": {"kind": "plateau", "monitor": "loss", "factor": 0.5,
                                                           "patience": 0}}}  # fmt: skip
    source, log = written("a.json", document), written("log.json", {"2": 0.3, "4": 0.4})
    (still,), (moved,) = (drawn(source, *extra)["panels"][0]["lines"] for extra in ([], ["--metrics", log]))
    assert (still["values"], still["remark"]) == ([1.0] * 7, "no metric observed")
    assert (moved["values"], moved["remark"]) == ([1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5], "")


def test_a_state_is_drawn_as_the_run_that_it_is_of(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(unisched.compile(COSINE, total=500).start().at(120).to_json())
    line = drawn(path)["panels"][0]["lines"][0]
    assert line["steps"][-1] == 500


def test_a_state_is_drawn_over_what_the_optimizer_gave(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    program = unisched.compile({"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}, total=4)
    path.write_text(replace(program.start(), base={"learning_rate": 0.5}).to_json())
    line = drawn(path)["panels"][0]["lines"][0]
    assert (line["values"], line["remark"]) == ([0.5, 0.375, 0.25, 0.125, 0.0], "")


def test_log_marks_theme_and_size_reach_the_picture(written: Written, tmp_path: Path) -> None:
    source, plain, other = written("a.json", RATES), tmp_path / "plain.svg", tmp_path / "other.svg"
    run(source, "-o", plain)
    run(source, "-o", other, "--log", "--no-marks", "--theme", "dark", "--size", "400x300")
    assert "cosine" in plain.read_text()
    assert "cosine" not in other.read_text()
    assert "#0d1117" in other.read_text()
    assert re.search(r'width="288pt" height="216pt"|height="216pt".*width="288pt"', other.read_text())


FAULTS: dict[str, tuple[list[str], str]] = {
    "units.missing": (["--by", "token"], "an axis of tokens needs tokens_per_step"),
    "target.unknown": (["--only", "momentm"], "Did you mean 'momentum'?"),
    "range.empty": (["--from", "500", "--to", "20"], "Draw up to a later step."),
    "plot.format": (["--output", "curve.gif"], "Name the format by the suffix."),
    "plot.size": (["--output", "curve.png", "--size", "300x150"], "too few for 2 panels"),
    "duration.unit": (["--from", "3 parsecs"], "--from: '3 parsecs' has the unknown unit"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_what_cannot_be_drawn_is_one_line_and_exit_code_1(code: str, written: Written) -> None:
    options, words = FAULTS[code]
    source = written("a.json", RATES)
    result = run(source, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert words in result.stderr
    problems = json.loads(run(source, *options, "--json").stdout)["problems"]
    assert [problem["code"] for problem in problems] == [code]


def test_a_folder_that_is_not_there_is_one_line(written: Written, tmp_path: Path) -> None:
    result = run(written("a.json", RATES), "--output", tmp_path / "nowhere" / "a.svg")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("size", ["10x10", "wide", "99999x99999"])
def test_a_size_that_is_none_is_wrong_usage(size: str, written: Written) -> None:
    result = run(written("a.json", RATES), "--size", size)
    assert result.exit_code == 2
    assert "such as 1200x600" in result.stderr
