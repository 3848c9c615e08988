"""The optax dialect without optax: closed forms in 40 digits, what is refused and where, what is noted, its text."""

from __future__ import annotations

import math
from typing import Any

import pytest
from closed_forms.optax_forms import FORMS, closed

import unisched
from unisched.dialects.optax import dialect
from unisched.errors import SpecError
from unisched.ir import Plateau
from unisched.spec.kinds import kind_of

CYCLE = {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 3, "decay_steps": 12, "end_value": 0.001}
LINE = {"kind": "optax.linear_schedule", "init_value": 1.0, "end_value": 0.25, "transition_steps": 6}

CASES: dict[str, list[dict[str, Any]]] = {
    "constant_schedule": [{"value": 0.3}, {"value": 2}],
    "linear_schedule": [
        {"init_value": 1.0, "end_value": 0.0, "transition_steps": 7},
        {"init_value": 0.1, "end_value": 0.3, "transition_steps": 11, "transition_begin": 4},
        {"init_value": 0.1, "end_value": 0.3, "transition_steps": 0},
    ],
    "polynomial_schedule": [
        {"init_value": 1.0, "end_value": 0.1, "power": 0.5, "transition_steps": 10},
        {"init_value": 0.1, "end_value": 0.0, "power": 3, "transition_steps": 23, "transition_begin": 2},
        {"init_value": 0.1, "end_value": 0.0, "power": 0, "transition_steps": 5},
    ],
    "exponential_decay": [
        {"init_value": 0.1, "transition_steps": 7, "decay_rate": 0.9},
        {"init_value": 0.1, "transition_steps": 5, "decay_rate": 0.5, "transition_begin": 3, "staircase": True},
        {"init_value": 0.1, "transition_steps": 5, "decay_rate": 0.5, "end_value": 0.02},
        {"init_value": 0.1, "transition_steps": 5, "decay_rate": 0.5, "end_value": 0.2},
        {"init_value": 0.1, "transition_steps": 5, "decay_rate": 1.5, "end_value": 0.3},
        {"init_value": 0.1, "transition_steps": 5, "decay_rate": 1.0, "end_value": 0.05},
    ],
    "cosine_decay_schedule": [
        {"init_value": 0.1, "decay_steps": 30},
        {"init_value": 0.1, "decay_steps": 17, "alpha": 0.1, "exponent": 2.0},
        {"init_value": 0.1, "decay_steps": 17, "exponent": 0},
    ],
    "cosine_onecycle_schedule": [
        {"transition_steps": 30, "peak_value": 0.1},
        {"transition_steps": 10, "peak_value": 0.1, "pct_start": 0.0, "div_factor": 3.0, "final_div_factor": 0.5},
        {"transition_steps": 1, "peak_value": 0.1},
    ],
    "linear_onecycle_schedule": [
        {"transition_steps": 30, "peak_value": 0.1},
        {"transition_steps": 10, "peak_value": 0.1, "pct_final": 1.0},
        {"transition_steps": 1, "peak_value": 0.1},
        {"transition_steps": 7, "peak_value": 0.1, "pct_start": 0.5, "pct_final": 0.5, "div_factor": 10},
    ],
    "piecewise_constant_schedule": [
        {"init_value": 0.1},
        {"init_value": 0.1, "boundaries_and_scales": {"20": 0.1, "3": 0.5, "100": 2}},
        {"init_value": 0.1, "boundaries_and_scales": {"0": 0.5, "9": 0}},
    ],
    "piecewise_interpolate_schedule": [
        {"interpolate_type": "linear", "init_value": 0.1},
        {"interpolate_type": "linear", "init_value": 0.1, "boundaries_and_scales": {"20": 0.1, "3": 3.0}},
        {"interpolate_type": "cosine", "init_value": 0.1, "boundaries_and_scales": {"0": 0.5, "20": 0.1, "9": 3.0}},
    ],
    "warmup_constant_schedule": [{"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 7}],
    "warmup_cosine_decay_schedule": [
        CYCLE,
        {**CYCLE, "warmup_steps": 0, "exponent": 1.5},
        {"init_value": 0.1, "peak_value": 0.0, "warmup_steps": 4, "decay_steps": 9},
    ],
    "warmup_exponential_decay_schedule": [
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 5, "transition_steps": 7, "decay_rate": 0.9},
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 0, "transition_steps": 7, "decay_rate": 0.9},
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 5, "transition_steps": 3, "decay_rate": 0.5,
         "transition_begin": 4, "staircase": True, "end_value": 0.01},
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 5, "transition_steps": 3, "decay_rate": 0.5,
         "end_value": 0.2},
    ],
    "sgdr_schedule": [
        {"cosine_kwargs": [CYCLE]},
        {"cosine_kwargs": [CYCLE, {**CYCLE, "decay_steps": 20, "peak_value": 0.05}, {**CYCLE, "warmup_steps": 0}]},
    ],
    "join_schedules": [
        {"schedules": [LINE], "boundaries": []},
        {"schedules": [LINE, 0.5, {**LINE, "transition_steps": 30}], "boundaries": [4, 20]},
        {"schedules": [LINE, {"kind": "optax.sgdr_schedule", "cosine_kwargs": [CYCLE, CYCLE]}], "boundaries": [15]},
    ],
}  # fmt: skip
"""Arguments by kind, the edges of each included."""

