"""What a metric moves: compiled, printed, told apart, observed, and refused where a value would need a metric."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import unisched
from unisched import signals
from unisched.backend import Capabilities, obstacles
from unisched.cli import main
from unisched.errors import SpecError, UnsupportedError
from unisched.ir import Combine, Constant, Controller, Fold, Greedy, Phase, Plateau, Signal, Track, Value, constant
from unisched.spec import Spec
from unisched.spec.feedback import StallCurve

PATH = "schedules.learning_rate"
STALL = {"kind": "plateau", "monitor": "loss"}
WARM = {"kind": "linear", "start": 0, "end": 0.1, "duration": 10}
MOVED = {"kind": "product", "curves": [{"kind": "sequence", "parts": [WARM, 0.1]}, STALL]}


def plateau(**fields: Any) -> dict[str, Any]:
    return {**STALL, **fields}


def refused(document: dict[str, Any]) -> SpecError:
    with pytest.raises(SpecError) as caught:
        unisched.compile(document, total=100)
    return caught.value


def test_a_plateau_is_a_controller_with_the_fields_of_the_document() -> None:
    fields = {"mode": "max", "factor": 0.5, "patience": 3, "threshold": 0.01, "threshold_mode": "abs", "cooldown": 2,
              "minimum": 0.125, "rule": "keras"}  # fmt: skip
    body = unisched.compile(plateau(**fields)).body
    assert body.controllers == (Plateau(monitor="loss", place=PATH, **fields),)  # type: ignore[arg-type]
    assert body.values == (Track(starts=(0,), curves=(Signal(index=0),)),)


def test_the_defaults_are_those_of_the_description() -> None:
    spec = unisched.load(STALL)
    curve: Any = spec.schedules["learning_rate"]
    assert (curve.mode, curve.factor, curve.patience, curve.threshold) == ("min", 0.1, 10, 1e-4)
    assert (curve.threshold_mode, curve.cooldown, curve.minimum, curve.rule) == ("rel", 0, 0.0, "torch")
    assert unisched.load(json.loads(spec.to_json())) == spec


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no metric": ({"kind": "plateau"}, "monitor", "field.missing"),
    "a metric without a name": (plateau(monitor=""), "monitor", "name.invalid"),
    "a metric that is a number": (plateau(monitor=3), "monitor", "type.text"),
    "a factor of 1": (plateau(factor=1), "factor", "number.range"),
    "a factor of 0": (plateau(factor=0), "factor", "number.range"),
    "a factor that raises": (plateau(factor=1.5), "factor", "number.range"),
    "a negative factor": (plateau(factor=-0.5), "factor", "number.range"),
    "a negative patience": (plateau(patience=-1), "patience", "number.range"),
    "half a patience": (plateau(patience=0.5), "patience", "type.float_for_int"),
    "a patience that is a boolean": (plateau(patience=True), "patience", "type.bool"),
    "a negative cooldown": (plateau(cooldown=-1), "cooldown", "number.range"),
    "a negative threshold": (plateau(threshold=-1e-4), "threshold", "number.range"),
    "an infinite threshold": (plateau(threshold=float("inf")), "threshold", "number.not_finite"),
    "a negative minimum": (plateau(minimum=-0.1), "minimum", "number.range"),
    "a minimum above where it starts": (plateau(minimum=1.5), "minimum", "number.range"),
    "a mode of none": (plateau(mode="auto"), "mode", "choice.unknown"),
    "a rule of none": (plateau(rule="jax"), "rule", "choice.unknown"),
    "optax's patience of 0": (plateau(rule="optax", patience=0), "patience", "plateau.rule"),
    "optax maximizing": (plateau(rule="optax", mode="max"), "mode", "plateau.rule"),
    "keras's patience of 0": (plateau(rule="keras", patience=0), "patience", "plateau.rule"),
    "a start": (plateau(start=0.1), "start", "field.unknown"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_plateau_does_not_take_is_refused_at_its_place(name: str) -> None:
    document, field, code = REFUSED[name]
    error = refused(document)
    assert error.path.rsplit(".", 1)[-1] == field
    assert error.code == code


def test_torchs_rule_takes_patience_0() -> None:
    assert unisched.compile(plateau(patience=0)).body.controllers[0].patience == 0


def test_a_program_with_feedback_prints_its_phases_and_its_controllers() -> None:
    text = str(unisched.compile(MOVED, total=100))
    assert "[0, 10)    linear 0.0 -> 0.1, over 10 steps" in text
    assert "controller 0: 1 until a metric says otherwise" in text
    assert "plateau: monitor loss, mode min, factor 0.1, patience 10" in text


def test_show_prints_the_phase_table_too(tmp_path: Path) -> None:
    path = tmp_path / "moved.json"
    path.write_text(json.dumps({"total": 100, "schedules": {"learning_rate": MOVED}}))
    done = CliRunner().invoke(main, ["show", str(path)])
    assert done.exit_code == 0, done.output
    assert "controller 0: 1 until a metric says otherwise" in done.output


@pytest.mark.parametrize(
    "ask",
    [
        lambda p: p(3), lambda p: p(3, exact=True), lambda p: p(np.arange(3)), lambda p: p.at(3),
        lambda p: p.values(0, 3), lambda p: p.function(),
    ],
    ids=["a step", "a step exactly", "an array", "all targets", "values", "the function"],
)  # fmt: skip
def test_no_value_is_given_that_depends_on_a_metric(ask: Any) -> None:
    with pytest.raises(UnsupportedError, match=f"^{PATH}: .* depends on a metric, .* program.observed") as caught:
        ask(unisched.compile(MOVED, total=100))
    assert caught.value.code == "feedback.unsupported"


def test_what_does_not_depend_on_the_metric_has_values_all_the_same() -> None:
    program = unisched.compile({"total": 100, "schedules": {"learning_rate": MOVED, "weight_decay": 0.05}})
    assert program(3, "weight_decay") == 0.05
    assert program.select("weight_decay").body.controllers == ()
    assert unisched.build(program.select("weight_decay"), "numpy")(3) == 0.05


def test_a_form_without_feedback_refuses_the_program_and_names_the_path_and_the_form_that_can() -> None:
    with pytest.raises(UnsupportedError, match=f"carries no feedback: {PATH} depends on a metric") as caught:
        unisched.build(unisched.compile(MOVED, total=100), "numpy", form="function")
    assert caught.value.code == "backend.feedback"
    assert str(caught.value).endswith('Use form="scheduler".')


def test_a_form_with_feedback_has_no_obstacle() -> None:
    class Able:
        capabilities = Capabilities(feedback=True)
        takes = ()

    assert list(obstacles(Able, unisched.compile(MOVED, total=100), {})) == []  # type: ignore[arg-type]


def test_lint_and_drawing_see_the_schedule_before_any_metric() -> None:
    program = unisched.compile(MOVED, total=100)
    (line,) = program.chart().lines
    assert line.values[-1] == 0.1
    assert line.remark == "no metric observed"
    assert [note.code for note in program.lint()] == ["value.zero_start"]


def test_the_range_of_a_hyperparameter_is_checked_before_any_metric() -> None:
    error = refused({"schedules": {"momentum": {"kind": "product", "curves": [1.5, STALL]}}})
    assert (error.code, error.path) == ("number.range", "schedules.momentum")


def test_two_plateaus_have_two_controllers_however_alike() -> None:
    twice = {"kind": "sequence", "parts": [plateau(duration=10), STALL]}
    body = unisched.compile(twice, total=100).body
    places = [f"{PATH}.parts[{part}]" for part in (0, 1)]
    assert body.controllers == tuple(Plateau(monitor="loss", place=place) for place in places)
    assert body.values == (Track(starts=(0, 10), curves=(Signal(index=0), Signal(index=1))),)


def test_a_group_that_scales_a_schedule_shares_its_controller() -> None:
    document = {"schedules": {"learning_rate": MOVED}, "groups": {"head": {"learning_rate": {"scale": 0.1}}}}
    assert len(unisched.compile(document).body.controllers) == 1


def test_a_selection_keeps_the_controllers_it_reads_and_numbers_them_anew() -> None:
    document = {"schedules": {"learning_rate": MOVED, "weight_decay": plateau(monitor="accuracy", mode="max")}}
    program = unisched.compile(document).select("weight_decay")
    assert program.body.controllers == (Plateau(monitor="accuracy", mode="max", place="schedules.weight_decay"),)
    assert program.body.values == (Track(starts=(0,), curves=(Signal(index=0),)),)


def test_a_plateau_that_has_ended_holds_what_it_reached() -> None:
    body = unisched.compile(plateau(duration=10), total=100).body
    assert body.values == (Track(starts=(0, 10), curves=(Signal(index=0), Signal(index=0, held=True))),)


@pytest.mark.parametrize("times", [{"times": 3}, {"times": 3, "stretch": 2}])
def test_a_plateau_in_a_repeat_is_refused_for_it_does_not_start_over(times: dict[str, Any]) -> None:
    error = refused({"kind": "repeat", "period": 12, "curve": MOVED, **times})
    assert (error.code, error.path) == ("feedback.repeat", f"{PATH}.curve.curves[1]")


@pytest.mark.parametrize("before", [plateau(duration=10), {"kind": "product", "duration": 10, "curves": [0.1, STALL]}])
def test_no_part_takes_its_start_from_a_metric(before: dict[str, Any]) -> None:
    error = refused({"kind": "sequence", "parts": [before, {"kind": "linear", "end": 0}]})
    assert error.code == "joint.feedback"


def test_a_program_with_feedback_comes_back_from_its_json() -> None:
    program = unisched.compile(MOVED, total=100)
    assert unisched.Program.from_json(program.to_json()) == program
    assert program.start().step == 0


def test_values_are_numbered_by_the_controllers_they_read() -> None:
    def read(*indices: int) -> Value:
        tracks = tuple(Track(starts=(0,), curves=(Signal(index=index),)) for index in indices)
        fold = Track(starts=(0,), curves=(Fold(track=tracks[-1], phase=Phase(span=9, wrap="restart")),))
        return Combine(op="product", parts=(*tracks, fold))

    three: list[Controller] = [Greedy(monitor="a"), Plateau(monitor="b"), Plateau(monitor="c")]
    assert signals.numbered([constant(1.0)], three) == ([constant(1.0)], [])
    assert signals.numbered([read(2), read(0)], three) == ([read(0), read(1)], [three[2], three[0]])
    assert signals.numbered([read(0, 1)], three) == ([read(0, 1)], three[:2])
    assert signals.unobserved(read(2)) == Combine(op="product", parts=(constant(1.0), Track(
        starts=(0,), curves=(Fold(track=constant(1.0), phase=Phase(span=9, wrap="restart")),))))  # fmt: skip
    assert signals.needs_metric(read(2))
    assert not signals.needs_metric(Track(starts=(0,), curves=(Constant(value=1.0),)))


def test_what_only_one_library_has_comes_with_a_dialects_plateau_and_is_no_field_of_a_document() -> None:
    stall = StallCurve(monitor="loss", rule="optax", atol=0.5, accumulation=4)
    body = unisched.compile(Spec(schedules={"learning_rate": stall})).body
    assert body.controllers == (Plateau(monitor="loss", rule="optax", atol=0.5, accumulation=4, place=PATH),)
    for field in ("eps", "atol", "accumulation"):
        assert refused(plateau(**{field: 1})).code == "field.unknown"
