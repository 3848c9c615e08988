"""Drawings: every target has its panel or its text, and what is missing is named."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from unisched import compile
from unisched.errors import BindingError
from unisched.plot import Samples, figure, text

PROGRAM = compile({
    "total": 100,
    "schedules": {"learning_rate": {"kind": "wsd", "peak": 1, "warmup": 10, "decay": 20},
                  "weight_decay": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}},
    "groups": {"head": {"learning_rate": {"scale": 0.5}}},
})  # fmt: skip
TITLES = ["learning_rate", "weight_decay", "learning_rate, group 'head', times 0.5"]


def samples(*values: float) -> Samples:
    return np.arange(len(values), dtype=np.int64), np.array(values, dtype=np.float64)


def test_each_target_is_drawn_with_its_own_values() -> None:
    drawn = PROGRAM.drawn()
    assert list(drawn) == TITLES
    steps, values = drawn["learning_rate"]
    assert [str(steps.dtype), str(values.dtype)] == ["int64", "float64"]
    assert values.tolist() == PROGRAM(steps).tolist()
    assert drawn[TITLES[2]][1].tolist() == (0.5 * values).tolist()
    assert drawn["weight_decay"][1][0] == 1.0


@pytest.mark.parametrize("points", [2, 10, 1000])
def test_boundaries_are_drawn_however_few_the_points(points: int) -> None:
    steps, _ = PROGRAM.drawn(points)["learning_rate"]
    assert {0, 10, 79, 80, 99, 100} <= set(steps.tolist())
    assert (np.diff(steps) > 0).all()


def test_an_open_ended_program_is_drawn_past_its_last_boundary() -> None:
    program = compile({"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 500},
                                                     {"kind": "exponential", "rate": 0.9, "every": 100}]})  # fmt: skip
    steps, _ = program.drawn()["learning_rate"]
    assert steps[0] == 0
    assert steps[-1] >= 2 * 500


def test_a_figure_has_a_panel_for_each_target_and_is_saved(tmp_path: Path) -> None:
    drawn = PROGRAM.plot(str(tmp_path / "schedule.png"))
    assert [panel.get_ylabel() for panel in drawn.axes] == TITLES
    assert drawn.axes[-1].get_xlabel() == "step"
    line = drawn.axes[0].lines[0]
    assert line.get_ydata().tolist() == PROGRAM.drawn()["learning_rate"][1].tolist()
    assert (tmp_path / "schedule.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.5,), (0.0, 0.0, 0.0), (1e-300, 1e-320), (-1.0, 1.0), (1e300, 1.0)])
def test_any_curve_can_be_drawn_as_text(values: tuple[float, ...]) -> None:
    drawn = text("rate", samples(*values))
    assert "rate" in drawn
    assert "step" in drawn
    assert len(drawn.splitlines()) < 30
    assert "nan" not in drawn


@pytest.mark.parametrize(("module", "draw"), [
    ("matplotlib.figure", lambda: figure({"rate": samples(0.0, 1.0)})), ("plotille", lambda: text("rate", samples(0.0,
     1.0))),
])  # fmt: skip
def test_a_missing_extra_is_named_with_its_command(module: str, draw: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BindingError, match="unisched-core\\[plot\\]") as raised:
        draw()  # type: ignore[operator]
    assert raised.value.code == "extra.missing"
