"""`unisched parity`: who is within the promise, who is not, who cannot, and who fell over, each by name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sabotage
from click.testing import Result
from invoking import invoked

import unisched
from unisched import registry
from unisched.backend import Backend, Form
from unisched.errors import PluginError, Problem
from unisched.stretches import stretches

WARM = {"total": 5000, "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 1000}}}
PLATEAU = {"total": 5000, "schedules": {"learning_rate": {"kind": "product", "curves": [
    0.1, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}]}}}  # fmt: skip
BASED = {"kind": "torch.StepLR", "step_size": 30}


def run(*arguments: object, stdin: str | None = None) -> Result:
    return invoked("parity", *arguments, input=stdin)


@pytest.fixture
def schedule(tmp_path: Path) -> Path:
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(WARM))
    return path


Install = Callable[[Mapping[str, Form | Exception]], None]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put forms, or what loading them raises, in the place of all that is installed."""

    def install(forms: Mapping[str, Form | Exception]) -> None:
        def backend(name: str) -> Backend:
            found = forms.get(name) or registry._unknown(name)
            if isinstance(found, Exception):
                raise found
            return sabotage.acme(found)

        monkeypatch.setattr(registry, "backend", backend)
        monkeypatch.setattr(registry, "names", lambda: tuple(sorted(forms)))

    return install


def test_an_honest_backend_is_within_its_promise(schedule: Path, installed: Install) -> None:
    installed({"acme": sabotage.HONEST, "single": sabotage.honest_float32})
    result = run(schedule)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].startswith("acme     only       learning_rate")
    assert "ulp of float64 at step" in lines[0]
    assert lines[1].endswith("0.00 ulp of float32: all 1017 values, to the bit")
    assert lines[-2] == "steps [0, 500), [992, 1009), [4505, 5005): 1017 in all"
    assert lines[-1] == "every promise is kept: float32 to the bit and float64 within 8 ulp"


WRONG: dict[str, tuple[Form, str]] = {
    "a step late": (sabotage.late, "at step 5"),
    "a step early": (sabotage.early, "exactly 0.0"),
    "a boundary that belongs to what went before": (sabotage.inclusive, "at step 1000"),
    "half precision": (sabotage.half, "values are beyond 8 ulp"),
    "float32 for float64": (sabotage.false_float64, "values are beyond 8 ulp"),
    "rounded toward zero": (sabotage.truncates, "values are beyond the nearest float32"),
    "no number": (sabotage.not_a_number, "inf ulp of float64 at step 0: nan, exactly 0.0"),
    "below zero at the end": (sabotage.ends_below_zero, "exactly 0.0"),
    "just above zero at the end": (sabotage.ends_above_zero, "1.00 ulp of float64"),
}


@pytest.mark.parametrize(("form", "said"), WRONG.values(), ids=WRONG)
def test_a_backend_that_is_wrong_is_caught(form: Form, said: str, schedule: Path, installed: Install) -> None:
    installed({"acme": form, "numpy": sabotage.HONEST})
    result = run(schedule)
    assert result.exit_code == 1
    assert said in result.stdout
    assert result.stdout.splitlines()[-1] == "beyond its promise: acme, only"


def test_the_worst_of_a_late_one_is_named_with_its_step_and_both_values(schedule: Path, installed: Install) -> None:
    installed({"acme": sabotage.late})
    row = json.loads(run(schedule, "--json").stdout)["rows"][0]
    program = unisched.compile(WARM)
    assert row["value"] == program(row["step"] - 1)
    assert row["reference"] == program(row["step"], exact=True)
    assert row["beyond"] > 900
    assert set(row) == {
        "backend", "form", "outcome", "refusal", "target", "precision", "ulp", "step", "value", "reference", "values",
        "beyond", "kept",
    }  # fmt: skip


def falls_over(*_: object) -> Any:
    print("the framework says so")
    raise RuntimeError("device lost")


BROKEN = replace(sabotage.HONEST, replay=falls_over)
UNLOADABLE = PluginError(Problem("plugin.broken", "", "backend 'acme' cannot be imported", "Reinstall it."))
ABSENT = PluginError(Problem("backend.not_installed", "", "backend 'acme' needs acme", "Install acme."))


def test_a_backend_that_falls_over_is_named_and_the_others_run(schedule: Path, installed: Install) -> None:
    installed({"acme": BROKEN, "numpy": sabotage.HONEST})
    result = run(schedule)
    assert result.exit_code == 2
    assert "acme                failed: backend 'acme', form 'only' failed: RuntimeError: device lost" in result.stdout
    assert "numpy    only       learning_rate" in result.stdout
    assert result.stderr == "the framework says so\n"


def ends(*_: object) -> Any:
    raise SystemExit(3)


def test_a_backend_that_ends_python_is_named_and_the_others_run(schedule: Path, installed: Install) -> None:
    installed({"acme": replace(sabotage.HONEST, replay=ends), "numpy": sabotage.HONEST})
    result = run(schedule)
    assert result.exit_code == 2
    assert "acme                failed: it asked Python to end: SystemExit(3)" in result.stdout
    assert "numpy    only       learning_rate" in result.stdout


