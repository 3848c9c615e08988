"""The Keras dialect without Keras: closed forms in 40 digits, what is refused and where, what is noted, its text."""

from __future__ import annotations

import math
from typing import Any

import pytest
from closed_forms.keras_forms import FORMS, closed

import unisched
from unisched.dialects.keras import dialect
from unisched.errors import SpecError
from unisched.spec.kinds import kind_of

RATE = {"initial_learning_rate": 0.1}

CASES: dict[str, list[dict[str, Any]]] = {
    "ExponentialDecay": [
        {**RATE, "decay_steps": 7, "decay_rate": 0.9},
        {**RATE, "decay_steps": 7, "decay_rate": 0.9, "staircase": True},
        {**RATE, "decay_steps": "2.5 steps", "decay_rate": 0.9},
        {**RATE, "decay_steps": 10**9, "decay_rate": 1.5},
    ],
    "PiecewiseConstantDecay": [
        {"boundaries": [5, 20], "values": [0.1, 0.05, 0.2]},
        {"boundaries": [0], "values": [0.1, 0.05]},
    ],
    "PolynomialDecay": [
        {**RATE, "decay_steps": 20},
        {**RATE, "decay_steps": 20, "end_learning_rate": 0.0, "power": 0.5},
        {**RATE, "decay_steps": "7.5 steps", "power": 2},
        {**RATE, "decay_steps": 7, "power": 0},
        {**RATE, "decay_steps": 10, "end_learning_rate": 0.01, "cycle": True},
        {**RATE, "decay_steps": 1, "power": 1.5, "cycle": True},
    ],
    "InverseTimeDecay": [
        {**RATE, "decay_steps": 1, "decay_rate": 0.5},
        {**RATE, "decay_steps": "0.5 steps", "decay_rate": 0.5},
        {**RATE, "decay_steps": 7, "decay_rate": 3, "staircase": True},
        {**RATE, "decay_steps": 7, "decay_rate": 0},
    ],
    "CosineDecay": [
        {**RATE, "decay_steps": 30},
        {**RATE, "decay_steps": "30.5 steps", "alpha": 0.1},
        {**RATE, "decay_steps": 20, "alpha": 0.1, "warmup_target": 0.5, "warmup_steps": 10},
        {**RATE, "decay_steps": 20, "warmup_target": 0.5, "warmup_steps": "2.5 steps"},
        {**RATE, "decay_steps": 20, "warmup_target": 0.5},
        {**RATE, "decay_steps": 20, "warmup_steps": 10},
    ],
    "CosineDecayRestarts": [
        {**RATE, "first_decay_steps": 7},
        {**RATE, "first_decay_steps": 10, "t_mul": 1, "alpha": 0.05},
        {**RATE, "first_decay_steps": 10, "t_mul": 1.1, "m_mul": 0.8, "alpha": 0.1},
        {**RATE, "first_decay_steps": 7, "t_mul": 1, "m_mul": 0.5, "alpha": 0.1},
        {**RATE, "first_decay_steps": "2.5 steps", "t_mul": 1},
        {**RATE, "first_decay_steps": 7, "m_mul": 0, "alpha": 0.1},
        {**RATE, "first_decay_steps": 30, "t_mul": 0.5},
    ],
    "WarmUpCosineDecayScheduler": [
        {"learning_rate_base": 0.1, "total_steps": 40},
        {"learning_rate_base": 0.1, "total_steps": 40, "warmup_learning_rate": 0.01, "warmup_steps": 5,
         "hold_base_rate_steps": 7},
        {"learning_rate_base": 0.1, "total_steps": 40, "global_step_init": 8, "warmup_steps": 12},
    ],
}  # fmt: skip
"""Arguments by kind, the edges of each included."""

