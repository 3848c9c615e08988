"""The torch dialect without torch: closed forms in 50 digits, what is refused and where, what is noted, its text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from closed_forms.torch_forms import closed
from peers.torch_cases import CYCLES, DECIDED, GRID, NOTED, REFUSED, SWA, WARMUP, document

import unisched
from unisched.dialects.torch import dialect
from unisched.errors import SpecError
from unisched.ir import Plateau, Ramp, tracks
from unisched.spec.dialect import Reading
from unisched.testing import dialect_checks

BASE, STEPS = 0.3, 60
OWN_VALUES = ("torch.CyclicLR", "torch.OneCycleLR")
CASES = [pytest.param(document(kind, **arguments), id=f"{kind}-{index}")
         for kind, several in GRID.items() for index, arguments in enumerate(several)]  # fmt: skip
MODELS = {dialect_checks.kind_of(model): model for model in dialect.kinds}


def compiled(found: Mapping[str, Any], **clock: Any) -> unisched.Program:
    return unisched.compile(found, **({} if found["kind"] in OWN_VALUES else {"base": BASE}), **clock)


def names(found: Mapping[str, Any]) -> tuple[str, ...]:
    return MODELS[found["kind"]](**found).drives()


def length(found: Mapping[str, Any]) -> int:
    if found["kind"] != "torch.OneCycleLR":
        return STEPS
    return min(STEPS, found.get("total_steps") or found["epochs"] * found["steps_per_epoch"])


@pytest.mark.parametrize("found", CASES)
def test_exact_values_are_those_of_the_closed_form(found: Mapping[str, Any]) -> None:
    program = compiled(found, total=STEPS)
    for name in names(found):
        form = closed(found, BASE, name)
        for step in range(length(found)):
            value, expected = program(step, name, exact=True), float(form(step))
            assert abs(value - expected) <= 4 * math.ulp(expected), (name, step, value, expected)


@pytest.mark.parametrize("found", CASES)
def test_with_epochs_for_an_interval_the_value_changes_once_an_epoch(found: Mapping[str, Any]) -> None:
    whole = compiled(found, total=STEPS)
    slow = compiled({**found, "interval": "epoch"}, total=STEPS * 5, steps_per_epoch=5)
    for name in names(found):
        assert [slow(step, name) for step in range(STEPS * 5)] == [whole(step // 5, name) for step in range(STEPS * 5)]


@pytest.mark.parametrize("found", CASES)
def test_documents_come_back_equal_from_their_own_text(found: Mapping[str, Any]) -> None:
    dialect_checks.survives_text(MODELS[found["kind"]](**found))


def test_every_kind_and_argument_says_what_it_means() -> None:
    dialect_checks.is_documented(dialect)


@pytest.mark.parametrize("model", dialect.kinds, ids=dialect_checks.kind_of)
def test_a_misspelt_argument_is_an_error(model: Any) -> None:
    several = GRID.get(dialect_checks.kind_of(model).removeprefix("torch."), [{}])
    dialect_checks.refuses_unknown_arguments(model(**several[0]))


@pytest.mark.parametrize(("kind", "arguments", "field"), REFUSED)
def test_what_torch_refuses_is_refused_at_its_field(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as error:
        compiled(document(kind, **arguments))
    assert error.value.path.endswith(field)


@pytest.mark.parametrize(("found", "field", "values"), DECIDED)
def test_what_torch_mangles_is_refused_at_its_field(found: Mapping[str, Any], field: str, values: object) -> None:
    with pytest.raises(SpecError) as error:
        compiled(found)
    assert error.value.path.endswith(field)


@pytest.mark.parametrize(("found", "code"), NOTED)
def test_a_quirk_is_noted(found: Mapping[str, Any], code: str) -> None:
    program = unisched.compile(found, total=100, steps_per_epoch=10)
    assert code in {note.code for note in program.notes if note.path == "schedules.learning_rate"}


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (document("CyclicLR", **CYCLES, scale_fn="x"), "scale_fn"),
        (document("CyclicLR", **CYCLES, scale_mode="cycle"), "scale_mode"),
        (document("OneCycleLR", max_lr=1.0, total_steps=10, epochs=3), "epochs"),
        (document("OneCycleLR", max_lr=1.0, steps_per_epoch=10), "epochs"),
        (document("OneCycleLR", max_lr=1.0), "total_steps"),
        (document("LambdaLR", lr_lambda="1 - progress"), "lr_lambda"),
        (document("LambdaLR", lr_lambda="epoch +"), "lr_lambda"),
        (document("LambdaLR", lr_lambda=int), "lr_lambda"),
        (document("MultiplicativeLR", lr_lambda="0.9 ** epoch"), "lr_lambda"),
        (document("MultiplicativeLR", lr_lambda="0.9"), "lr_lambda"),
        (document("MultiStepLR", milestones=[1], gamma=1e200) | {"milestones": [1, 2]}, "gamma"),
        (document("ChainedScheduler", schedulers=[{**WARMUP, "interval": "epoch"}]), "schedulers[0].interval"),
        (document("ChainedScheduler", schedulers=[{**WARMUP, "duration": 3}]), "schedulers[0].duration"),
        (document("ChainedScheduler", schedulers=[{**WARMUP, "total_iters": "1 epoch"}]), "schedulers[0].total_iters"),
        (document("SequentialLR", schedulers=[WARMUP, {"kind": "linear", "start": 1, "end": 0}], milestones=[4]),
         "schedulers[1]"),
        (document("SequentialLR", schedulers=[WARMUP, {**SWA, "anneal_epochs": "0.5 epochs"}], milestones=[4]),
         "schedulers[1].anneal_epochs"),
    ],
)  # fmt: skip
def test_an_error_names_the_field(found: Mapping[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as error:
        compiled(found)
    assert error.value.path.endswith(field)


def test_lengths_may_be_epochs_and_percentages() -> None:
    plain = compiled(document("MultiStepLR", milestones=[30, 60]), total=100)
    spoken = compiled(document("MultiStepLR", milestones=["3 epochs", "60%"]), total=100, steps_per_epoch=10)
    assert [plain(step) for step in range(100)] == [spoken(step) for step in range(100)]
    with pytest.raises(SpecError, match="counts whole ones"):
        compiled(document("StepLR", step_size="25%"), total=10)


def test_one_cycle_takes_the_total_for_its_length() -> None:
    given = compiled(document("OneCycleLR", max_lr=1.0, total_steps=40))
    left_out = compiled(document("OneCycleLR", max_lr=1.0), total=40)
    assert [given(step) for step in range(40)] == [left_out(step) for step in range(40)]


def test_both_hyperparameters_of_a_lone_document_are_scheduled() -> None:
    program = compiled(document("OneCycleLR", max_lr=1.0, total_steps=40, momentum="beta1"))
    assert program.hyperparameters == ("beta1", "learning_rate")
    rate = unisched.compile({"schedules": {"learning_rate": document("CyclicLR", **CYCLES)}})
    assert rate.hyperparameters == ("learning_rate",)


def test_a_factor_takes_the_optimizers_value_and_values_take_no_base() -> None:
    assert unisched.compile(document("StepLR", step_size=3), base=2.0)(0) == 2.0
    with pytest.raises(SpecError, match="no base multiplies"):
        unisched.compile({"base": 0.1, "curve": document("CyclicLR", **CYCLES)})


def test_a_python_function_stands_for_a_formula() -> None:
    given = compiled(document("LambdaLR", lr_lambda=lambda step: 1 / (1 + step)))
    written = compiled(document("LambdaLR", lr_lambda="1 / (1 + step)"))
    assert [given(step) for step in range(20)] == [written(step) for step in range(20)]
    chained = compiled(document("MultiplicativeLR", lr_lambda=lambda step: 1 / (1 + step)))
    assert [chained(step) for step in (0, 1, 4, 2)] == pytest.approx([BASE, BASE / 2, BASE / 120, BASE / 6], rel=1e-15)
    with pytest.raises(SpecError, match="Python function"):
        given.spec.to_json()


def test_in_a_formula_an_epoch_is_one_whatever_the_scheduler_counts() -> None:
    by_step = compiled(document("LambdaLR", lr_lambda="0.5 ** epoch"), steps_per_epoch=4)
    by_epoch = compiled(document("LambdaLR", lr_lambda="0.5 ** epoch", interval="epoch"), steps_per_epoch=4)
    chained = compiled(document("MultiplicativeLR", lr_lambda="epoch / epoch / 2", interval="epoch"), steps_per_epoch=4,
                       total=40)  # fmt: skip
    assert by_step(4) == by_epoch(4) == by_epoch(7) == chained(4) == chained(7) == BASE / 2
    assert by_step(6) == pytest.approx(BASE * 0.5**1.5)


def test_swa_begins_at_the_initial_rate_or_at_what_the_part_before_reached() -> None:
    alone = compiled(SWA)
    assert alone(0) == BASE
    parts = [{"kind": "constant", "value": 0.5, "duration": 3}, SWA]
    after = unisched.compile({"base": BASE, "curve": {"kind": "sequence", "parts": parts}})
    assert after(3) == BASE / 2
    assert after(9) == alone(6) == pytest.approx(0.05, rel=1e-15)
    told = compiled({**SWA, "start": {"absolute": 1.0}})
    assert told(0) == 1.0


def test_cut_by_its_place_a_scheduler_is_as_it_was() -> None:
    parts = [{**document("CosineAnnealingLR", T_max=10), "duration": 4}, document("ExponentialLR", gamma=0.5)]
    program = unisched.compile({"base": 1.0, "curve": {"kind": "sequence", "parts": parts}})
    alone = closed(document("CosineAnnealingLR", T_max=10), 1.0)
    assert [program(step) for step in range(6)] == pytest.approx([*(float(alone(step)) for step in range(4)), 1, 0.5])


def test_warm_restarts_go_on_past_any_total() -> None:
    found = document("CosineAnnealingWarmRestarts", T_0=3, T_mult=2)
    program, form = compiled(found, total=10), closed(found, BASE)
    for step in (3 * (2**40 - 1) - 1, 3 * (2**40 - 1), 10**12):
        assert program(step, exact=True) == pytest.approx(float(form(step)), rel=1e-15)


def test_long_cycles_keep_their_place() -> None:
    found = document("CyclicLR", **CYCLES, step_size_up=3, step_size_down=4)
    program, form = compiled(found), closed(found, BASE)
    assert program(10**12 + 1) == pytest.approx(float(form(10**12 + 1)), rel=1e-15)


def test_a_cycle_of_equal_halves_is_one_row() -> None:
    (value, _) = compiled(document("CyclicLR", **CYCLES)).body.values
    ((curve,),) = (track.curves for track in tracks(value))
    assert isinstance(curve, Ramp)
    assert curve.phase.wrap == "bounce"


def test_a_plateau_lands_as_the_rule_that_torch_has() -> None:
    found = document(
        "ReduceLROnPlateau", mode="max", factor=0.5, patience=3, cooldown=2, monitor="accuracy", min_lr=0.01
    )
    program = unisched.compile(found)
    (controller,) = program.body.controllers
    assert isinstance(controller, Plateau)
    assert (controller.rule, controller.monitor, controller.mode) == ("torch", "accuracy", "max")
    assert (controller.factor, controller.patience, controller.cooldown) == (0.5, 3, 2)


# Live objects, as torch has them: their class's name and their attributes


def live(name: str, **attributes: Any) -> Any:
    return type(name, (SimpleNamespace,), {})(**attributes)


def test_arguments_are_read_from_attributes() -> None:
    assert dialect.lift is not None
    step = live("StepLR", step_size=3, gamma=0.5, last_epoch=7)
    cosine = live("CosineAnnealingLR", T_max=10.0, eta_min=0, last_epoch=2)
    assert dialect.lift(step) == Reading(document("StepLR", step_size=3, gamma=0.5), 7)
    assert dialect.lift(cosine) == Reading(document("CosineAnnealingLR", T_max=10, eta_min=0), 2)
    assert dialect.lift(live("Adam", lr=0.1)) is None


def test_what_is_code_is_not_lifted_unless_it_is_of_transformers() -> None:
    def theirs(step: int) -> float:
        return 1.0

    theirs.__module__ = "transformers.optimization"
    assert dialect.lift is not None
    with pytest.raises(SpecError) as error:
        dialect.lift(live("LambdaLR", lr_lambdas=[lambda _: 1.0], last_epoch=0))
    assert error.value.code == "lift.closure"
    assert dialect.lift(live("LambdaLR", lr_lambdas=[partial(theirs)], last_epoch=0)) is None


def test_the_share_of_one_cycle_is_found_again_or_said_to_be_lost() -> None:
    group = {"max_lr": 1.0, "initial_lr": 1.0 / 25, "min_lr": 1.0 / 25 / 1e4}
    ends = [{"end_step": 0.3 * 100 - 1}, {"end_step": 99}]
    cycle = live("OneCycleLR", optimizer=SimpleNamespace(param_groups=[group]), _schedule_phases=ends, total_steps=100,
                 _anneal_func_type="cos", cycle_momentum=False, last_epoch=4)  # fmt: skip
    assert dialect.lift is not None
    lifted = dialect.lift(cycle)
    assert lifted is not None
    assert lifted.step == 4
    assert unisched.load(lifted.document) == unisched.load(
        document("OneCycleLR", max_lr=1.0, total_steps=100, cycle_momentum=False)
    )
    ends[0]["end_step"] = math.pi * 1e-9
    with pytest.raises(SpecError, match="no pct_start leads"):
        dialect.lift(cycle)