def test_a_backend_that_cannot_be_loaded_is_named_and_the_others_run(schedule: Path, installed: Install) -> None:
    installed({"acme": UNLOADABLE, "numpy": sabotage.HONEST})
    result = run(schedule)
    assert result.exit_code == 2
    assert "acme                failed: backend 'acme' cannot be imported. Reinstall it." in result.stdout
    assert "numpy    only       learning_rate" in result.stdout


def test_what_is_beyond_its_promise_counts_more_than_what_fell_over(schedule: Path, installed: Install) -> None:
    installed({"acme": BROKEN, "slow": sabotage.late})
    assert run(schedule).exit_code == 1


def test_a_framework_that_is_not_installed_is_no_failure_unless_asked_for(schedule: Path, installed: Install) -> None:
    installed({"acme": ABSENT, "numpy": sabotage.HONEST})
    result = run(schedule)
    assert result.exit_code == 0
    assert "acme                not installed: backend 'acme' needs acme. Install acme." in result.stdout
    assert "torch               not installed: python -m pip install unisched-torch" in result.stdout
    assert run(schedule, "--backends", "acme,numpy").exit_code == 2
    assert run(schedule, "--backends", "numpy").exit_code == 0
    assert "not installed: backend 'tonsorflow'" in run(schedule, "--backends", "tonsorflow").stdout


def test_a_form_that_cannot_carry_the_document_is_refused_with_the_reason(tmp_path: Path, installed: Install) -> None:
    path = tmp_path / "based.json"
    path.write_text(json.dumps(BASED))
    installed({"acme": sabotage.HONEST, "based": sabotage.knows_its_base})
    result = run(path)
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0] == "acme     only       refused: does not know what the optimizer gave: schedules.learning_rate"
    assert lines[1].startswith(
        "based               refused: schedules.learning_rate: is a factor of the optimizer's own"
    )
    assert lines[-1] == "nothing was measured"
    assert run(path, "--base", 0.1).exit_code == 0


def talks(*arguments: Any) -> Any:
    print("a banner of the framework")
    os.write(1, b"a line of its library\n")
    return sabotage.HONEST.replay(*arguments)


def test_what_frameworks_write_is_not_in_the_answer(schedule: Path, installed: Install, capfd: Any) -> None:
    installed({"acme": replace(sabotage.HONEST, replay=talks)})
    result = run(schedule, "--json")
    assert json.loads(result.stdout)["kept"] is True
    assert result.stderr == ""
    assert capfd.readouterr() == ("", "")


def test_steps_and_a_clock_may_be_given(schedule: Path, tmp_path: Path, installed: Install) -> None:
    installed({"acme": sabotage.HONEST})
    assert json.loads(run(schedule, "--steps", "990:1010", "--json").stdout)["steps"] == [[990, 1010]]
    line = '{"kind": "linear", "start": 1, "end": 0}'
    assert "steps [0, 105): 105 in all" in run("-", "--total", 100, stdin=line).stdout
    assert run("-", stdin=line).exit_code == 2
    assert run(schedule, "--steps", "10").exit_code == 2
    assert run(tmp_path / "none.json").exit_code == 2


def test_metrics_are_fed_as_far_as_the_log_goes(tmp_path: Path, installed: Install) -> None:
    document, log = tmp_path / "plateau.json", tmp_path / "log.csv"
    document.write_text(json.dumps(PLATEAU))
    log.write_text("step,loss\n" + "".join(f"{step},1.0\n" for step in range(0, 3001, 1000)))
    installed({"acme": sabotage.HONEST, "deaf": sabotage.ignores_metrics})
    result = run(document, "--metrics", log, "--json")
    data = json.loads(result.stdout)
    assert data["steps"] == [[0, 3005]]
    assert result.exit_code == 1
    kept = {row["backend"]: row["kept"] for row in data["rows"] if row["outcome"] == "measured"}
    assert kept == {"acme": True, "deaf": False}


STRETCHES: dict[str, tuple[dict[str, Any], list[tuple[int, int]]]] = {
    "a short run": ({"total": 1990}, [(0, 1995)]),
    "a long one": ({"total": 10**6}, [(0, 500), (992, 1009), (999_505, 1_000_005)]),
    "one that ends in an error": ({"total": 5000, "after": "error"}, [(0, 500), (992, 1009), (4500, 5000)]),
}


@pytest.mark.parametrize(("more", "expected"), STRETCHES.values(), ids=STRETCHES)
def test_of_a_long_run_what_may_differ_is_run(more: dict[str, Any], expected: list[tuple[int, int]]) -> None:
    found = stretches(unisched.compile({**WARM, **more}))
    assert [(window.start, window.stop) for window in found] == expected


def test_of_many_boundaries_some_are_run_from_the_first_to_the_last() -> None:
    points = [[step, 1 + step % 7] for step in range(0, 100_000, 1000)]
    found = stretches(unisched.compile({"kind": "piecewise", "interpolation": "previous", "points": points}))
    assert len(found) <= 14
    assert any(99_000 in window for window in found)
    assert sum(map(len, found)) < 2000
    assert all(a.stop < b.start for a, b in pairwise(found))