DOCUMENTS = [{"kind": f"keras.{kind}", **arguments} for kind, sets in CASES.items() for arguments in sets]

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("ExponentialDecay", {"decay_steps": 0}, "decay_steps", "number.range"),
    ("ExponentialDecay", {"decay_steps": 2.5}, "decay_steps", "duration.unit"),
    ("ExponentialDecay", {"decay_rate": 0}, "decay_rate", "number.range"),
    ("ExponentialDecay", {"decay_rate": -0.5}, "decay_rate", "number.range"),
    ("ExponentialDecay", {"decay_steps": "2.5 steps", "staircase": True}, "decay_steps", "duration.whole"),
    ("ExponentialDecay", {"initial_learning_rate": math.nan}, "initial_learning_rate", "number.not_finite"),
    ("ExponentialDecay", {"name": "mine"}, "name", "field.unknown"),
    ("PiecewiseConstantDecay", {"boundaries": []}, "boundaries", "seq.empty"),
    ("PiecewiseConstantDecay", {"boundaries": [5]}, "values", "keras.values"),
    ("PiecewiseConstantDecay", {"boundaries": [5, 3]}, "boundaries[1]", "sequence.order"),
    ("PiecewiseConstantDecay", {"boundaries": [5, 5]}, "boundaries[1]", "sequence.order"),
    ("PiecewiseConstantDecay", {"boundaries": [-1, 5]}, "boundaries[0]", "number.range"),
    ("PiecewiseConstantDecay", {"boundaries": [1.5, 5]}, "boundaries[0]", "duration.unit"),
    ("PiecewiseConstantDecay", {"values": [0.1, 0.2, True]}, "values[2]", "type.bool"),
    ("PolynomialDecay", {"decay_steps": 0}, "decay_steps", "number.range"),
    ("PolynomialDecay", {"power": -1}, "power", "number.range"),
    ("PolynomialDecay", {"decay_steps": "2.5 steps", "cycle": True}, "decay_steps", "duration.whole"),
    ("InverseTimeDecay", {"decay_rate": -0.5}, "decay_rate", "number.range"),
    ("InverseTimeDecay", {"decay_steps": 0}, "decay_steps", "number.range"),
    ("CosineDecay", {"decay_steps": 0}, "decay_steps", "number.range"),
    ("CosineDecay", {"warmup_steps": -1}, "warmup_steps", "number.range"),
    ("CosineDecayRestarts", {"first_decay_steps": 0}, "first_decay_steps", "number.range"),
    ("CosineDecayRestarts", {"t_mul": 0}, "t_mul", "number.range"),
    ("CosineDecayRestarts", {"m_mul": -1}, "m_mul", "number.range"),
    ("CosineDecayRestarts", {"t_mul": 0.5}, "t_mul", "keras.horizon"),
    ("CosineDecayRestarts", {"t_mul": 1.0001}, "t_mul", "program.too_large"),
    ("CosineDecayRestarts", {"t_mul": 1.1, "m_mul": 1e5}, "m_mul", "range.overflow"),
    ("WarmUpCosineDecayScheduler", {"total_steps": 0}, "total_steps", "number.range"),
    ("WarmUpCosineDecayScheduler", {"warmup_steps": 20, "hold_base_rate_steps": 20}, "total_steps", "range.order"),
    ("WarmUpCosineDecayScheduler", {"warmup_steps": 2, "warmup_learning_rate": 1.0}, "warmup_learning_rate",
     "range.order"),
    ("ReduceLROnPlateau", {"factor": 1.0}, "factor", "number.range"),
    ("ReduceLROnPlateau", {"factor": -0.1}, "factor", "number.range"),
    ("ReduceLROnPlateau", {"monitor": "accuracy"}, "mode", "keras.mode"),
    ("ReduceLROnPlateau", {"mode": "sideways"}, "mode", "choice.unknown"),
    ("ReduceLROnPlateau", {"min_lr": -1}, "min_lr", "number.range"),
]  # fmt: skip
"""Kind, what is changed in its first case, where the error stands, and its code."""

