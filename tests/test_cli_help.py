"""What the command line says to somebody who has never seen it: help, mistakes, colours."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from unisched.cli import main
from unisched.commands import COMMANDS

BY_NAME = {command.name: command for command in COMMANDS}
DOCUMENT = {"name": "mine", "total": 100, "schedules": {"learning_rate": {"kind": "rex", "peak": 0.1, "warmup": 10}}}
ESCAPE = "\x1b["


def run(*arguments: object, color: bool = False, environment: dict[str, str] | None = None) -> Result:
    given = {"NO_COLOR": None, **(environment or {})}
    return CliRunner().invoke(main, [str(a) for a in arguments], color=color, env=given, prog_name="unisched")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_shows_examples_and_what_its_exit_codes_mean(name: str) -> None:
    text = run(name, "--help").stdout
    assert f"Examples:\n    unisched {name}" in text
    assert "Exit codes: 0 " in text


@pytest.mark.parametrize("name", BY_NAME)
def test_every_example_is_a_command_line_that_click_takes(name: str) -> None:
    text = run(name, "--help").stdout
    lines = [line.strip() for line in text.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()]
    command = BY_NAME[name]
    known = {switch for option in command.params for switch in (*option.opts, *option.secondary_opts)}
    for line in lines:
        given = {word.partition("=")[0] for word in line.split() if word.startswith("--")}
        assert given <= known, line


@pytest.mark.parametrize("name", BY_NAME)
def test_every_option_says_what_it_is_for(name: str) -> None:
    for option in BY_NAME[name].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help.endswith("."), option.help


@pytest.mark.parametrize("name", BY_NAME)
def test_the_clock_stands_under_a_heading_of_its_own(name: str) -> None:
    text, has_clock = run(name, "--help").stdout, {"total", "tokens_per_step"} <= {p.name for p in BY_NAME[name].params}
    heading = "Clock (each overrides what the document says):"
    assert (heading in text) == has_clock
    if has_clock:
        assert text.index("--json") < text.index(heading) < text.index("--tokens-per-step")


@pytest.mark.parametrize("name", [name for name in BY_NAME if "output" in {p.name for p in BY_NAME[name].params}])
def test_where_output_goes_is_called_the_same_everywhere(name: str) -> None:
    (option,) = [option for option in BY_NAME[name].params if option.name == "output"]
    assert set(option.opts) == {"-o", "--output"}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_has_a_line_in_the_list_that_is_not_cut(name: str) -> None:
    (line,) = [line for line in run("--help").stdout.splitlines() if line.split()[:1] == [name]]
    assert line.endswith(".")
    assert not line.endswith("...")


def test_the_program_alone_says_what_it_can_do() -> None:
    result = run()
    assert result.exit_code == 2
    assert all(name in result.output for name in BY_NAME)


@pytest.mark.parametrize(("given", "meant"), [("shwo", "show"), ("expalin", "explain"), ("validat", "validate"),
                                              ("PLOT", "plot"), ("newplugin", "new-plugin")])  # fmt: skip
def test_a_misspelt_command_suggests_the_nearest(given: str, meant: str) -> None:
    result = run(given)
    assert result.exit_code == 2
    assert f"No such command '{given}'. Did you mean '{meant}'?" in result.stderr


def test_a_command_that_is_like_none_lists_them() -> None:
    assert "No such command 'xyzzy'. Commands: show, " in run("xyzzy").stderr


READERS = [name for name in BY_NAME if {"source", "sources"} & {option.name for option in BY_NAME[name].params}]


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_is_not_there_is_named(name: str) -> None:
    result = run(name, "nowhere.json", *(["--at", 5, "--total", 10] if name == "replan" else []))
    assert result.exit_code in (1, 2)
    assert "nowhere.json" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["show", "explain"])
def test_colour_is_for_terminals_that_want_it(name: str, document: Path) -> None:
    assert ESCAPE in run(name, document, color=True).stdout
    assert ESCAPE not in run(name, document).stdout
    assert ESCAPE not in run(name, document, color=True, environment={"NO_COLOR": "1"}).stdout
    plain = run(name, document).stdout
    assert click.unstyle(run(name, document, color=True).stdout) == plain


def test_show_tells_key_values(document: Path) -> None:
    text = run("show", document, "--no-plot").stdout
    assert "key values\n  learning_rate\n    first 0.0, peak 0.1 at step 10, last " in text
    data = json.loads(run("show", document, "--json").stdout)
    assert data["key_values"][0]["peak"] == {"step": 10, "value": 0.1}


def test_show_breaks_long_notes_at_78_columns_and_keeps_every_word(document: Path) -> None:
    lines = run("show", document, "--no-plot").stdout.splitlines()
    begun = next(index for index, line in enumerate(lines) if line.startswith("note: "))
    assert max(map(len, lines[begun:])) <= 78
    (note,) = json.loads(run("show", document, "--json").stdout)["notes"]
    assert note["text"] in " ".join(" ".join(lines[begun:]).split())


def test_explain_in_brief_has_sentences_and_no_formula(document: Path) -> None:
    text = run("explain", document, "--brief").stdout
    assert "Its values: first 0, peak 0.1 at step 10, last " in " ".join(text.split())
    assert "k is the step" not in text
    for other in ("--json", "--latex"):
        refused = run("explain", document, "--brief", other)
        assert (refused.exit_code, refused.stdout) == (2, "")


def test_explain_writes_text_formulas_in_latex_and_data(document: Path) -> None:
    assert "      0.1 · k / 10\n" in run("explain", document).stdout
    assert r"0.1 \cdot \frac{k}{10}" in run("explain", document, "--latex").stdout
    data = json.loads(run("explain", document, "--json").stdout)
    assert data["targets"][0]["phases"][0]["formula"] == "0.1 · k / 10"


def test_explain_speaks_ascii_to_a_terminal_that_has_nothing_else(document: Path) -> None:
    text = CliRunner(charset="ascii").invoke(main, ["explain", str(document)]).stdout
    assert "      0.1 * k / 10\n" in text
    assert text.isascii()


def test_what_is_wrong_with_a_document_is_told_by_explain_as_by_the_others(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"kind": "linaer"}', encoding="utf-8")
    result = run("explain", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: kind: ")
    assert json.loads(run("explain", path, "--json").stdout)["problems"][0]["code"] == "kind.unknown"
