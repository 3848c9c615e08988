"""A file of metrics, as JSON and as a table: what is read from it, what is refused, and what the command line shows."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import unisched
from unisched.cli import main
from unisched.errors import UnischedError
from unisched.metric_log import read_log

STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
DOCUMENT = {"total": 50, "schedules": {"learning_rate": {"kind": "product", "curves": [0.1, STALL]}}}
WATCHED = ("loss", "accuracy")


def file(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


READ: dict[str, tuple[str, str, dict[int, Any]]] = {
    "numbers": ("m.json", '{"0": 1.0, "20": 0.5}', {0: 1.0, 20: 0.5}),
    "by name": ("m.json", '{"5": {"loss": 1, "accuracy": 0.5}}', {5: {"loss": 1, "accuracy": 0.5}}),
    "infinite": ("m.json", '{"1": "inf", "2": {"loss": "-inf"}}', {1: math.inf, 2: {"loss": -math.inf}}),
    "as Python writes it": ("m.json", json.dumps({3: math.inf}), {3: math.inf}),
    "nothing": ("m.json", "{}", {}),
    "a table": ("m.csv", "step,loss\n0,1.0\n20,0.5\n", {0: {"loss": 1.0}, 20: {"loss": 0.5}}),
    "columns of others": ("m.csv", "epoch,step,rate,loss\n1,7,0.1,2\n", {7: {"loss": 2.0}}),
    "two columns, one empty": (
        "m.csv", "step, loss, accuracy\n1, 0.5, 0.25\n2, , 0.5\n3, ,\n",
        {1: {"loss": 0.5, "accuracy": 0.25}, 2: {"accuracy": 0.5}},
    ),
    "rows of other columns": ("m.csv", "step,rate,loss\n9,0.1,\n9,,1.0\n,0.1,\n", {9: {"loss": 1.0}}),
    "a table with a byte order mark": ("M.CSV", "\ufeffstep,loss\r\n4,-inf\r\n", {4: {"loss": -math.inf}}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_log_is_read(name: str, tmp_path: Path) -> None:
    called, content, due = READ[name]
    assert read_log(file(tmp_path, called, content), WATCHED) == due


def test_what_is_no_number_is_a_metric_too(tmp_path: Path) -> None:
    for called, content in (("m.json", '{"1": "nan", "2": NaN}'), ("m.csv", "step,loss\n1,nan\n2,NaN\n")):
        log: dict[int, Any] = read_log(file(tmp_path, called, content), WATCHED)
        values = [metric["loss"] if isinstance(metric, dict) else metric for metric in log.values()]
        assert [math.isnan(value) for value in values] == [True, True]


REFUSED: dict[str, tuple[str, str, str, str]] = {
    "no JSON": ("m.json", "step,loss\n1,2\n", "metric.log", "this is no JSON object of metrics"),
    "empty": ("m.json", "", "metric.log", "this is no JSON object of metrics"),
    "brackets without end": ("m.json", "[" * 100_000, "metric.log", "this is no JSON object of metrics"),
    "a list": ("m.json", "[1, 2]", "metric.log", "[1, 2] is no object of metrics by step"),
    "a step twice": ("m.json", '{"1": 2, "1": 3}', "metric.log", "a key stands there twice"),
    "a name twice": ("m.json", '{"1": {"loss": 2, "loss": 3}}', "metric.log", "a key stands there twice"),
    "half a step": ("m.json", '{"1.5": 2}', "metric.log", "'1.5' is no step"),
    "a step before the first": ("m.json", '{"-1": 2}', "metric.log", "'-1' is no step"),
    "a step of many digits": ("m.json", f'{{"{"9" * 5000}": 2}}', "metric.log", "is no step"),
    "no header": ("m.csv", "1,2\n3,4\n", "metric.log", "of step and loss, accuracy, its header '1,2' names too little"),
    "an empty table": ("m.csv", "", "metric.log", "its header '' names too little"),
    "no metric that is watched": ("m.csv", "step,lose\n1,2\n", "metric.log", "its header 'step,lose' names too little"),
    "a row that is no step": ("m.csv", "step,loss\n1,2\nx,3\n", "metric.log", "m.csv, line 3: 'x' is no step"),
    "a row without a step": ("m.csv", "step,loss\n,3\n", "metric.log", "m.csv, line 2: '' is no step"),
    "a row that is no metric": ("m.csv", "step,loss\n1,low\n", "metric.log", "m.csv, line 2: 'low' is no metric"),
    "a row of a step before": ("m.csv", "step,loss\n1,2\n1,3\n", "metric.log", "line 3: step 1 stands there twice"),
    "bytes of another encoding": ("m.csv", "step\0,loss", "csv.encoding", "UTF-16 or UTF-32"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_log_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    called, content, code, said = REFUSED[name]
    content = "s\0t" if code == "csv.encoding" else content
    with pytest.raises(UnischedError) as caught:
        read_log(file(tmp_path, called, content), WATCHED)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert caught.value.problems[0].remedy


def test_a_file_that_is_not_there_is_refused_and_the_way_out_is_that_of_a_log(tmp_path: Path) -> None:
    with pytest.raises(
        UnischedError, match=r"cannot be read: .*\. Give the path of a \.json or \.csv file\."
    ) as caught:
        read_log(str(tmp_path / "none.csv"), WATCHED)
    assert caught.value.code == "file.unreadable"


def shown(folder: Path, document: Any, content: str, *more: str, name: str = "log.csv") -> Result:
    source, log = file(folder, "document.json", json.dumps(document)), file(folder, name, content)
    return CliRunner().invoke(main, ["show", source, "--metrics", log, *more])


FLAT = "step,loss\n0,1\n10,1\n20,1\n"


def test_show_prints_the_phases_and_values_as_they_run_under_a_log(tmp_path: Path) -> None:
    done = shown(tmp_path, DOCUMENT, FLAT, "--at", "9", "--at", "10", "--at", "49", "--no-plot")
    assert done.exit_code == 0, done.output
    assert "[10, 20)   constant 0.5" in done.output
    assert "step 9: learning_rate 0.1\nstep 10: learning_rate 0.05\nstep 49: learning_rate 0.025" in done.output
    assert "controller" not in done.output


def test_show_draws_what_runs_under_the_log(tmp_path: Path) -> None:
    plotted, still = (shown(tmp_path, DOCUMENT, content).output for content in (FLAT, "step,loss\n0,1\n"))
    drawn, of_still = (
        text.partition("\nkey values")[0].rpartition("\nlearning_rate\n")[2] for text in (plotted, still)
    )
    assert "┤" in drawn
    assert drawn != of_still


def test_show_writes_the_values_for_machines(tmp_path: Path) -> None:
    done = shown(tmp_path, DOCUMENT, '{"0": 1, "10": 1}', "--json", "--at", "12", name="log.json")
    data = json.loads(done.output)
    assert data["values"] == {"12": {"learning_rate": 0.05}}
    assert data["body"].get("controllers", []) == []
    assert data["fingerprint"] == unisched.compile(DOCUMENT).observed({0: 1.0, 10: 1.0}).fingerprint


@pytest.mark.parametrize(
    ("document", "content", "said"),
    [
        (DOCUMENT, "step,lose\n0,1\n", "names too little"),
        ({"kind": "constant", "value": 0.1}, "step,loss\n0,1\n", "a metric that is watched"),
        (DOCUMENT, "", "names too little"),
    ],
)  # fmt: skip
def test_show_refuses_a_log_that_is_not_of_the_document(document: Any, content: str, said: str, tmp_path: Path) -> None:
    done = shown(tmp_path, document, content)
    assert done.exit_code == 1
    assert said in done.output


def test_show_without_a_log_still_prints_no_value_that_a_metric_decides(tmp_path: Path) -> None:
    source = file(tmp_path, "document.json", json.dumps(DOCUMENT))
    done = CliRunner().invoke(main, ["show", source, "--at", "3", "--no-plot"])
    assert done.exit_code == 1
    assert "the value depends on a metric" in done.output


# The distance of backends from the exact values, under a log.


def test_parity_is_measured_under_a_log_of_metrics() -> None:
    report = unisched.parity(DOCUMENT, ["numpy"], metrics={0: 1.0, 10: 1.0, 20: 1.0})
    by_form = {row.form: row for row in report.rows}
    assert "carries no feedback" in by_form["function"].refusal
    assert (by_form["scheduler"].refusal, by_form["scheduler"].ulp) == ("", 0.0)


def test_parity_counts_the_metrics_of_its_steps_only() -> None:
    report = unisched.parity(DOCUMENT, ["numpy"], steps=range(15, 30), metrics={0: 1.0, 15: 1.0, 20: 1.0, 40: 1.0})
    assert report.worst == {"numpy": 0.0}


def test_parity_sees_a_form_that_ignores_its_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.numpy_backend.Scheduler.observe", lambda *_: None)
    assert unisched.parity(DOCUMENT, ["numpy"], metrics={0: 1.0, 10: 1.0}).worst["numpy"] > 1e15


@pytest.mark.parametrize(("metrics", "code"), [({3: {"lose": 1.0}}, "metric.name"), ({3: "low"}, "metric.type")])
def test_parity_refuses_what_is_no_metric(metrics: Any, code: str) -> None:
    with pytest.raises(UnischedError) as caught:
        unisched.parity(DOCUMENT, ["numpy"], metrics=metrics)
    assert caught.value.code == code


def test_parity_refuses_metrics_that_nothing_watches() -> None:
    with pytest.raises(UnischedError) as caught:
        unisched.parity({"kind": "constant", "value": 0.1}, ["numpy"], metrics={3: 1.0})
    assert caught.value.code == "metric.none"


def test_diff_compares_what_runs_under_one_log(tmp_path: Path) -> None:
    patient = {"kind": "product", "curves": [0.1, {**STALL, "patience": 1}]}
    old = file(tmp_path, "old.json", json.dumps(DOCUMENT))
    new = file(tmp_path, "new.json", json.dumps({"total": 50, "schedules": {"learning_rate": patient}}))
    still = file(tmp_path, "still.json", json.dumps({"total": 50, "schedules": {"learning_rate": 0.1}}))
    log = file(tmp_path, "log.csv", FLAT)
    asked = CliRunner().invoke(main, ["diff", old, new, "--metrics", log])
    assert asked.exit_code == 1
    assert "learning_rate: differs in [10, ...), by up to 0.05 at step 10" in asked.output
    assert "a metric decides" in CliRunner().invoke(main, ["diff", old, new]).output
    assert "by up to 0.075 at step 20" in CliRunner().invoke(main, ["diff", still, old, "--metrics", log]).output
    assert CliRunner().invoke(main, ["diff", old, old, "--metrics", log]).exit_code == 0
