"""A chart holds what is drawn: panels by hyperparameter, lines by group, phases with names, axes that clocks know."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from unisched import compile
from unisched.drawing import Chart, overlaid
from unisched.errors import BindingError, SpecError, UnischedError

Document = dict[str, Any]

PROGRAM = compile({
    "total": 100, "steps_per_epoch": 20, "samples_per_step": 32,
    "schedules": {"learning_rate": {"kind": "wsd", "peak": 1, "warmup": 10, "decay": 20},
                  "weight_decay": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}},
    "groups": {"head": {"learning_rate": {"scale": 0.5}}},
})  # fmt: skip


def labels(chart: Chart) -> list[list[str]]:
    return [[line.label for line in panel.lines] for panel in chart.panels]


def test_each_hyperparameter_has_a_panel_and_each_group_a_line() -> None:
    chart = PROGRAM.chart()
    assert [panel.title for panel in chart.panels] == ["learning_rate", "weight_decay"]
    assert labels(chart) == [["other groups", "head"], ["weight_decay"]]


def test_lines_hold_the_values_of_the_program_at_their_steps() -> None:
    rest, head = PROGRAM.chart().panels[0].lines
    assert rest.steps.tolist() == list(range(101))
    assert rest.values.tolist() == PROGRAM(rest.steps).tolist()
    assert head.values.tolist() == PROGRAM(head.steps, group="head").tolist()


def test_what_stands_for_a_base_of_1_says_so() -> None:
    panel = PROGRAM.chart().panels[1]
    assert panel.label == "weight_decay (for a base of 1)"
    assert panel.lines[0].values[0] == 1.0


def test_with_a_base_nothing_has_to_be_said() -> None:
    program = compile({"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}, total=10, base=0.3)
    assert program.chart().panels[0].label == "learning_rate"
    assert next(program.chart().lines).values[0] == 0.3


def test_what_a_metric_moves_is_drawn_as_if_none_were_observed_and_says_so_until_one_is() -> None:
    program = compile({"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}, total=6)
    assert program.chart().panels[0].label == "learning_rate (no metric observed)"
    assert next(program.chart().lines).values.tolist() == [1.0] * 7
    fed = program.observed({2: 0.3, 4: 0.4})
    assert fed.chart().panels[0].label == "learning_rate"
    assert next(fed.chart().lines).values.tolist() == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(("document", "expected"), [
    ({"kind": "constant", "value": 1}, [(0, "constant")]),
    ({"kind": "warmup_cosine", "peak": 1, "warmup": 10}, [(0, "linear"), (10, "cosine")]),
    ({"kind": "wsd", "peak": 1, "warmup": 10, "decay": 20}, [(0, "linear"), (10, "holds"), (80, "linear, warp 0.5")]),
    ({"kind": "exponential", "start": 1, "rate": 0.5, "every": 30, "staircase": True}, [(0, "exponential stairs")]),
    ({"kind": "sgdr", "peak": 1, "period": 10}, [(0, "cosine cycles")]),
    ({"kind": "triangular", "start": 0, "peak": 1, "period": 20}, [(0, "cycles")]),
    ({"kind": "inverse_sqrt", "peak": 1, "warmup": 10}, [(0, "linear"), (10, "power decay")]),
    ({"kind": "formula", "expression": "1 / (1 + step)"}, [(0, "formula")]),
    ({"kind": "product", "curves": [{"kind": "cosine", "start": 1, "end": 0},
                                    {"kind": "noise", "std": 0.1, "seed": 1}]}, [(0, "cosine × noise")]),
])  # fmt: skip
def test_phases_are_marked_where_they_begin_with_a_word_or_two(document: Document, expected: list[Any]) -> None:
    (line,) = compile(document, total=100).chart().lines
    assert [(mark.step, mark.label) for mark in line.marks] == expected


def test_a_part_of_a_run_is_marked_with_the_phase_it_begins_in() -> None:
    (line,) = compile({"kind": "warmup_cosine", "peak": 1, "warmup": 10}, total=100).chart(start=50, stop=60).lines
    assert [(mark.step, mark.label) for mark in line.marks] == [(50, "cosine")]


def test_an_axis_counts_what_the_clock_knows() -> None:
    chart = PROGRAM.chart("epoch")
    assert chart.units == ("step", "epoch", "sample")
    assert next(chart.lines).positions("epoch")[-1] == 5.0
    assert next(chart.by("sample").lines).positions("sample")[-1] == 3200.0


def test_tokens_under_a_batch_ramp_are_those_that_were_taken() -> None:
    ramp = {"kind": "piecewise", "points": [[0, 4], [10, 8]], "interpolation": "previous"}
    program = compile({"total": 20, "tokens_per_step": "batch", "schedules": {"learning_rate": 0.1, "batch": ramp}})
    places = next(program.chart("token").lines).positions("token")
    assert places[[0, 1, 10, 11, 20]].tolist() == [0.0, 4.0, 40.0, 48.0, 120.0]


FAULTS: dict[str, tuple[type[UnischedError], str, Any]] = {
    "what the clock does not know": (SpecError, "units.missing", lambda: PROGRAM.chart("token")),
    "what is no unit": (BindingError, "unit.unknown", lambda: PROGRAM.chart("hour")),
    "an empty range": (BindingError, "range.empty", lambda: PROGRAM.chart(start=50, stop=50)),
    "a range that runs back": (BindingError, "range.empty", lambda: PROGRAM.chart(start="2 epochs", stop=10)),
    "no duration": (SpecError, "duration.unit", lambda: PROGRAM.chart(start="2 parsecs")),
    "two units at once": (BindingError, "chart.units",
                          lambda: overlaid({"a": PROGRAM.chart(), "b": PROGRAM.chart("epoch")})),
    "no chart": (BindingError, "chart.units", lambda: overlaid({})),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_drawn_is_refused_by_name(name: str) -> None:
    kind, code, draw = FAULTS[name]
    with pytest.raises(kind) as caught:
        draw()
    assert caught.value.code == code


def test_a_range_may_be_given_as_durations() -> None:
    line = next(PROGRAM.chart(start="1 epoch", stop="50%").lines)
    assert (line.steps[0], line.steps[-1]) == (20, 50)


@pytest.mark.parametrize(("document", "last"), [
    ({"kind": "constant", "value": 1}, 100),
    ({"kind": "linear", "start": 0, "end": 1, "duration": 8000}, 9000),
    ({"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 500},
                                    {"kind": "exponential", "rate": 0.9, "every": 100}]}, 1200),
    ({"total": 50, "after": "error", "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}}}, 49),
])  # fmt: skip
def test_a_chart_ends_where_the_run_does_or_past_what_there_is_to_see(document: Document, last: int) -> None:
    assert next(compile(document).chart().lines).steps[-1] == last


def test_an_overlay_has_one_line_for_each_chart_in_the_panel_of_its_hyperparameter() -> None:
    other = compile({"schedules": {"learning_rate": 0.5, "momentum": 0.9}}, total=100).chart()
    both = overlaid({"ours": PROGRAM.chart(), "theirs": other})
    assert [panel.title for panel in both.panels] == ["learning_rate", "weight_decay", "momentum"]
    assert labels(both) == [["ours, other groups", "ours, head", "theirs"], ["ours"], ["theirs"]]


def test_an_overlay_marks_only_what_all_lines_have_in_common() -> None:
    def marks(*warmups: int) -> list[tuple[int, str]]:
        charts = {
            str(w): compile({"kind": "warmup_cosine", "peak": 1 + w, "warmup": w}, total=100).chart() for w in warmups
        }
        return [(mark.step, mark.label) for mark in overlaid(charts).panels[0].marked().marks]

    assert marks(10) == [(0, "linear"), (10, "cosine")]
    assert marks(10, 20) == [(0, "")]


def test_a_remark_that_is_not_of_all_lines_stands_at_the_line() -> None:
    based = compile({"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}, total=10).chart()
    panel = overlaid({"a": based, "b": compile({"kind": "constant", "value": 1}, total=10).chart()}).panels[0]
    assert panel.label == "learning_rate"
    assert [panel.legend(line) for line in panel.lines] == ["a (for a base of 1)", "b"]


def test_a_chart_as_plain_data_survives_json() -> None:
    chart = PROGRAM.chart("epoch")
    data = json.loads(json.dumps(chart.to_data(), allow_nan=False))
    line = data["panels"][0]["lines"][0]
    assert (data["unit"], line["label"]) == ("epoch", "other groups")
    assert line["values"] == PROGRAM(np.arange(101)).tolist()
    assert line["positions"][20] == 1.0