QUIRKS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("ExponentialDecay", {}, set()),
    ("ExponentialDecay", {"staircase": True}, {"keras.late_stairs"}),
    ("InverseTimeDecay", {}, set()),
    ("InverseTimeDecay", {"staircase": True}, {"keras.late_stairs"}),
    ("PiecewiseConstantDecay", {}, {"keras.left_boundary"}),
    ("PolynomialDecay", {}, set()),
    ("PolynomialDecay", {"power": 0.5}, {"keras.nan_at_end"}),
    ("PolynomialDecay", {"cycle": True}, {"keras.stretching_cycle"}),
    ("CosineDecay", {}, set()),
    ("CosineDecay", {"alpha": 0.1}, {"keras.alpha_fraction"}),
    ("CosineDecay", {"warmup_steps": 3}, {"keras.warmup_ignored"}),
    ("CosineDecay", {"warmup_steps": 3, "warmup_target": 1.0}, {"keras.decay_after_warmup"}),
    ("CosineDecayRestarts", {"t_mul": 1}, set()),
    ("CosineDecayRestarts", {}, {"keras.misplaced_restart"}),
    ("CosineDecayRestarts", {"t_mul": 1, "m_mul": 0.5, "alpha": 0.1}, {"keras.alpha_floor"}),
    ("WarmUpCosineDecayScheduler", {}, set()),
    ("WarmUpCosineDecayScheduler", {"warmup_steps": 3}, {"keras.total_includes_warmup"}),
    ("ReduceLROnPlateau", {}, set()),
    ("ReduceLROnPlateau", {"patience": 0}, {"keras.patience_zero"}),
    ("ReduceLROnPlateau", {"cooldown": 1}, {"keras.cooldown_shorter"}),
]

FIRST: dict[str, dict[str, Any]] = {kind: sets[0] for kind, sets in CASES.items()} | {"ReduceLROnPlateau": {}}


def changed(kind: str, change: dict[str, Any]) -> dict[str, Any]:
    return {"kind": f"keras.{kind}", **FIRST[kind], **change}


def ulps(value: float, expected: float, scale: float = 2.0**-1000) -> float:
    return abs(value - expected) / math.ulp(max(abs(expected), scale))


def test_every_kind_has_a_closed_form_and_a_case() -> None:
    assert {kind_of(model) for model in dialect.kinds} == {*FORMS, "keras.ReduceLROnPlateau"}
    assert {f"keras.{kind}" for kind in CASES} == set(FORMS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["kind"])
def test_a_schedule_is_its_closed_form(document: dict[str, Any]) -> None:
    program = unisched.compile(document, total=60)
    # With t_mul below 1, all cycles end at 60.
    far = [] if document.get("t_mul") == 0.5 else [60, 99, 1000, 2**31 - 1]
    for step in [*range(60), *far]:
        assert ulps(program(step), closed(document, step)) <= 8, (document, step)


def test_a_wrong_form_is_noticed() -> None:
    document = {"kind": "keras.CosineDecay", **FIRST["CosineDecay"]}
    program = unisched.compile(document)
    assert all(ulps(program(step), closed(document, step + 1)) > 8 for step in range(30))


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
        unisched.compile(changed(kind, change))
    assert (caught.value.code, caught.value.path.removeprefix("schedules.learning_rate.")) == (code, path)


@pytest.mark.parametrize(("kind", "change", "codes"), QUIRKS)
def test_quirks_are_noted(kind: str, change: dict[str, Any], codes: set[str]) -> None:
    program = unisched.compile(changed(kind, change))
    assert {note.code for note in program.lint() if note.code.startswith("keras.")} == codes


def test_shrinking_cycles_last_as_long_as_the_total() -> None:
    shrinking = {"kind": "keras.CosineDecayRestarts", **RATE, "first_decay_steps": 8, "t_mul": 0.5}
    program = unisched.compile(shrinking, total=16)
    assert [program(step) for step in range(16)] == pytest.approx([closed(shrinking, step) for step in range(16)])
    assert "keras.last_cycle" in {note.code for note in program.lint()}
    with pytest.raises(SpecError, match=r"last 16 steps"):
        unisched.compile(shrinking, total=17)


