"""The ignite dialect without ignite: closed forms in 40 digits, what is refused and where, what is noted, its text."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from closed_forms.ignite_forms import FORMS, closed

import unisched
from unisched.dialects.ignite import dialect
from unisched.errors import SpecError
from unisched.spec.kinds import kind_of
from unisched.testing.dialect_checks import is_documented

STEPS = 60


def document(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"kind": f"ignite.{kind}", **arguments}


def triangle(**arguments: Any) -> dict[str, Any]:
    ends = {"param_name": "lr", "start_value": 1.0, "end_value": 0.1, "cycle_size": 5}
    return document("LinearCyclicalScheduler", **{**ends, **arguments})


def annealed(**arguments: Any) -> dict[str, Any]:
    ends = {"param_name": "lr", "start_value": 1.0, "end_value": 0.1, "cycle_size": 6}
    return document("CosineAnnealingScheduler", **{**ends, **arguments})


def lines(*pairs: list[Any], name: str = "lr") -> dict[str, Any]:
    return document("PiecewiseLinear", param_name=name, milestones_values=list(pairs))


def concat(schedulers: list[Any], durations: list[Any]) -> dict[str, Any]:
    return document("ConcatScheduler", schedulers=schedulers, durations=durations)


def warmed(scheduler: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    given = {"lr_scheduler": scheduler, "warmup_start_value": 0.0, "warmup_duration": 5, **arguments}
    return document("create_lr_scheduler_with_warmup", **given)


def of_torch(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"kind": f"torch.{kind}", **arguments}


STAIRS = of_torch("StepLR", step_size=4, gamma=0.5)
PLATEAU = document("ReduceLROnPlateauScheduler", metric_name="loss", factor=0.5, patience=1)
WRAPPED = document("LRScheduler", lr_scheduler=STAIRS)
GROUPS = document("ParamGroupScheduler", schedulers=[triangle(), lines([0, 0.8], [9, 0.95], name="momentum")])
DROP = {"param_name": "drop", "initial_value": 0.3, "gamma": 0.7}

CASES = [
    triangle(), triangle(cycle_size=16, cycle_mult=0.9), triangle(cycle_mult=1.5, start_value_mult=0.9),
    triangle(monotonic=True), triangle(monotonic=True, warmup_duration=3, cycle_mult=2.0, end_value_mult=0.5),
    annealed(), annealed(warmup_duration=4), annealed(cycle_mult=1.3, warmup_duration=5, start_value_mult=0.5),
    lines([3, 1.0], [9, 0.5], [9, 0.2], [20, 0.1]), lines([5, 0.1]),
    concat([triangle(), annealed(), lines([2, 0.5], [9, 0.2])], [7, 9]),
    concat([concat([annealed(cycle_size=20), triangle()], [3]), annealed()], [9]),
    warmed(annealed(), warmup_end_value=1.0), warmed(triangle(), warmup_end_value=2.0),
    warmed(concat([lines([4, 0.5], [9, 0.2]), annealed()], [9]), warmup_duration=2, warmup_end_value=0.5),
    document("PiecewiseLinearStateScheduler", param_name="drop", milestones_values=[[5, 1.0], [10, 0.8], [15, 0.6]]),
    document("ExpStateScheduler", **DROP),
    document("StepStateScheduler", **DROP, step_size=5),
    document("MultiStepStateScheduler", **DROP, milestones=[0, 3, 3, 9]),
    document("MultiStepStateScheduler", **DROP, milestones=[]),
    document("FastaiLRFinder", start_lr=1e-5, end_lr=1.0, num_iter=40),
    document("FastaiLRFinder", start_lr=0.0, end_lr=1.0, num_iter=40, step_mode="linear"),
    document("EMAHandler"), document("EMAHandler", momentum=0.002, momentum_warmup=0.2, warmup_iters=20),
]  # fmt: skip
OTHERS = [
    PLATEAU, WRAPPED, GROUPS, warmed(STAIRS), warmed(annealed()),
    document("BatchSizeScheduler", scheduler_fn="8 + step // 3 * 4"),
    document("LambdaStateScheduler", param_name="drop", lambda_obj="0.9 ** step"),
]  # fmt: skip


def name_of(given: dict[str, Any]) -> str:
    return next(iter(unisched.load(given).schedules))


@pytest.mark.parametrize("given", CASES, ids=range(len(CASES)))
def test_every_value_is_the_closed_form(given: dict[str, Any]) -> None:
    program, name = unisched.compile(given, total=STEPS), name_of(given)
    values = [closed(given, step) for step in range(STEPS)]
    for step, value in enumerate(values):
        assert abs(program(step, name) - value) <= 4 * math.ulp(max(map(abs, values)))


@pytest.mark.parametrize("given", [*CASES, *OTHERS], ids=range(len(CASES) + len(OTHERS)))
def test_a_document_survives_its_text(given: dict[str, Any]) -> None:
    spec = unisched.load(given)
    assert unisched.load(spec.to_json()) == spec


def test_every_kind_has_a_case_and_says_what_it_is() -> None:
    assert {case["kind"] for case in [*CASES, *OTHERS]} == {kind_of(model) for model in dialect.kinds}
    assert {f"ignite.{kind}" for kind in FORMS} == {case["kind"] for case in CASES}
    is_documented(dialect)


def test_a_function_of_the_state_is_asked_for_event_1_first() -> None:
    program = unisched.compile(document("LambdaStateScheduler", param_name="drop", lambda_obj="step * 0.25"))
    assert [program(step, "drop") for step in range(3)] == [0.25, 0.5, 0.75]
    called = unisched.compile(document("LambdaStateScheduler", param_name="drop", lambda_obj=lambda event: event / 4))
    assert [called(step, "drop") for step in range(3)] == [0.25, 0.5, 0.75]


def test_a_batch_size_is_a_whole_number() -> None:
    program = unisched.compile(document("BatchSizeScheduler", scheduler_fn="max(1, 10 - 2 * step)"), total=20)
    assert [program(step, "batch_size") for step in (0, 1, 4, 19)] == [10, 8, 2, 1]


def test_several_hyperparameters_move_at_once() -> None:
    program = unisched.compile(GROUPS, total=STEPS)
    assert {target.hyperparameter for target in program.targets} == {"learning_rate", "momentum"}
    assert (program(0), program(9, "momentum")) == (1.0, 0.95)


def test_the_name_of_the_parameter_says_what_is_scheduled() -> None:
    names = {"lr": "learning_rate", "eps": "epsilon", "weight_decay": "weight_decay", "lr (base)": "lr (base)"}
    for key, name in names.items():
        assert name_of(triangle(param_name=key)) == name


@pytest.mark.parametrize(("scheduler", "first"), [
    (STAIRS, 1.0), (of_torch("LinearLR", start_factor=0.5), 0.5), (of_torch("ConstantLR", factor=0.25), 0.25),
    (of_torch("LambdaLR", lr_lambda="0.5 / (1 + epoch)"), 0.5),
    (of_torch("LambdaLR", lr_lambda=lambda step: 2.0 - step / 99), 2.0),
    (of_torch("MultiStepLR", milestones=[0, 3], gamma=0.5), 0.5), (of_torch("CosineAnnealingLR", T_max=9), 1.0),
])  # fmt: skip
def test_a_warm_up_leads_to_the_first_factor(scheduler: dict[str, Any], first: float) -> None:
    program = unisched.compile(warmed(scheduler), base=0.5, steps_per_epoch=1, total=STEPS)
    own = unisched.compile(scheduler, base=0.5, steps_per_epoch=1, total=STEPS)
    assert [program(step) for step in range(5)] == pytest.approx([0.5 * first * step / 4 for step in range(5)])
    assert [program(step) for step in range(4, 20)] == [own(step) for step in range(16)]


def test_a_warm_up_to_another_value_holds_it_for_an_event() -> None:
    program = unisched.compile(warmed(STAIRS, warmup_end_value=2.0), base=0.5)
    assert [program(step) for step in range(7)] == [0.0, 0.5, 1.0, 1.5, 2.0, 0.5, 0.5]


def test_momentum_waits_for_the_end_of_the_warm_up() -> None:
    wave = of_torch("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4)
    program, own = unisched.compile(warmed(wave), total=STEPS), unisched.compile(wave, total=STEPS)
    assert [program(step, "momentum") for step in range(5)] == [own(0, "momentum")] * 5
    assert [program(step + 4, "momentum") for step in range(20)] == [own(step, "momentum") for step in range(20)]


def test_values_and_factors_go_together_as_factors() -> None:
    mixed = concat([WRAPPED, triangle()], [6])
    program = unisched.compile(mixed, base=0.5, total=STEPS)
    assert [program(step) for step in range(8)] == pytest.approx([0.5] * 4 + [0.25] * 2 + [1.0, 0.64])


def test_lengths_may_be_epochs() -> None:
    program = unisched.compile(annealed(cycle_size="2 epochs"), total=STEPS, steps_per_epoch=3)
    assert [program(step) for step in range(20)] == [unisched.compile(annealed())(step) for step in range(20)]
    epochs = unisched.compile({**annealed(), "interval": "epoch"}, steps_per_epoch=3)
    assert [epochs(step) for step in range(20)] == [unisched.compile(annealed())(step // 3) for step in range(20)]


def test_cycles_that_are_alike_go_on_for_ever() -> None:
    program = unisched.compile(triangle(monotonic=True, warmup_duration=3))
    assert program(8 * 10**9 + 3) == program(3)
    assert program.total is None


REFUSED = [
    (triangle(cycle_size=1), "cycle_size", "number.range"),
    (triangle(warmup_duration=3), "warmup_duration", "field.conflict"),
    (triangle(cycle_mult=0), "cycle_mult", "number.range"),
    (triangle(param_name="betas"), "param_name", "hyperparameter.name"),
    (triangle(param_name=3), "param_name", "type.text"),
    (lines([3, 1.0], [2, 0.5]), "milestones_values[1][0]", "range.order"),
    (lines([3, {"absolute": 1.0}]), "milestones_values[0][1]", "type.number"),
    (concat([triangle(), annealed()], [3, 4]), "durations", "ignite.count"),
    (concat([triangle(), annealed()], [0]), "durations[0]", "number.range"),
    (concat([triangle(), GROUPS], [3]), "schedulers[1]", "ignite.child"),
    (concat([triangle(), {**annealed(), "interval": "epoch"}], [3]), "schedulers[1].interval", "field.conflict"),
    (concat([triangle(), {**annealed(), "duration": 9}], [3]), "schedulers[1].duration", "field.conflict"),
    (concat([triangle(), annealed(param_name="momentum")], [3]), "schedulers[1]", "ignite.param_name"),
    (concat([triangle(), WRAPPED], [3]), "schedulers[1]", "ignite.wrapper"),
    (concat([triangle(), concat([PLATEAU, triangle()], [3])], [3]), "schedulers[1]", "ignite.wrapper"),
    (document("ParamGroupScheduler", schedulers=[triangle(), annealed()]), "schedulers[1]", "ignite.groups"),
    (document("ParamGroupScheduler", schedulers=[triangle()], names=["a", "b"]), "names", "ignite.count"),
    (document("LRScheduler", lr_scheduler=triangle()), "lr_scheduler", "ignite.child"),
    (document("LRScheduler", lr_scheduler=of_torch("ExponentialLR", gamma=0.9)), "lr_scheduler", "ignite.wrapper"),
    (warmed(triangle(), warmup_duration=1), "warmup_duration", "number.range"),
    (warmed(WRAPPED), "lr_scheduler", "ignite.wrapper"),
    (warmed(of_torch("SWALR", swa_lr=0.1)), "lr_scheduler", "ignite.wrapper"),
    (warmed(triangle(param_name="momentum")), "lr_scheduler", "ignite.param_name"),
    (document("LambdaStateScheduler", param_name="drop", lambda_obj="0.9 ** epoch"), "lambda_obj", "ignite.function"),
    (document("MultiStepStateScheduler", **DROP, milestones=[3, 2]), "milestones[1]", "range.order"),
    (document("BatchSizeScheduler", scheduler_fn="8 * 1.5 ** step"), "scheduler_fn", "ignite.batch_size"),
    (document("BatchSizeScheduler", scheduler_fn="8 / 2"), "scheduler_fn", "ignite.batch_size"),
    (document("FastaiLRFinder", start_lr=20.0), "start_lr", "range.order"),
    (document("FastaiLRFinder", start_lr=0.0), "start_lr", "number.range"),
    (document("EMAHandler", momentum=1.0), "momentum", "number.range"),
    (document("EMAHandler", momentum_warmup=0.5), "warmup_iters", "field.missing"),
]


@pytest.mark.parametrize(("given", "path", "code"), REFUSED)
def test_faulty_arguments_are_refused_at_their_field(given: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load(given)
    assert (caught.value.path, caught.value.code) == (path, code)


ON_A_CLOCK = [
    (triangle(cycle_size=3, cycle_mult=0.5), "cycle_mult", "ignite.cycle"),
    (triangle(cycle_size=2, start_value_mult=1.001), "cycle_size", "program.too_large"),
    (triangle(cycle_size=2, start_value_mult=1e9), "start_value_mult", "range.overflow"),
    (triangle(cycle_size="1 epoch", cycle_mult=2.0), "cycle_size", "number.range"),
    (concat([triangle(cycle_size=3, cycle_mult=0.5), annealed()], [30]), "schedulers[0].cycle_mult", "ignite.cycle"),
    (lines(["2 epochs", 1.0], [1, 0.5]), "milestones_values[1][0]", "range.order"),
]


@pytest.mark.parametrize(("given", "path", "code"), ON_A_CLOCK)
def test_what_only_the_clock_shows_is_refused_at_its_field(given: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(given, total=20_000, steps_per_epoch=1)
    assert (caught.value.path, caught.value.code) == (f"schedules.learning_rate.{path}", code)


def test_a_batch_size_below_1_is_refused_at_its_step() -> None:
    with pytest.raises(SpecError, match="the batch size is 0 at step 4"):
        unisched.compile(document("BatchSizeScheduler", scheduler_fn="8 - 2 * step"), total=20)


def test_what_a_factor_cannot_be_mixed_with_is_refused() -> None:
    waves = of_torch("CyclicLR", base_lr=0.1, max_lr=1.0, mode="exp_range", gamma=0.9, cycle_momentum=False)
    stairs = document("LRScheduler", lr_scheduler=waves)
    with pytest.raises(SpecError) as caught:
        unisched.compile(concat([WRAPPED, stairs], [4]), base=0.5, total=STEPS)
    assert caught.value.code in ("ignite.mixed", "absolute.product")


NOTED = [
    (triangle(), "ignite.middle"),
    (triangle(monotonic=True), "ignite.jump"),
    (triangle(cycle_mult=1.5), "ignite.truncated"),
    (annealed(), "ignite.jump"),
    (lines([3, 1.0], [3, 0.5]), "ignite.jump"),
    (warmed(annealed(), warmup_end_value=1.0), "ignite.warmup"),
    (warmed(STAIRS, warmup_end_value=1.0), "ignite.warmup"),
    ({**PLATEAU, "min_lr": 0.1}, "ignite.min_lr"),
    (document("ExpStateScheduler", **DROP), "ignite.index"),
    (document("FastaiLRFinder", start_lr=1e-5), "ignite.finder"),
    (document("EMAHandler", momentum_warmup=0.2, warmup_iters=9), "ignite.ema_name"),
    (concat([triangle(), lines([3, 1.0])], [5]), "ignite.middle"),
]


@pytest.mark.parametrize(("given", "code"), NOTED)
def test_a_quirk_is_noted_where_it_bites(given: dict[str, Any], code: str) -> None:
    assert code in {note.code for note in unisched.compile(given, total=STEPS).notes}


@pytest.mark.parametrize("given", [
    triangle(cycle_size=4), triangle(cycle_mult=2.0, cycle_size=4), annealed(warmup_duration=2), lines([3, 1.0]),
    PLATEAU, document("EMAHandler"),
])  # fmt: skip
def test_nothing_is_noted_where_none_bites(given: dict[str, Any]) -> None:
    assert [note.code for note in unisched.compile(given, total=STEPS).notes if note.code.startswith("ignite.")] == []


def stand_in(kind: str, **attributes: Any) -> Any:
    return type(kind, (SimpleNamespace,), {})(**attributes)


def live_triangle(**changes: Any) -> Any:
    arguments = {
        "param_name": "lr", "start_value": 1.0, "end_value": 0.1, "cycle_size": 5, "cycle_mult": 1.0, "cycle": 2,
        "start_value_mult": 1.0, "end_value_mult": 1.0, "warmup_duration": 0, "total_cycle_size": 5, "event_index": 3,
        "monotonic": False,
    }  # fmt: skip
    return stand_in("LinearCyclicalScheduler", **{**arguments, **changes})


def test_a_live_handler_is_read_from_its_attributes() -> None:
    assert dialect.lift is not None
    found = dialect.lift(live_triangle())
    assert found is not None
    assert found.step == 13
    assert unisched.load(found.document) == unisched.load(triangle())
    assert dialect.lift(stand_in("ParamScheduler")) is None


@pytest.mark.parametrize(("handler", "code"), [
    (live_triangle(start_value_mult=0.5, event_index=7, warmup_duration=3, total_cycle_size=8), "lift.state"),
    (stand_in("LambdaStateScheduler", lambda_obj=abs), "lift.closure"),
    (stand_in("ReduceLROnPlateauScheduler", event_index=1), "lift.state"),
])  # fmt: skip
def test_what_no_document_says_is_not_lifted(handler: Any, code: str) -> None:
    assert dialect.lift is not None
    with pytest.raises(SpecError) as caught:
        dialect.lift(handler)
    assert caught.value.code == code
