"""What differs between two schedules: fields by path, values by range and size, nothing where nothing does."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest

import unisched
from unisched import compile, diff, replan
from unisched.changes import ABSENT, changes
from unisched.errors import BindingError
from unisched.ir import Target

Document = dict[str, Any]

LINE: Document = {"total": 100, "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}}}
RECIPES = sorted((Path(__file__).parents[1] / "docs" / "recipes").glob("*.json"))


def changed(*path: Any, to: Any, of: Document = LINE) -> Document:
    """A copy of a document with another value at a path."""
    document = copy.deepcopy(of)
    inner = document
    for key in path[:-1]:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else inner[key]
    inner[path[-1]] = to
    return document


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_schedule_differs_in_nothing_from_itself(path: Path) -> None:
    found = diff(path, unisched.load(path))
    assert (bool(found), found.fields, found.rows, str(found)) == (False, (), (), "all values are equal")


FIELDS: dict[str, tuple[Any, Any, list[str]]] = {
    "a number": ({"a": 1}, {"a": 2}, ["a was 1, is 2"]),
    "one that is new": ({}, {"a": 2}, ["a was absent, is 2"]),
    "one that is gone": ({"a": None}, {}, ["a was null, is absent"]),
    "inside a list": ({"a": [1, [2, 3]]}, {"a": [1, [2, 4]]}, ["a[1][1] was 3, is 4"]),
    "a longer list": ([1], [1, 2], ["[1] was absent, is 2"]),
    "a name that needs quotes": ({"no decay": 1}, {"no decay": 2}, ['["no decay"] was 1, is 2']),
    "another kind is one change": (
        {"c": {"kind": "linear", "start": 1}}, {"c": {"kind": "cosine", "start": 2}},
        ['c was {"kind": "linear", "start": 1}, is {"kind": "cosine", "start": 2}'],
    ),
    "an object for a number": ({"a": 1}, {"a": {"b": 1}}, ['a was 1, is {"b": 1}']),
    "true for 1": ({"a": 1}, {"a": True}, ["a was 1, is true"]),
    "nothing": ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, []),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), FIELDS.values(), ids=FIELDS)
def test_fields_are_named_by_their_path(old: Any, new: Any, said: list[str]) -> None:
    assert [str(change) for change in changes(old, new)] == said


def test_what_is_absent_is_told_from_null() -> None:
    assert [change.old for change in changes({}, {"a": None})] == [ABSENT]
    assert repr(ABSENT) == "absent"


def test_ranges_first_step_and_largest_differences_are_those_of_the_values() -> None:
    old, new = compile(LINE), compile(changed("schedules", "learning_rate", "end", to=0.5))
    (row,) = diff(old, new).rows
    apart = {step: abs(old(step) - new(step)) for step in range(200)}
    assert row.target == Target("learning_rate")
    assert (row.first, row.ranges) == (1, ((1, None),))
    assert (row.largest, row.largest_at) == (max(apart.values()), 100)
    assert (row.relative, row.relative_at) == (math.inf, 100)
    assert str(row) == "learning_rate: differs in [1, ...), by up to 0.5 at step 100 (0 -> 0.5), from 0 at step 100"


def test_the_relative_difference_has_a_step_of_its_own() -> None:
    old = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [10, 8], [20, 2]]}
    new = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1.5], [10, 9], [20, 2]]}
    (row,) = diff(old, new).rows
    assert row.ranges == ((0, 20),)
    assert (row.largest, row.largest_at, row.relative, row.relative_at) == (1.0, 10, 0.5, 0)
    assert "50% of the old value at step 0" in str(row)


def test_every_range_is_named() -> None:
    values = [0.5] * 60
    for step in (3, 10, 11, 12, 40):
        values[step] = 0.75
    was = {"kind": "piecewise", "interpolation": "previous", "values": [0.5] * 60, "every": 1}
    (row,) = diff(was, {**was, "values": values}).rows
    assert row.ranges == ((3, 4), (10, 13), (40, 41))


def test_many_ranges_are_counted() -> None:
    was = {"kind": "piecewise", "interpolation": "previous", "values": [0.5] * 60, "every": 1}
    (row,) = diff(was, {**was, "values": [0.5, 0.75] * 30}).rows
    assert len(row.ranges) == 30
    assert "[15, 16) and 22 more, by" in str(row)


def test_a_difference_past_the_end_of_both_is_open() -> None:
    (row,) = diff(LINE, changed("total", to=200)).rows
    assert row.ranges == ((1, 200),)
    endless = {"kind": "exponential", "start": 1, "rate": 0.9}
    (row,) = diff(endless, {**endless, "rate": 0.91}).rows
    assert row.ranges == ((1, None),)


def test_a_long_run_is_looked_at_on_both_sides_of_every_boundary() -> None:
    was = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [50_000_000, 2]]}
    (row,) = diff(was, {**was, "points": [[0, 1], [50_000_001, 2]]}, total=10**8).rows
    assert row.ranges == ((50_000_000, 50_000_001),)


def test_values_that_are_equal_are_no_difference_however_they_are_written() -> None:
    halves = {"kind": "sequence", "parts": [
        {"kind": "window", "curve": LINE["schedules"]["learning_rate"], "length": 100, "duration": 40},
        {"kind": "window", "curve": LINE["schedules"]["learning_rate"], "length": 100, "offset": 40}]}  # fmt: skip
    found = diff(LINE, changed("schedules", "learning_rate", to=halves))
    assert found.rows == ()
    assert [change.path for change in found.fields] == ["schedules.learning_rate"]
    assert found


def test_a_name_is_a_field_and_no_value() -> None:
    found = diff(LINE, {**LINE, "name": "mine"})
    assert str(found) == 'name was absent, is "mine"\nall values are equal'


def test_another_clock_is_told_where_documents_agree() -> None:
    spec = LINE["schedules"]["learning_rate"]
    found = diff(compile(spec, total=100), compile(spec, total=50))
    assert [str(change) for change in found.fields] == ["clock.total was 100, is 50"]


def test_targets_that_come_and_go_are_named() -> None:
    grouped = {**LINE, "groups": {"head": {"learning_rate": {"scale": 2}}}}
    assert [str(row) for row in diff(LINE, grouped).rows] == ["learning_rate, group 'head': was not scheduled"]
    assert [str(row) for row in diff(grouped, LINE).rows] == ["learning_rate, group 'head': is no longer scheduled"]


def test_a_scale_is_part_of_the_value() -> None:
    doubled, tripled = ({**LINE, "groups": {"head": {"learning_rate": {"scale": by}}}} for by in (2, 3))
    (row,) = diff(doubled, tripled).rows
    assert (row.target, row.largest, row.largest_at) == (Target("learning_rate", "head"), 1.0, 0)


def test_a_group_that_counts_from_elsewhere_is_told() -> None:
    curve = {"kind": "linear", "start": 1, "end": 0}
    born, common = (
        {**LINE, "groups": {"late": {"learning_rate": {"from": origin, "curve": curve}}}}
        for origin in ("birth", "start")
    )
    (row,) = diff(common, born).rows
    assert (
        str(row) == "learning_rate, group 'late': counted from the start of the run, counts from the birth of its group"
    )


def test_what_a_metric_decides_is_compared_by_what_it_is_made_of() -> None:
    plateau = {"kind": "plateau", "monitor": "loss", "factor": 0.5}
    spec = {"total": 1000, "schedules": {"learning_rate": {"kind": "product", "curves": [0.1, plateau]}}}
    assert not diff(spec, copy.deepcopy(spec))
    other = changed("schedules", "learning_rate", "curves", 1, "factor", to=0.1, of=spec)
    (row,) = diff(spec, other).rows
    assert str(row) == "learning_rate: a metric decides, and it is made otherwise; differs in [0, ...)"
    later = replan(spec, at=400, tail={"kind": "linear", "start": "current", "end": 0, "duration": 50})
    assert diff(spec, later).rows[0].first == 400


def test_a_factor_is_compared_for_a_value_of_1_or_the_one_given() -> None:
    old = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0, "duration": 10}}
    new = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0.5, "duration": 10}}
    assert diff(old, new).rows[0].largest == 0.5
    assert diff(old, new, base=0.1).rows[0].largest == pytest.approx(0.05)


def test_a_run_that_is_cooled_down_differs_from_the_step_after_on() -> None:
    spec = replan(LINE, at=50, tail={"kind": "linear", "start": "current", "end": 0, "duration": 10})
    (row,) = diff(LINE, spec).rows
    assert row.ranges == ((51, 100),)


def test_the_clock_is_for_documents_only() -> None:
    with pytest.raises(BindingError):
        diff(compile(LINE), LINE, total=5)


def test_functions_are_told_apart() -> None:
    one, other = (lambda step: 1.0), (lambda step: 1.0 + step)
    assert not diff(one, one, total=10)
    assert diff(one, other, total=10).rows[0].first == 1


def test_a_value_pair_that_prints_alike_is_not_printed() -> None:
    old, new = ({"kind": "constant", "value": value} for value in (0.1, 0.1000000001))
    (row,) = diff(old, new).rows
    assert "->" not in str(row)
    (row,) = diff(old, {"kind": "constant", "value": 0.2}).rows
    assert "(0.1 -> 0.2)" in str(row)


def test_long_entries_of_two_dialects_are_told_by_their_kinds_and_kept_in_the_data() -> None:
    points = [[step, 0.1 + step] for step in range(40)]
    old = {"kind": "piecewise", "points": points, "interpolation": "linear"}
    new = {"kind": "optax.warmup_cosine_decay_schedule", "init_value": 0.0, "peak_value": 0.1, "warmup_steps": 10,
           "decay_steps": 60}  # fmt: skip
    found = diff(old, new)
    (line,) = [line for line in str(found).splitlines() if line.startswith("schedules.")]
    assert line == 'schedules.learning_rate.kind was "piecewise", is "optax.warmup_cosine_decay_schedule"'
    assert found.to_data()["fields"][0]["old"]["points"] == points
    short = str(diff({"kind": "constant", "value": 0.1}, {"kind": "linear", "start": 1, "end": 0, "duration": 4}))
    assert 'is {"kind": "linear", ' in short