DOCUMENTS = [{"kind": f"optax.{kind}", **arguments} for kind, sets in CASES.items() for arguments in sets]

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("linear_schedule", {"transition_steps": -1}, "transition_steps", "number.range"),
    ("linear_schedule", {"transition_steps": 2.5}, "transition_steps", "duration.unit"),
    ("linear_schedule", {"transition_steps": 2**31}, "transition_steps", "number.range"),
    ("linear_schedule", {"transition_begin": -1}, "transition_begin", "number.range"),
    ("linear_schedule", {"init_value": math.inf}, "init_value", "number.not_finite"),
    ("linear_schedule", {"power": 2}, "power", "field.unknown"),
    ("polynomial_schedule", {"power": -1}, "power", "number.range"),
    ("exponential_decay", {"transition_steps": 0}, "transition_steps", "number.range"),
    ("exponential_decay", {"decay_rate": 0}, "decay_rate", "number.range"),
    ("exponential_decay", {"decay_rate": -0.5}, "decay_rate", "number.range"),
    ("exponential_decay", {"staircase": 1}, "staircase", "type.boolean"),
    ("cosine_decay_schedule", {"decay_steps": 0}, "decay_steps", "number.range"),
    ("cosine_decay_schedule", {"exponent": -1}, "exponent", "number.range"),
    ("cosine_decay_schedule", {"init_value": 1e300, "alpha": 1e300}, "alpha", "range.overflow"),
    ("cosine_onecycle_schedule", {"transition_steps": 0}, "transition_steps", "number.range"),
    ("cosine_onecycle_schedule", {"pct_start": 1.1}, "pct_start", "number.range"),
    ("cosine_onecycle_schedule", {"div_factor": 0}, "div_factor", "number.range"),
    ("linear_onecycle_schedule", {"pct_start": 0.9}, "pct_final", "range.order"),
    ("linear_onecycle_schedule", {"final_div_factor": -1}, "final_div_factor", "number.range"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"3": -0.1}}, 'boundaries_and_scales["3"]',
     "number.range"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"100 ": 0.1}}, 'boundaries_and_scales["100 "]',
     "optax.boundary"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"0100": 0.1}}, 'boundaries_and_scales["0100"]',
     "duration.unit"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"-1": 0.1}}, 'boundaries_and_scales["-1"]',
     "duration.unit"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"1.5": 0.1}}, 'boundaries_and_scales["1.5"]',
     "duration.unit"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"rest": 0.1}}, "boundaries_and_scales.rest",
     "duration.rest"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"3": 0.1, "3 steps": 0.1}},
     'boundaries_and_scales["3 steps"]', "optax.boundary"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"10": 0.1, "5 epochs": 0.1}},
     'boundaries_and_scales["5 epochs"]', "optax.boundary"),
    ("piecewise_constant_schedule", {"boundaries_and_scales": [[3, 0.1]]}, "boundaries_and_scales", "type.object"),
    ("piecewise_interpolate_schedule", {"interpolate_type": "cubic"}, "interpolate_type", "choice.unknown"),
    ("warmup_constant_schedule", {"warmup_steps": 0}, "warmup_steps", "number.range"),
    ("warmup_cosine_decay_schedule", {"decay_steps": 3}, "decay_steps", "range.order"),
    ("warmup_cosine_decay_schedule", {"peak_value": 0}, "end_value", "number.range"),
    ("warmup_exponential_decay_schedule", {"transition_steps": 0}, "transition_steps", "number.range"),
    ("sgdr_schedule", {"cosine_kwargs": []}, "cosine_kwargs", "seq.empty"),
    ("sgdr_schedule", {"cosine_kwargs": [3]}, "cosine_kwargs[0]", "type.object"),
    ("sgdr_schedule", {"cosine_kwargs": [CYCLE, {**CYCLE, "decay_steps": 2}]}, "cosine_kwargs[1].decay_steps",
     "range.order"),
    ("sgdr_schedule", {"cosine_kwargs": [{**CYCLE, "warmup": 2}]}, "cosine_kwargs[0].warmup", "field.unknown"),
    ("sgdr_schedule", {"cosine_kwargs": [{**CYCLE, "decay_steps": 2**30}] * 3}, "cosine_kwargs[1].decay_steps",
     "number.range"),
    ("join_schedules", {"schedules": [LINE, LINE]}, "boundaries", "sequence.boundaries"),
    ("join_schedules", {"boundaries": [3]}, "boundaries", "sequence.boundaries"),
    ("join_schedules", {"boundaries": 3}, "boundaries", "type.list"),
    ("join_schedules", {"schedules": [LINE, LINE, LINE], "boundaries": [9, 5]}, "boundaries[1]", "sequence.order"),
    ("join_schedules", {"schedules": [LINE, LINE], "boundaries": [0]}, "boundaries[0]", "number.range"),
    ("join_schedules", {"schedules": [{"kind": "sum", "curves": [{"kind": "torch.StepLR", "step_size": 3}]}]},
     "schedules[0]", "dialect.base"),
    ("reduce_on_plateau", {"factor": 1.0}, "factor", "number.range"),
    ("reduce_on_plateau", {"patience": 0}, "patience", "number.range"),
    ("reduce_on_plateau", {"rtol": 0}, "rtol", "optax.tolerance"),
    ("reduce_on_plateau", {"rtol": 1.5}, "rtol", "number.range"),
    ("reduce_on_plateau", {"min_scale": 2}, "min_scale", "number.range"),
]  # fmt: skip
"""Kind, what is changed in its first case, where the error stands, and its code."""

