"""The command line: what it prints, where errors go, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from invoking import invoked as run
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from unisched import compile, discovery, registry
from unisched.commands import validate
from unisched.errors import PluginError, Problem

GOOD = {"name": "mine", "description": "a line", "total": 100, "schedules": {"learning_rate": {
    "kind": "warmup_linear", "peak": 0.1, "warmup": 10}}}  # fmt: skip
EPOCHS = {"kind": "linear", "start": 1, "end": 0, "duration": "3 epochs"}
BASED = {
    "total": 10,
    "schedules": {"learning_rate": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}},
}
TOO_LONG = {"kind": "linear", "start": 1, "end": 0, "duration": 50}

Faulty = Callable[[Path], Path]


def written(content: bytes | str, name: str = "schedule.json") -> Faulty:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def dangling(folder: Path) -> Path:
    link = folder / "link.json"
    link.symlink_to(folder / "nowhere.json")
    return link


def pipe(folder: Path) -> Path:
    path = folder / "pipe.json"
    os.mkfifo(path)
    return path


FILES: dict[str, tuple[Faulty, str]] = {
    "missing": (lambda folder: folder / "none.json", "file.unreadable"),
    "empty": (written(""), "json.empty"),
    "spaces": (written("   \n"), "json.empty"),
    "a directory": (lambda folder: folder, "file.unreadable"),
    "a dangling link": (dangling, "file.unreadable"),
    "a pipe": (pipe, "file.unreadable"),
    "a device": (lambda folder: Path("/dev/zero"), "file.unreadable"),
    "binary": (written(bytes(range(256))), "json.encoding"),
    "UTF-16": (written('{"kind": "constant"}'.encode("utf-16")), "json.encoding"),
    "huge": (written(b" " * (5 * 2**20)), "input.too_large"),
    "truncated": (written('{"schedules": {"learning_rate": '), "json.syntax"),
    "a list": (written("[]"), "spec.not_object"),
    "an unknown kind": (written('{"kind": "linaer"}'), "kind.unknown"),
    "an unknown suffix": (written("{}", "schedule.txt"), "file.format"),
    "bad TOML": (written("a = ", "schedule.toml"), "toml.syntax"),
    "bad YAML": (written("a: [", "schedule.yaml"), "yaml.syntax"),
    "deep": (written("[" * 100_000), "spec.too_deep"),
}


def refused(result: Result, code: int = 1) -> Result:
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(json.dumps(GOOD))(tmp_path)


def test_show_prints_the_name_the_table_the_plot_and_the_notes(good: Path) -> None:
    result = run("show", good, "--at", 5, "--at", 50)
    assert result.exit_code == 0
    assert result.stdout.startswith("mine\na line\n" + str(compile(GOOD)))
    assert "step 5: learning_rate 0.05\n" in result.stdout
    assert "note: schedules.learning_rate: the value at step 0 is 0" in result.stdout
    assert result.stderr == ""


def test_show_prints_exact_values(tmp_path: Path) -> None:
    cosine = {"kind": "cosine", "start": 1e-3, "end": 0}
    program = compile(cosine, total=1000)
    steps = [step for step in range(100) if program(step) != program(step, exact=True)]
    assert steps
    result = run("show", written(json.dumps(cosine))(tmp_path), "--total", "1000", "--no-plot", "--at", steps[0])
    assert f"step {steps[0]}: learning_rate {program(steps[0], exact=True)!r}\n" in result.stdout


def test_show_without_a_plot_is_shorter(good: Path) -> None:
    assert len(run("show", good, "--no-plot").stdout) < len(run("show", good).stdout) / 2


def test_show_takes_the_clock_of_compile(tmp_path: Path) -> None:
    path = written(json.dumps(EPOCHS))(tmp_path)
    assert "units.missing" not in run("show", path, "--steps-per-epoch", 7, "--no-plot").output
    assert "over 21 steps" in run("show", path, "--steps-per-epoch", 7, "--total", "5 epochs", "--no-plot").stdout
    assert "total 30 steps" in run("show", path, "--steps-per-epoch", 7, "--total", "30", "--no-plot").stdout


def test_show_as_json_is_one_object_for_machines(good: Path) -> None:
    result = run("show", good, "--json", "--at", 5)
    data = json.loads(result.stdout)
    program = compile(GOOD)
    assert result.stderr == ""
    assert (data["name"], data["fingerprint"], data["values"]) == (
        "mine",
        program.fingerprint,
        {"5": {"learning_rate": 0.05}},
    )
    assert data["body"] == json.loads(program.to_json())["body"]
    assert data["notes"][0]["code"] == "value.zero_start"


def test_show_reads_json_from_standard_input() -> None:
    assert "learning_rate" in run("show", "-", "--no-plot", input=json.dumps(GOOD)).stdout


@pytest.mark.parametrize(("stdin", "code"), [
    ("", "json.empty"), ("  ", "json.empty"), ("{", "json.syntax"), (b"\xff", "json.encoding"), ("[1]",
     "spec.not_object"),
    ("schedule.json", "json"), ("null", "spec.not_object"), ('{"kind": "x"}', "kind.unknown"),
])  # fmt: skip
def test_bad_standard_input_is_refused(stdin: bytes | str, code: str) -> None:
    result = refused(run("show", "-", "--json", input=stdin))
    assert json.loads(result.stdout)["problems"][0]["code"].startswith(code)


@pytest.mark.parametrize("command", ["plot", "lint", "validate", "diff"])
def test_standard_input_cannot_be_two_documents(command: str) -> None:
    result = run(command, "-", "-", input=json.dumps(GOOD))
    assert result.exit_code == 2
    assert "Name a file for the other." in result.stderr


def test_a_factor_of_the_optimizers_rate_is_drawn_for_a_base_of_1(tmp_path: Path) -> None:
    path = written(json.dumps(BASED))(tmp_path)
    assert "drawn for an optimizer's value of 1" in run("show", path).stdout
    assert "step 5: learning_rate 0.5" in run("show", path, "--at", 5).stdout
    based = run("show", path, "--at", 5, "--base", 0.1).stdout
    assert "drawn for" not in based
    assert "step 5: learning_rate 0.05" in based


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["show", "validate"])
def test_a_faulty_file_is_refused_on_stderr(command: str, name: str, tmp_path: Path) -> None:
    make, code = FILES[name]
    path = make(tmp_path)
    result = refused(run(command, path))
    assert result.stdout == ""
    assert len(result.stderr) < 2500
    as_json = json.loads(refused(run(command, path, "--json")).stdout)
    problems = as_json["documents"][0]["problems"] if command == "validate" else as_json["problems"]
    assert problems[0]["code"] == code


def test_an_error_names_the_json_path(tmp_path: Path) -> None:
    document = {"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 5}, TOO_LONG]}
    path = written(json.dumps(document))(tmp_path)
    result = refused(run("show", path, "--total", 20))
    assert result.stderr.startswith("error: schedules.learning_rate.parts[1].duration: 50 steps end at 55, past")
    problems = json.loads(refused(run("show", path, "--total", 20, "--json")).stdout)["problems"]
    assert problems[0]["path"] == "schedules.learning_rate.parts[1].duration"


@pytest.mark.parametrize("arguments", [
    ["show"], ["validate"], ["nonsense"], ["show", "x", "--nonsense"], ["show", "x", "--at", "-1"], ["show", "x", "y"],
    ["show", "x", "--steps-per-epoch", "1.5"], ["show", "x", "--base", "much"], ["schema", "x"], ["backends", "x"],
])  # fmt: skip
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = refused(run(*arguments), 2)
    assert result.stdout == ""
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("arguments", [
    ["--total", "soon"], ["--total", "0"], ["--total", "-5"], ["--total", "1.5"], ["--total", "٣"], ["--total",
        "9" * 5000],
    ["--steps-per-epoch", "0"], ["--base", "nan"], ["--base", "inf"], ["--total", ""],
])  # fmt: skip
def test_a_clock_that_means_nothing_exits_with_1(arguments: list[str], good: Path) -> None:
    result = refused(run("show", good, *arguments))
    assert result.stderr.startswith("error: ")
    assert len(result.stderr) < 2500


def test_validate_goes_through_all_documents(good: Path, tmp_path: Path) -> None:
    bad = written('{"kind": "linaer"}', "bad.json")(tmp_path)
    waiting = written(json.dumps(EPOCHS), "waiting.json")(tmp_path)
    result = refused(run("validate", good, bad, waiting))
    assert f"{good}: valid\n" in result.stdout
    assert f"{waiting}: valid (once the clock is known: " in result.stdout
    assert result.stderr.startswith(f"{bad}: kind: ")
    data = json.loads(run("validate", good, bad, waiting, "--json").stdout)
    assert data["valid"] is False
    assert [document["valid"] for document in data["documents"]] == [True, False, True]
    assert run("validate", good, waiting).exit_code == 0


def test_validate_uses_a_clock_it_is_given(tmp_path: Path) -> None:
    path = written(json.dumps(TOO_LONG))(tmp_path)
    assert run("validate", path).exit_code == 0
    assert "past the total of 20" in refused(run("validate", path, "--total", 20)).stderr


def test_progress_is_for_people_and_long_runs_only(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("validate", good, good).stderr == ""
    monkeypatch.setattr(validate, "_LONG", -1.0)
    assert run("validate", good, good).stderr == ""


def test_backends_are_listed_and_loaded_only_when_asked() -> None:
    plain, loaded = run("backends"), run("backends", "--json")
    assert "numpy" in plain.stdout
    assert "forms" not in plain.stdout
    assert "numpy" in [row["name"] for row in json.loads(loaded.stdout)["backends"]]


def test_a_backend_that_fails_to_load_is_a_warning_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise PluginError(Problem("plugin.broken", "", f"backend {name!r} failed to load", "Repair it."))

    monkeypatch.setattr(registry, "backend", broken)
    result = refused(run("backends", "--load"))
    assert "warning: backend 'numpy' failed to load. Repair it." in result.stderr
    assert "numpy" in result.stdout


def test_the_schema_is_a_json_schema_that_takes_the_documents() -> None:
    data = json.loads(run("schema").stdout)
    Draft202012Validator.check_schema(data)
    assert Draft202012Validator(data).is_valid(GOOD)
    assert not Draft202012Validator(data).is_valid({"schedules": {"learning_rate": {"kind": "linaer"}}})


def test_help_and_version_exit_with_0() -> None:
    for arguments in (["--help"], ["-h"], ["--version"], ["show", "-h"]):
        assert run(*arguments).exit_code == 0


COMMAND = "import sys; from unisched.cli import main; sys.argv[0] = 'unisched'; main()"


def spawn(
    *arguments: object, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL")}
    return subprocess.run([sys.executable, "-c", COMMAND, *map(str, arguments)], input=stdin, timeout=60,
                          capture_output=True, check=False, env={**kept, **(environment or {})})  # fmt: skip


@pytest.mark.parametrize("environment", [
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "utf-8"},
], ids=["C", "ascii", "latin-1", "utf-8"])  # fmt: skip
def test_any_terminal_gets_an_answer(environment: dict[str, str], tmp_path: Path) -> None:
    document = {**GOOD, "name": "größer", "description": "学習率", "groups": {"köpfe": {"learning_rate": 0.5}}}
    path = written(json.dumps(document, ensure_ascii=False))(tmp_path)
    result = spawn("show", path, "--at", 5, environment=environment)
    assert b"Traceback" not in result.stderr
    assert (result.returncode, b"step 5: learning_rate 0.05" in result.stdout) == (0, True)


def test_a_reader_that_goes_away_is_no_fault(good: Path) -> None:
    line = f'"{sys.executable}" -c "{COMMAND}" validate ' + f"{good.name} " * 5000 + "| head -n 1"
    result = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=60, check=False, cwd=good.parent)
    assert result.stdout == f"{good.name}: valid\n".encode()
    assert b"Traceback" not in result.stderr


def test_the_process_exits_with_the_code_of_the_command(good: Path) -> None:
    assert spawn("validate", good).returncode == 0
    assert spawn("show", good.parent / "none.json").returncode == 1
    assert spawn("show").returncode == 2
    assert spawn("show", "-", "--no-plot", stdin=json.dumps(GOOD).encode()).returncode == 0


@pytest.mark.parametrize("command", ["show", "explain", "lint", "plot", "replan", "validate"])
def test_a_closed_standard_input_is_wrong_usage(command: str) -> None:
    line = f'"{sys.executable}" -m unisched {command} - <&-'
    result = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=60, check=False)
    assert (result.returncode, b"standard input is closed. Name a file." in result.stderr) == (2, True)


def test_the_command_line_is_a_module_too(good: Path) -> None:
    both = [spawn("show", good), subprocess.run([sys.executable, "-m", "unisched", "show", good], timeout=60,
                                                input=b"", capture_output=True, check=False)]  # fmt: skip
    assert both[0].stdout == both[1].stdout != b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("arguments", [["schema"], ["--help"], ["--version"], ["backends"]], ids=" ".join)
def test_output_that_cannot_be_written_is_one_line_and_exit_code_1(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run([sys.executable, "-c", COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE,
                                timeout=60, check=False)  # fmt: skip
        silent = subprocess.run([sys.executable, "-c", COMMAND, *arguments], stdout=full, stderr=full,
                                timeout=60, check=False)  # fmt: skip
    assert result.returncode == silent.returncode == 1
    assert result.stderr.decode() == (
        "error: standard output: cannot be written (No space left on device). "
        "Write to a folder that exists, has room and is yours to write to.\n"
    )


def test_a_switch_that_says_neither_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(discovery.SWITCH, "maybe")
    assert refused(run("backends")).stderr.startswith("error: UNISCHED_PLUGINS is 'maybe', neither on nor off.")


SPOKEN = {
    "an option of the clock": (("show", "docs/examples/torch_step_lr.json"), "or pass --steps-per-epoch."),
    "an option with a word": (("replan", "docs/recipes/linear_to_zero.json", "--at", 100000, "--total", 200000),
                              "Give a tail, or --join jump."),
    "no option of this command": (("plot", "docs/examples/torch_step_lr.json", "--steps-per-epoch", 0),
                                  "steps_per_epoch: 0 is"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "told"), SPOKEN.values(), ids=SPOKEN)
def test_ways_out_are_told_in_the_words_of_the_command_line(
    arguments: tuple[Any, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    assert told in refused(run(*arguments)).stderr
    assert "=" not in refused(run(*arguments)).stderr


def test_the_file_that_cannot_be_read_as_a_document_is_named(tmp_path: Path) -> None:
    path = written('{"kind": ')(tmp_path)
    assert str(path) in refused(run("show", path)).stderr