def test_cycles_of_nearly_one_length_are_laid_out_to_the_total() -> None:
    slow = {"kind": "keras.CosineDecayRestarts", **RATE, "first_decay_steps": 8, "t_mul": 1.0001}
    program = unisched.compile(slow, total=1000)
    # Where a cycle ends is rounded to 2^-53 of its length, which counts where little of it is left.
    assert all(ulps(program(step), closed(slow, step), 0.1) <= 8 for step in range(0, 1000, 7))


def test_a_restart_is_where_the_decimal_says() -> None:
    """1000 + 1100 is 2100, though the float 1.1 is above eleven tenths."""
    program = unisched.compile({"kind": "keras.CosineDecayRestarts", **RATE, "first_decay_steps": 1000, "t_mul": 1.1})
    assert (program(2100), program(2099) < 1e-6) == (0.1, True)


def test_lengths_may_be_written_in_epochs() -> None:
    decay = {"kind": "keras.CosineDecay", **RATE, "decay_steps": "90%", "warmup_target": 0.2, "warmup_steps": "1 epoch"}
    program = unisched.compile(decay, total=100, steps_per_epoch=10)
    assert [program(10), program(55), program(100)] == pytest.approx([0.2, 0.1, 0.0])


SERIALIZED: dict[str, Any] = {
    "module": "keras.optimizers.schedules", "class_name": "CosineDecay", "registered_name": None,
    "config": {"initial_learning_rate": 0.1, "decay_steps": 50.0, "alpha": 0.0, "name": "CosineDecay",
               "warmup_target": None, "warmup_steps": 0},
}  # fmt: skip


def with_config(**config: Any) -> dict[str, Any]:
    return {**SERIALIZED, "config": {**SERIALIZED["config"], **config}}


def test_the_serialized_form_is_a_curve() -> None:
    plain = unisched.load({"kind": "keras.CosineDecay", **RATE, "decay_steps": 50})
    assert unisched.load(SERIALIZED).to_json() == plain.to_json()
    scaled = unisched.load({"kind": "product", "curves": [0.5, SERIALIZED]})
    assert unisched.compile(scaled)(0) == 0.05
    assert unisched.load(with_config(decay_steps=2.5)).schedules["learning_rate"].decay_steps.amount == 2.5


@pytest.mark.parametrize(("form", "path", "code"), [
    (with_config(initial_learning_rate=1), "config.initial_learning_rate", "keras.integer_rate"),
    ({**SERIALIZED, "config": None}, "config", "type.object"),
    ({**SERIALIZED, "class_name": "Cosine"}, "", "kind.missing"),
    ({**SERIALIZED, "registered_name": "mine>CosineDecay"}, "", "kind.missing"),
    ({**SERIALIZED, "module": "keras_hub.schedules"}, "", "kind.missing"),
    (with_config(decay_steps=0.0), "decay_steps", "number.range"),
])  # fmt: skip
def test_a_wrong_serialized_form_is_refused(form: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile({"schedules": {"learning_rate": form}})
    assert (caught.value.code, caught.value.path.removeprefix("schedules.learning_rate").lstrip(".")) == (code, path)


def test_a_plateau_is_a_factor_with_an_absolute_floor() -> None:
    plateau = {"kind": "keras.ReduceLROnPlateau", "min_lr": 1e-5, "min_delta": -0.01, "patience": 0}
    (controller,) = unisched.compile({"base": 0.1, "curve": plateau}).body.controllers
    assert (controller.rule, controller.mode, controller.patience) == ("keras", "min", 1)
    assert (controller.threshold, controller.threshold_mode) == (0.01, "abs")


def test_a_schedule_takes_no_base() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile({"base": 0.1, "curve": SERIALIZED})
    assert caught.value.code == "dialect.base"