QUIRKS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("linear_schedule", {}, set()),
    ("linear_schedule", {"transition_steps": 0}, {"optax.no_transition"}),
    ("polynomial_schedule", {"power": 2}, set()),
    ("polynomial_schedule", {"power": 0.5}, {"optax.nan_at_end"}),
    ("exponential_decay", {}, set()),
    ("exponential_decay", {"staircase": True}, {"optax.late_stairs"}),
    ("exponential_decay", {"end_value": 0.05}, set()),
    ("exponential_decay", {"end_value": 0.2}, {"optax.end_value_first"}),
    ("exponential_decay", {"end_value": 0.05, "decay_rate": 1.5}, {"optax.end_value_first"}),
    ("warmup_exponential_decay_schedule", {"end_value": 0.2}, {"optax.end_value_first"}),
    ("cosine_decay_schedule", {}, set()),
    ("cosine_decay_schedule", {"alpha": 0.1}, {"optax.alpha_fraction"}),
    ("cosine_onecycle_schedule", {}, set()),
    ("cosine_onecycle_schedule", {"pct_start": 0.01}, {"optax.knots_collapse"}),
    ("linear_onecycle_schedule", {}, {"optax.final_value"}),
    ("linear_onecycle_schedule", {"pct_final": 1.0}, {"optax.final_value", "optax.knots_collapse"}),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"3": 0.1}}, set()),
    ("piecewise_constant_schedule", {"boundaries_and_scales": {"3": 0.1, "4": 2}}, {"optax.cumulative_scales"}),
    ("reduce_on_plateau", {}, {"optax.negative_metric"}),
    ("reduce_on_plateau", {"rtol": 0, "atol": 0.1}, set()),
]

