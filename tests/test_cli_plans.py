"""The commands that change and compare plans: what they print, where, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from invoking import invoked as run

import unisched
from unisched import compile, replan

COSINE = {"total": 1000, "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}}}
TAIL = '{"kind": "linear", "start": "current", "end": 0, "duration": 50}'


@pytest.fixture
def schedule(tmp_path: Path) -> Path:
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(COSINE))
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "run.state.json"
    path.write_text(compile(COSINE).start().at(550).to_json())
    return path


def test_replan_writes_the_document_and_tells_the_difference(schedule: Path) -> None:
    result = run("replan", schedule, "--at", 550, "--tail", TAIL)
    assert result.exit_code == 0
    assert unisched.load(result.stdout) == replan(COSINE, at=550, tail=json.loads(TAIL))
    assert result.stderr.startswith("total was 1000, is 600\nschedules.learning_rate was ")
    assert "learning_rate: differs in [551, 1000), by up to " in result.stderr


def test_replan_takes_a_state_and_its_step(state: Path) -> None:
    assert unisched.load(run("replan", state, "--tail", TAIL).stdout) == replan(COSINE, at=550, tail=json.loads(TAIL))
    text = run("replan", "-", "--tail", TAIL, input=state.read_text()).stdout
    assert unisched.load(text) == replan(COSINE, at=550, tail=json.loads(TAIL))


def test_replan_writes_to_a_file_that_can_be_replanned(schedule: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    assert run("replan", schedule, "--at", 550, "--total", "2000", "--output", new).stdout == ""
    assert unisched.load(new) == replan(COSINE, at=550, total=2000)
    assert run("replan", new, "--at", 700, "--total", "3000", "--join", "jump", "--output", new).exit_code == 0
    assert compile(new).total == 3000


REFUSED: dict[str, tuple[list[str], str, int]] = {
    "no step": (["--total", "2000"], "replan.at", 1),
    "nothing": (["--at", "5"], "replan.total", 1),
    "a total that is over": (["--at", "5", "--total", "5"], "replan.total", 1),
    "a tail that is no JSON": (["--at", "5", "--tail", "{"], "json.syntax", 1),
    "a tail that is a number": (["--at", "5", "--tail", "3"], "replan.tail", 1),
    "a join beside a tail": (["--at", "5", "--tail", TAIL, "--join", "jump"], "replan.join", 1),
}


@pytest.mark.parametrize(("arguments", "code", "exit_code"), REFUSED.values(), ids=REFUSED)
def test_replan_says_what_is_wrong(schedule: Path, arguments: list[str], code: str, exit_code: int) -> None:
    plain, as_json = run("replan", schedule, *arguments), run("replan", schedule, *arguments, "--json")
    assert (plain.exit_code, as_json.exit_code) == (exit_code, exit_code)
    assert plain.stdout == ""
    assert plain.stderr.startswith("error: ")
    assert json.loads(as_json.stdout)["problems"][0]["code"] == code


@pytest.mark.parametrize(
    "arguments", [["--at", "-1"], ["--at", "x"], ["--join", "smooth"], ["--nonsense"]], ids=" ".join
)
def test_wrong_usage_of_replan_exits_with_2(schedule: Path, arguments: list[str]) -> None:
    assert run("replan", schedule, *arguments).exit_code == 2


EPOCHS: dict[str, Any] = {"schedules": {"learning_rate": {"base": "optimizer", "curve": {"kind": "sequence", "parts": [
    {"kind": "linear", "start": 0, "end": 1, "duration": "2 epochs"},
    {"kind": "cosine", "end": {"absolute": 0.01}}]}}}}  # fmt: skip
EARLIER = ["--old-total", "20 epochs", "--steps-per-epoch", 10, "--base", 0.3]


def test_replan_takes_the_clock_and_the_base_that_the_document_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    path.write_text(json.dumps(EPOCHS))
    two_epochs = json.dumps({**json.loads(TAIL), "duration": "2 epochs"})
    old = compile(EPOCHS, total="20 epochs", steps_per_epoch=10, base=0.3)
    for asked, wanted in ((["--total", "40 epochs", "--join", "jump"], {"total": "40 epochs", "join": "jump"}),
                          (["--tail", two_epochs], {"tail": json.loads(two_epochs)})):  # fmt: skip
        result = run("replan", path, "--at", 100, *asked, *EARLIER)
        assert unisched.load(result.stdout) == replan(old, at=100, **wanted)
        assert "learning_rate: differs in [10" in result.stderr
    assert "Pass --base" in run("replan", path, "--at", 100, "--tail", TAIL, *EARLIER[:-2]).stderr
    assert "pass --steps-per-epoch" in run("replan", path, "--at", 100, "--tail", TAIL, "--old-total", 200).stderr


def test_replan_takes_what_a_state_does_not_know_and_refuses_what_it_knows_otherwise(state: Path) -> None:
    tail = json.dumps({**json.loads(TAIL), "duration": "2 epochs"})
    assert compile(unisched.load(run("replan", state, "--tail", tail, "--steps-per-epoch", 30).stdout)).total == 610
    epochs = state.with_name("epochs.state.json")
    epochs.write_text(compile(COSINE, steps_per_epoch=30).start().at(550).to_json())
    result = run("replan", epochs, "--tail", tail, "--steps-per-epoch", 31, "--json")
    assert [problem["code"] for problem in json.loads(result.stdout)["problems"]] == ["replan.known"]
    wrong = run("replan", state, "--tail", TAIL, "--old-total", 900)
    assert (wrong.exit_code, "Leave it out" in wrong.stderr) == (2, True)


def test_a_file_that_cannot_be_written_ends_in_one_line(schedule: Path, tmp_path: Path) -> None:
    result = run("replan", schedule, "--at", 5, "--total", "2000", "--output", tmp_path / "none" / "new.json")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"error: {tmp_path / 'none' / 'new.json'}: cannot be written (No such file or directory). "
        "Write to a folder that exists, has room and is yours to write to."
    )


def other(folder: Path, **changes: Any) -> Path:
    path = folder / "other.json"
    path.write_text(json.dumps({**COSINE, **changes}))
    return path


def test_diff_exits_as_the_tool_of_that_name(schedule: Path, tmp_path: Path) -> None:
    equal, unequal = run("diff", schedule, schedule), run("diff", schedule, other(tmp_path, total=500))
    assert (equal.exit_code, equal.stdout) == (0, "all values are equal\n")
    assert unequal.exit_code == 1
    assert unequal.stdout.splitlines()[0] == "total was 1000, is 500"
    wrong = run("diff", schedule, tmp_path / "none.json")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: ")
    assert run("diff", schedule).exit_code == 2


def test_diff_takes_states_standard_input_and_a_clock(schedule: Path, state: Path, tmp_path: Path) -> None:
    assert run("diff", schedule, state).exit_code == 0
    assert run("diff", "-", schedule, input=json.dumps(COSINE)).exit_code == 0
    assert run("diff", schedule, other(tmp_path, total=500), "--total", 700).stdout.splitlines()[0].startswith("total")
    curve = tmp_path / "curve.json"
    curve.write_text(json.dumps({"kind": "linear", "start": 1, "end": 0, "duration": "3 epochs"}))
    assert run("diff", curve, curve).exit_code == 2
    assert run("diff", curve, curve, "--steps-per-epoch", 7).exit_code == 0


def test_diff_as_json_is_one_object_for_machines(schedule: Path, tmp_path: Path) -> None:
    result = run("diff", schedule, other(tmp_path, total=500), "--json")
    data = json.loads(result.stdout)
    assert result.exit_code == 1
    assert data["fields"] == [{"path": "total", "change": "total was 1000, is 500", "old": 1000, "new": 500}]
    (row,) = data["values"]
    assert (row["target"], row["first"]) == ({"hyperparameter": "learning_rate", "group": None}, 101)
    assert (row["ranges"], row["relative_at"]) == ([[101, 1000]], 500)
    same = json.loads(run("diff", schedule, schedule, "--json").stdout)
    assert (same["same"], same["same_values"], same["fields"], same["values"]) == (True, True, [], [])
