"""What `show` and `explain` tell of a state: where the run stands, what holds there, what it remembers."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from invoking import invoked as run

import unisched
from unisched import State, adopt, compile, replan

STALL = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
SPEC: dict[str, Any] = {"total": 600, "steps_per_epoch": 50, "schedules": {
    "learning_rate": {"base": "optimizer", "curve": {"kind": "product", "curves": [
        {"kind": "warmup_cosine", "peak": 1, "warmup": 100}, STALL]}},
    "momentum": {"kind": "repeat", "period": 50, "curve": {"kind": "linear", "start": 0.8, "end": 0.9}}}}  # fmt: skip
PLACE = "schedules.learning_rate.curve.curves[1]"


def state_at(step: int, **fields: Any) -> State:
    """The state of a run that has dropped once."""
    scheduler = unisched.build(SPEC, form="scheduler", base=0.3)
    for k in range(step):
        if k in (10, 20):
            scheduler.observe(1.0)
        scheduler.step()
    state: State = scheduler.state()
    return dataclasses.replace(state, **fields)


def saved(folder: Path, state: State) -> Path:
    path = folder / "run.state.json"
    path.write_text(state.to_json())
    return path


def told(folder: Path, state: State) -> list[str]:
    """The lines that show tells first, which are those of explain too."""
    shown = run("show", saved(folder, state), "--no-plot").stdout.splitlines()
    explained = run("explain", saved(folder, state)).stdout.splitlines()
    told = shown[1 : shown.index("")]
    assert explained[: len(told)] == told
    return told


def test_the_step_the_values_and_what_the_run_remembers_are_told(tmp_path: Path) -> None:
    state = state_at(150, births={"late.0": 70}, carry=7, driven_by="tokens")
    rate = compile(SPEC, base=0.3).function("learning_rate", factors=[0.5])(150)
    assert told(tmp_path, state) == [
        "stands at step 150 of 600, epoch 3",
        f"  learning_rate {rate!r}",
        f"  momentum {compile(SPEC).function('momentum')(150)!r}",
        "  base of learning_rate 0.3",
        f"  {PLACE}: factor 0.5, best 1.0, bad 0, cooldown 0, drops 1, seen 2",
        "  group 'late.0' since step 70",
        "  7 tokens are carried",
    ]


@pytest.mark.parametrize("command", ["show", "explain"])
def test_machines_are_told_the_same(command: str, tmp_path: Path) -> None:
    found = json.loads(run(command, saved(tmp_path, state_at(150)), "--json").stdout)["run"]
    assert (found["step"], found["total"], found["base"], found["carry"]) == (150, 600, {"learning_rate": 0.3}, 0)
    assert [(watcher["place"], watcher["factor"], watcher["memory"]["drops"]) for watcher in found["feedback"]] == [
        (PLACE, 0.5, 1)
    ]


def test_a_document_stands_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(SPEC))
    for command in ("show", "explain"):
        assert "run" not in json.loads(run(command, path, "--json").stdout)
        assert "stands at" not in run(command, path).stdout


def test_the_phases_of_the_step_are_marked_and_no_line_of_a_cycle(tmp_path: Path) -> None:
    two = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [7, 0.5]]}
    cycles = {"total": 200, "schedules": {"learning_rate": {"kind": "sequence", "parts": [
        {"kind": "repeat", "period": 20, "curve": {"kind": "sequence", "parts": [
            {"kind": "linear", "start": 0, "end": 1, "duration": 10}, {"kind": "cosine", "end": 0}]}, "duration": 100},
        {"kind": "product", "curves": [two, two]}]}}}  # fmt: skip
    held = {0: ["[0, 100)", "[0, 107)"], 15: ["[0, 100)", "[0, 107)"], 105: ["[100, 107)", "[0, 107)"],
            150: ["[107, ...)", "[107, ...)"]}  # fmt: skip
    for step, ranges in held.items():
        lines = run("show", saved(tmp_path, compile(cycles).start().at(step)), "--no-plot").stdout.splitlines()
        marked = [line for line in lines if line.endswith(f"  <- step {step}")]
        assert [line[line.index("[") : line.index(")") + 1] for line in marked] == ranges


def test_what_only_the_optimizer_could_tell_is_not_guessed(tmp_path: Path) -> None:
    assert told(tmp_path, compile(SPEC).start().at(150))[1] == "  learning_rate is not known here"
    curve = {"kind": "torch.ReduceLROnPlateau", "min_lr": 0.1, "patience": 0}
    bounded = compile({"total": 9, "schedules": {"learning_rate": curve}})
    observed = bounded.start().observe(bounded, 1.0, [0.3]).observe(bounded, 1.0, [0.3])
    assert "a factor that only the base tells, best 1.0, " in told(tmp_path, observed)[-1]


def test_a_run_at_its_end_says_so(tmp_path: Path) -> None:
    ended = {**SPEC, "after": "error"}
    lines = told(tmp_path, compile(ended, base=0.3).start().at(600))
    assert lines[:2] == ["stands at step 600 of 600, epoch 12, at its end", "  learning_rate is not known here"]


def test_a_state_that_was_taken_over_tells_the_memory_at_its_new_place(tmp_path: Path) -> None:
    state = state_at(150)
    taken = adopt(state, replan(state, total=900))
    assert "curve.parts[1].curves[1].curve.curves[1]: factor 0.5, " in told(tmp_path, taken)[-1]


@pytest.mark.parametrize("command", ["show", "explain"])
def test_a_damaged_state_is_refused(command: str, tmp_path: Path) -> None:
    path = saved(tmp_path, state_at(150))
    path.write_text(path.read_text().replace('"step": 150', '"step": 151'))
    result = run(command, path)
    assert (result.exit_code, "does not fit the content" in result.stderr) == (1, True)