FIRST: dict[str, dict[str, Any]] = {kind: sets[0] for kind, sets in CASES.items()} | {"reduce_on_plateau": {}}


def changed(kind: str, change: dict[str, Any]) -> dict[str, Any]:
    return {"kind": f"optax.{kind}", **FIRST[kind], **change}


def ulps(value: float, expected: float, scale: float) -> float:
    return abs(value - expected) / math.ulp(max(abs(expected), scale))


def test_every_kind_has_a_closed_form_and_a_case() -> None:
    kinds = {kind_of(model) for model in dialect.kinds}
    assert kinds == {*FORMS, "optax.reduce_on_plateau"}
    assert {f"optax.{kind}" for kind in CASES} == set(FORMS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["kind"])
def test_a_schedule_is_its_closed_form(document: dict[str, Any]) -> None:
    program = unisched.compile(document, total=50)
    for step in [*range(60), 1000, 2**31 - 1]:
        assert ulps(program(step), closed(document, step), 2.0**-1000) <= 4, (document, step)


def test_a_wrong_form_is_noticed() -> None:
    document = {"kind": "optax.linear_schedule", **FIRST["linear_schedule"]}
    late = [closed(document, step + 1) for step in range(7)]
    program = unisched.compile(document)
    assert all(ulps(program(step), late[step], 1e-300) > 4 for step in range(7))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["kind"])
def test_a_document_comes_back_from_its_text(document: dict[str, Any]) -> None:
    spec = unisched.load(document)
    back = unisched.load(spec.to_json())
    assert back == spec
    assert back.to_json() == spec.to_json()
    assert hash(back) == hash(spec)


@pytest.mark.parametrize(("kind", "change", "path", "code"), REFUSED)
def test_wrong_arguments_are_refused_at_their_field(kind: str, change: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(changed(kind, change), steps_per_epoch=2)
    assert (caught.value.code, caught.value.path.removeprefix("schedules.learning_rate.")) == (code, path)


@pytest.mark.parametrize(("kind", "change", "codes"), QUIRKS)
def test_quirks_are_noted(kind: str, change: dict[str, Any], codes: set[str]) -> None:
    program = unisched.compile(changed(kind, change))
    assert {note.code for note in program.lint() if note.code.startswith("optax.")} == codes


def test_lengths_may_be_written_in_epochs() -> None:
    epochs = {"kind": "optax.piecewise_constant_schedule", "init_value": 1, "boundaries_and_scales": {"10 epochs": 0.1}}
    program = unisched.compile(epochs, steps_per_epoch=3)
    assert [program(29), program(30)] == [1.0, 0.1]
    warm = {"kind": "optax.warmup_constant_schedule", "init_value": 0, "peak_value": 1, "warmup_steps": "5%"}
    assert unisched.compile(warm, total=100)(4) == 0.8


def test_a_schedule_may_stand_for_any_hyperparameter() -> None:
    program = unisched.compile({"schedules": {"weight_decay": LINE}})
    assert program(3, "weight_decay") == 0.625


def test_a_base_multiplies_no_schedule() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile({"base": 0.1, "curve": LINE})
    assert caught.value.code == "dialect.base"


def test_a_plateau_multiplies_a_schedule() -> None:
    plateau = {"kind": "optax.reduce_on_plateau", "factor": 0.5, "patience": 3, "rtol": 0.01, "atol": 0.1,
               "cooldown": 2, "accumulation_size": 4, "min_scale": 0.125}  # fmt: skip
    program = unisched.compile({"kind": "product", "curves": [LINE, plateau]})
    assert program.body.controllers == (
        Plateau(monitor="value", factor=0.5, patience=3, threshold=0.01, cooldown=2, minimum=0.125, rule="optax",
                atol=0.1, accumulation=4, place="schedules.learning_rate.curves[1]"),
    )  # fmt: skip
