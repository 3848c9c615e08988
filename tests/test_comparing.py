"""Recipes of different libraries are compared as curves: what is the same, what is off by one, and what is not."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner
from comparison_pairs import OPTAX, PAIRS, STEPS, Pair
from invoking import invoked as run

import unisched
from unisched import compile, diff
from unisched.cli import main
from unisched.difference.nearness import nearness
from unisched.difference.overlay import overlay
from unisched.difference.relations import Related
from unisched.drawing.scale import Scale
from unisched.errors import BindingError, StateError
from unisched.ir import Target

Document = dict[str, Any]

LINE: Document = {"kind": "linear", "start": 1, "end": 0}


def found(pair: Pair, **options: Any) -> unisched.difference.Difference:
    clock = {"total": STEPS, "base": pair.base}
    return diff(pair.old, pair.new, **{"only": ["learning_rate"], **clock, **options})


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_pair_of_recipes_is_told_for_what_it_is(pair: Pair) -> None:
    said = found(pair)
    assert said.likeness == pair.likeness
    assert said.same_values is (pair.likeness in ("equal", "past the end"))
    assert bool(said) is not said.same_values
    assert [fragment for fragment in pair.said if fragment not in str(said)] == []


@pytest.mark.parametrize("pair", [p for p in PAIRS.values() if p.likeness != "equal"],
                         ids=[name for name, p in PAIRS.items() if p.likeness != "equal"])  # fmt: skip
def test_where_a_pair_differs_and_how_one_comes_of_the_other(pair: Pair) -> None:
    (row,) = found(pair).rows
    if pair.ranges is not None:
        assert row.ranges == pair.ranges
    moved = [
        (each.later, each.factor, None if each.stop is None else (each.start, each.stop)) for each in row.relations
    ]
    assert moved == ([(pair.later, pair.factor, pair.moved)] if pair.later or pair.factor != 1.0 else [])


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_other_way_round_is_the_same_answer(pair: Pair) -> None:
    there, back = found(pair), diff(pair.new, pair.old, only=["learning_rate"], total=STEPS, base=pair.base)
    assert back.likeness == there.likeness
    for one, other in zip(there.rows, back.rows, strict=True):
        assert (one.ranges, one.largest, one.largest_at) == (other.ranges, other.largest, other.largest_at)
        assert (one.old, one.new) == (other.new, other.old)
        assert [each.later for each in one.relations] == [-each.later for each in other.relations]


def test_the_base_of_one_recipe_is_nothing_to_one_that_has_values() -> None:
    assert diff(OPTAX, OPTAX, base=7.0, total=STEPS).likeness == "equal"
    assert [compile(OPTAX, base=7.0, total=STEPS)(step) for step in (0, 50, 400)] == [
        compile(OPTAX, total=STEPS)(step) for step in (0, 50, 400)
    ]


TOLERATED: dict[str, tuple[str, dict[str, bool]]] = {
    "exponentials": ("exponentials of torch and optax", {"equal": False, "float32": True, "rounding": True}),
    "milestones": (
        "milestones of torch and boundaries of Keras", {"equal": False, "float32": False, "rounding": False},
    ),
    "past the end": ("cosines of torch and timm", {"equal": True, "float32": True, "rounding": True}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "same"), TOLERATED.values(), ids=TOLERATED)
def test_a_tolerance_decides_what_is_the_same(name: str, same: dict[str, bool]) -> None:
    assert {tolerance: not found(PAIRS[name], tolerance=tolerance) for tolerance in same} == same


def test_a_number_tolerates_that_part_of_the_largest_value() -> None:
    pair = PAIRS["another slope of the warm-up"]  # 0.001 apart at most, under a peak of 0.1
    assert found(pair, tolerance=0.009)
    within = found(pair, tolerance=0.011)
    assert not within
    assert (within.same_values, within.likeness, within.rows[0].beyond) == (True, "different", False)


def test_what_a_tolerance_leaves_is_what_is_shown() -> None:
    (row,) = found(PAIRS["another slope of the warm-up"], tolerance=0.005).rows
    assert row.ranges == ((0, 51),)
    assert row.notes == ("elsewhere within the tolerance",)


def test_what_is_lost_where_terms_cancel_is_rounding() -> None:
    table = {"kind": "piecewise", "interpolation": "previous", "every": 1, "values": [0.1, 0.05, 0.0]}
    said = diff(table, {**table, "values": [0.1, 0.05, 1e-17]}, values=True)
    assert str(said) == "learning_rate: equal but for rounding, by up to 1e-17 at step 2 (0 -> 1e-17)"
    assert [bool(diff(table, {**table, "values": [0.1, 0.05, 1e-17]}, values=True, tolerance=tolerance))
            for tolerance in ("equal", "float32", "rounding")] == [True, True, False]  # fmt: skip
    assert diff(table, {**table, "values": [0.1, 0.05, 1e-14]}, values=True).likeness == "different"


@pytest.mark.parametrize("tolerance", ["exact", "float64", -1e-9, 1.0, math.nan, True, None, "1e-3"], ids=repr)
def test_another_tolerance_is_refused(tolerance: Any) -> None:
    with pytest.raises(BindingError) as raised:
        diff(LINE, LINE, total=5, tolerance=tolerance)
    assert raised.value.code == "diff.tolerance"


@pytest.mark.parametrize("steps", [range(0), range(5, 3), range(0, 9, 2), range(-1, 3), (0, 5), 5], ids=repr)
def test_steps_are_compared_in_a_row(steps: Any) -> None:
    with pytest.raises(BindingError) as raised:
        diff(LINE, LINE, total=5, steps=steps)
    assert raised.value.code == "binding.steps"


def test_steps_may_be_fewer() -> None:
    pair = PAIRS["another slope of the warm-up"]
    assert not found(pair, steps=range(100, 1000))
    (row,) = found(pair, steps=range(90, 1000)).rows
    assert row.ranges == ((90, 100),)


def test_values_alone_leave_fields_out() -> None:
    named = {"total": 10, "name": "mine", "schedules": {"learning_rate": LINE}}
    assert diff(named, {**named, "name": "yours"})
    assert not diff(named, {**named, "name": "yours"}, values=True)


def test_only_one_hyperparameter_is_compared_where_that_is_asked() -> None:
    one = {"total": 10, "schedules": {"learning_rate": LINE, "weight_decay": 0.1}}
    other = {"total": 10, "schedules": {"learning_rate": LINE, "weight_decay": 0.2}}
    assert not diff(one, other, only=["learning_rate"])
    assert diff(one, other, only=["weight_decay"]).rows[0].target == Target("weight_decay")
    assert str(diff(one, other)).splitlines()[-1] == "learning_rate: every value is equal"
    with pytest.raises(BindingError):
        diff(one, other, only=["momentum"])


def test_the_end_of_one_is_told() -> None:
    curve = {"kind": "torch.CosineAnnealingLR", "T_max": 1000}
    short = {"total": 900, "after": "hold", "schedules": {"learning_rate": curve}}
    (row,) = diff(short, {**short, "total": 1000}, values=True, base=0.1).rows
    assert (row.first, row.same_until) == (901, 901)
    assert "the same up to step 901; old ends at step 900" in row.notes
    assert "old stays at 0.00244717 from step 900 on, new at 0 from 1000 on" not in row.notes


def test_a_curve_that_stays_earlier_is_told() -> None:
    (row,) = diff({**LINE, "duration": 900}, {**LINE, "duration": 1000}, values=True).rows
    assert row.notes == ("old stays at 0 from step 900 on, new at 0 from 1000 on",)


def test_a_relation_is_told_phase_by_phase() -> None:
    pair = PAIRS["a warm-up of torch that begins above 0, and one of transformers"]
    (row,) = diff(pair.old, OPTAX, values=True, total=STEPS).rows
    assert [str(each) for each in row.relations] == [
        "in [0, 100) new is old one step later, times 0.1",
        "in [100, 1000) new is old times 0.1",
    ]


def test_a_function_is_compared_as_far_as_it_has_values() -> None:
    one, other = (lambda step: [1.0, 2.0, 3.0, 3.0][step]), (lambda step: [1.0, 2.0, 4.0, 3.0][step])
    clocks: list[dict[str, Any]] = [{"total": 3}, {}]
    for clock in clocks:
        (row,) = diff(one, other, values=True, **clock).rows
        assert (row.ranges, row.old, row.new) == (((2, 3),), 3.0, 4.0)


def test_a_growth_without_an_end_is_compared_as_far_as_the_floats_go() -> None:
    grows = {"kind": "exponential", "start": 1, "rate": 2.0}
    (row,) = diff(grows, {**grows, "start": 2}, values=True).rows
    assert [(each.later, each.factor) for each in row.relations] == [(-1, 1.0)]


def test_what_differs_past_the_end_alone_does_not_count() -> None:
    decay = {"total": 100, "schedules": {"learning_rate": {"kind": "exponential", "start": 1, "rate": 0.5}}}
    said = diff(decay, {**decay, "after": "hold"}, values=True)
    assert (said.likeness, said.rows[0].first, bool(said)) == ("past the end", 101, False)
    assert diff(decay, {**decay, "after": "hold"})


def test_one_step_is_told_in_a_run_of_any_length() -> None:
    was = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [50_000_000, 2]]}
    (row,) = diff(was, {**was, "points": [[0, 1], [50_000_001, 2]]}, total=10**8).rows
    assert [str(each) for each in row.relations] == ["new is old one step later"]


def test_one_step_is_told_from_a_factor_and_from_nothing() -> None:
    def curve(k: Any) -> Any:
        return np.cos(k / 300.0) + 2.0

    cases = {
        (3, 1.0): lambda k: curve(k - 3),
        (-1, 0.5): lambda k: curve(k + 1) * 0.5,
        (0, 3.0): lambda k: curve(k) * 3,
    }
    for (later, factor), now in cases.items():
        told = Related(curve, now).relation(0, 500)
        assert told is not None
        assert (told.later, told.factor) == (later, factor)
    assert Related(curve, lambda k: curve(k) + 0.1).relation(0, 500) is None
    assert Related(curve, lambda k: curve(k + 0.5)).relation(0, 500) is None
    assert Related(curve, lambda k: np.where(k == 77, 0.0, curve(k - 1))).relation(0, 500) is None


def test_phases_that_are_alike_by_chance_are_not_told() -> None:
    def ramps(peak: float, warmup: int) -> Document:
        parts = [{"kind": "linear", "start": 0, "end": peak, "duration": warmup},
                 {"kind": "linear", "end": peak / 3, "duration": 400}, {"kind": "cosine", "end": 0}]  # fmt: skip
        return {"kind": "sequence", "parts": parts}

    (row,) = diff(ramps(0.1, 100), ramps(0.3, 150), values=True, total=1000).rows
    assert row.relations == ()


def test_nearness_is_that_of_the_farthest_step() -> None:
    ones = np.ones(3)
    for by, likeness in ((0.0, "equal"), (2.0**-52, "float32"), (1e-3, "different")):
        assert nearness(ones, ones + np.array([0.0, by, 0.0]), 1.0).likeness == likeness
    assert nearness(np.array([1.0, 0.0]), np.array([1.0, 1e-16]), 1.0).likeness == "rounding"
    assert nearness(np.array([1.0, 0.0]), np.array([1.0, 1e-16]), 1e-10).likeness == "different"
    assert nearness(np.array([1e-40]), np.array([2e-40]), 1e-40).likeness == "float32"


def test_a_state_is_compared_in_python_too() -> None:
    spec = {"total": 100, "schedules": {"learning_rate": {"base": "optimizer", "curve": LINE}}}
    state = compile(spec).start().at(30)
    assert not diff(state, spec)
    assert not diff(state.to_json(), json.loads(state.to_json()))
    based = unisched.build(spec, "numpy", form="scheduler", base=0.1).state()
    assert diff(based, compile(spec), values=True).rows[0].relations[0].factor == 10.0
    assert not diff(based, compile(spec, base=0.1), values=True)
    with pytest.raises(BindingError):
        diff(state, spec, total=5)
    with pytest.raises(StateError):
        diff(state.to_json().replace('"step": 30', '"step": 31'), spec)


def test_data_for_machines_is_complete() -> None:
    data = found(PAIRS["milestones of torch and boundaries of Keras"]).to_data()
    json.dumps(data, allow_nan=False)
    assert {name: data[name] for name in ("same", "same_values", "likeness", "tolerance", "fields", "equal")} == {
        "same": False, "same_values": False, "likeness": "different", "tolerance": "equal", "fields": [], "equal": [],
    }  # fmt: skip
    (row,) = data["values"]
    assert set(row) == {
        "target", "likeness", "beyond", "ranges", "first", "largest", "largest_at", "old", "new", "relative",
        "relative_at", "ulp", "relations", "same_until", "remark", "notes",
    }  # fmt: skip
    assert row["relations"] == [{"later": 1, "factor": 1.0, "start": 0, "stop": None}]
    assert row["target"] == {"hyperparameter": "learning_rate", "group": None}
    assert (row["largest_at"], row["first"], row["beyond"]) == (300, 300, True)
    (gone,) = diff({**LINE, "duration": 5}, LINE, total=5).to_data()["fields"]
    assert gone == {
        "path": "schedules.learning_rate.duration",
        "change": "schedules.learning_rate.duration was 5, is absent",
        "old": 5,
    }  # fmt: skip


def test_an_overlay_has_both_curves_and_what_is_between_them() -> None:
    old, new = compile(LINE, total=100), compile({**LINE, "end": 0.5}, total=100)
    chart = overlay(old, new, ("a", "b"))
    assert [(panel.title, [line.label for line in panel.lines]) for panel in chart.panels] == [
        ("learning_rate", ["a", "b"]),
        ("learning_rate, new − old", ["b − a"]),
    ]
    between = chart.panels[1].lines[0]
    assert between.values.tolist() == [new(step) - old(step) for step in between.steps.tolist()]


def test_rounding_is_not_blown_up_to_the_height_of_a_panel_and_a_difference_is() -> None:
    def between(factor: float) -> tuple[str, float]:
        old, new = (compile({**LINE, "start": start}, total=100) for start in (0.3, 0.3 * factor))
        panel = overlay(old, new).panels[1]
        return panel.remark, Scale.of(panel).high

    assert between(1 + 2**-52) == ("rounding only", pytest.approx(0.3e-3, rel=0.1))
    assert between(1 + 1e-9)[0] == ""
    assert between(1 + 1e-9)[1] < 1e-9


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    pair = PAIRS["a warm-up of torch that begins above 0, and one of transformers"]
    paths = tmp_path / "torch.json", tmp_path / "hf.json"
    for path, document in zip(paths, (pair.old, pair.new), strict=True):
        path.write_text(json.dumps(document))
    return paths


def test_the_command_compares_values_alone_under_one_clock(files: tuple[Path, Path]) -> None:
    result = run("diff", *files, "--values", "--base", 0.1, "--total", 1000)
    assert result.exit_code == 1
    verdict, relation_said = result.stdout.splitlines()
    assert verdict.startswith("learning_rate: differs in [0, 100), by up to 0.001 at step 57 (0.058 -> 0.057), 100% of")
    assert relation_said == "  in [0, 100) new is old one step later"
    assert run("diff", *files, "--values", "--base", 0.1, "--total", 1000, "--tolerance", 0.02).exit_code == 0
    assert run("diff", *files, "--values", "--base", 0.1, "--total", 1000, "--steps", "100:1000").exit_code == 0
    assert run("diff", *files, "--only", "learning_rate", "--base", 0.1, "--total", 1000).exit_code == 1


def test_the_new_one_may_have_a_clock_of_its_own(files: tuple[Path, Path], tmp_path: Path) -> None:
    epochs = tmp_path / "epochs.json"
    epochs.write_text(json.dumps({**LINE, "duration": "10 epochs"}))
    steps = tmp_path / "steps.json"
    steps.write_text(json.dumps({**LINE, "duration": 200}))
    assert run("diff", epochs, steps, "--values", "--steps-per-epoch", 20).exit_code == 0
    assert run("diff", epochs, epochs, "--values", "--steps-per-epoch", 20, "--new-steps-per-epoch", 40).exit_code == 1
    twice = run("diff", files[0], files[0], "--values", "--total", 1000, "--base", 0.1, "--new-base", 0.2)
    assert "new is old times 2.0" in twice.stdout


def test_the_command_draws_both_into_a_file(files: tuple[Path, Path], tmp_path: Path) -> None:
    for suffix, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("html", b"<!DOCTYPE html>")):
        picture = tmp_path / f"overlay.{suffix}"
        result = run("diff", *files, "--values", "--base", 0.1, "--total", 1000, "--output", picture)
        assert result.exit_code == 1
        assert picture.read_bytes().lower().startswith(start.lower())
    assert run("diff", *files, "--total", 1000, "--output", tmp_path / "overlay.txt").exit_code == 2


def test_the_command_draws_both_in_the_terminal(files: tuple[Path, Path]) -> None:
    result = run("diff", *files, "--values", "--base", 0.1, "--total", 1000, "--plot")
    assert "learning_rate: torch.json\n" in result.stdout
    assert "learning_rate, new − old: hf.json − torch.json\n" in result.stdout


def test_a_terminal_that_cannot_show_a_plot_is_told_and_gets_the_answer(files: tuple[Path, Path]) -> None:
    arguments = ["diff", *map(str, files), "--values", "--total", "1000", "--plot"]
    result = CliRunner(charset="ascii").invoke(main, arguments)
    assert result.exit_code == 1
    assert result.stdout.startswith("learning_rate: differs in ")
    assert result.stderr.startswith("no plot: a terminal of encoding ascii cannot show it. Set PYTHONIOENCODING")


def test_colours_are_for_terminals_and_change_no_word(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    plain, coloured = run("diff", *files, "--total", 1000), run("diff", *files, "--total", 1000, color=True)
    assert "\x1b" not in plain.stdout
    assert "\x1b[31m" in coloured.stdout
    assert "\x1b[32m" in coloured.stdout
    assert click.unstyle(coloured.stdout) == plain.stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("diff", *files, "--total", 1000, color=True).stdout


USAGE: dict[str, list[str]] = {
    "no range": ["--steps", "5"],
    "an empty range": ["--steps", "5:5"],
    "a tolerance that is no word": ["--tolerance", "loose"],
    "a hyperparameter that is not there": ["--only", "momentum"],
    "a base that is no number": ["--new-base", "x"],
    "a plot for machines": ["--plot", "--json"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_what_the_command_cannot_do_exits_with_2(files: tuple[Path, Path], arguments: list[str]) -> None:
    result = run("diff", *files, "--total", 1000, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_documents_are_left_as_they_were() -> None:
    for pair in PAIRS.values():
        before = copy.deepcopy((pair.old, pair.new))
        found(pair)
        assert (pair.old, pair.new) == before


def test_the_command_says_why_what_looks_the_same_is_different(tmp_path: Path) -> None:
    documents = {
        "line": {"kind": "linear", "start": 1, "end": 0, "duration": 4},
        "same": {"kind": "polynomial", "start": 1, "end": 0, "duration": 4, "power": 1},
        "near": {"kind": "linear", "start": 1 + 2**-50, "end": 0, "duration": 4},
    }
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")

    def ended(new: str, *options: str) -> tuple[int, str]:
        found = CliRunner().invoke(main, ["diff", str(tmp_path / "line.json"), str(tmp_path / f"{new}.json"), *options])
        return found.exit_code, found.stdout.splitlines()[-1]

    fields = (1, "different, as the documents' fields differ: --values compares values alone")
    rounded = (1, "different, as float64 differs: --tolerance float32 takes these for the same")
    assert (ended("same"), ended("near", "--values")) == (fields, rounded)
    assert (ended("same", "--values"), ended("line")) == ((0, "all values are equal"),) * 2
    assert ended("near", "--values", "--tolerance", "float32")[0] == 0
