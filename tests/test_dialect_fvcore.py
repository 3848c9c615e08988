"""The fvcore dialect without fvcore: closed forms in 40 digits, what is refused and where, what is noted, its text."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from closed_forms.fvcore_forms import KINDS, closed, largest

import unisched
from unisched.dialects.fvcore import dialect
from unisched.dialects.fvcore.progress import over, written
from unisched.errors import SpecError
from unisched.spec.kinds import kind_of
from unisched.testing.dialect_checks import is_documented

STEPS = 60


def document(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"kind": f"fvcore.{kind}", **arguments}


LINE = document("LinearParamScheduler", start_value=0.1, end_value=0.01)
COSINE = document("CosineParamScheduler", start_value=0.1, end_value=0.0)
STAIRS = document("StepParamScheduler", num_updates=STEPS, values=[0.4, 0.3, 0.2, 0.1])
MILESTONES = document("MultiStepParamScheduler", values=[1, 0.1, 0.01], num_updates=90, milestones=[30, 60])


def composite(schedulers: list[Any], lengths: list[float], scaling: list[str] | None = None) -> dict[str, Any]:
    return document("CompositeParamScheduler", schedulers=schedulers, lengths=lengths,
                    interval_scaling=scaling or ["rescaled"] * len(schedulers))  # fmt: skip


CASES = [
    document("ConstantParamScheduler", value=0.3),
    LINE,
    COSINE,
    document("ExponentialParamScheduler", start_value=0.1, decay=0.001),
    document("PolynomialDecayParamScheduler", base_value=0.1, power=0.5),
    document("PolynomialDecayParamScheduler", base_value=0.1, power=0),
    STAIRS,
    document("StepWithFixedGammaParamScheduler", base_value=0.1, num_decays=9, gamma=0.7, num_updates=60),
    MILESTONES,
    document("MultiStepParamScheduler", values=[1, 0.1, 0.01], num_updates=9),
    document("MultiStepParamScheduler", values=[1, 0.1, 0.01], milestones=[2, 5, 9]),
    composite([LINE, COSINE, STAIRS], [0.2, 0.3, 0.5], ["fixed", "rescaled", "rescaled"]),
    composite([composite([COSINE, MILESTONES], [0.25, 0.75]), LINE], [0.6, 0.4]),
]


@pytest.mark.parametrize("given", CASES, ids=range(len(CASES)))
def test_every_value_is_the_closed_form(given: dict[str, Any]) -> None:
    program = unisched.compile(given, total=STEPS)
    for step in range(STEPS):
        assert abs(program(step) - closed(given, step, STEPS)) <= 4 * math.ulp(largest(given))


def test_every_kind_has_a_case_and_says_what_it_is() -> None:
    assert {case["kind"] for case in CASES} == {kind_of(model) for model in dialect.kinds}
    assert len(KINDS) == len(dialect.kinds)
    is_documented(dialect)


@pytest.mark.parametrize("given", CASES, ids=range(len(CASES)))
def test_a_document_survives_its_text(given: dict[str, Any]) -> None:
    spec = unisched.load(given)
    assert unisched.load(spec.to_json()) == spec


def test_the_values_of_the_documentation() -> None:
    program = unisched.compile(
        document("StepParamScheduler", values=[0.1, 0.01, 0.001, 0.0001], num_updates=120), total=120
    )
    assert [program(step) for step in (0, 29, 30, 59, 60, 89, 90, 119)] == [
        0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.0001, 0.0001,
    ]  # fmt: skip


def test_num_steps_takes_the_place_of_the_total() -> None:
    short = unisched.compile({**LINE, "num_steps": 20})
    assert [short(step) for step in range(20)] == [unisched.compile(LINE, total=20)(step) for step in range(20)]


def test_a_schedule_without_a_length_is_refused_at_its_field() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(LINE)
    assert (caught.value.code, caught.value.path) == ("length.missing", "schedules.learning_rate.num_steps")


def test_an_epochwise_schedule_changes_once_an_epoch() -> None:
    program = unisched.compile({**STAIRS, "interval": "epoch"}, total="8 epochs", steps_per_epoch=5)
    assert [program(step) for step in (0, 9, 10, 19, 20)] == [0.4, 0.4, 0.3, 0.3, 0.2]


REFUSED = [
    (document("StepParamScheduler", num_updates=0, values=[1]), "num_updates", "number.range"),
    (document("StepParamScheduler", num_updates=1, values=[]), "values", "seq.empty"),
    (document("MultiStepParamScheduler", values=[1, 2]), "num_updates", "field.missing"),
    (document("MultiStepParamScheduler", values=[1, 2], milestones=[3, 4, 5]), "milestones", "fvcore.count"),
    (document("MultiStepParamScheduler", values=[1, 2, 3], num_updates=4), "num_updates", "number.range"),
    (
        document("MultiStepParamScheduler", values=[1, 2, 3], num_updates=9, milestones=[4, 3]),
        "milestones",
        "number.range",
    ),
    (document("ExponentialParamScheduler", start_value=1, decay=0), "decay", "number.range"),
    (document("PolynomialDecayParamScheduler", base_value=1, power=-1), "power", "number.range"),
    (composite([LINE], [0.5]), "lengths", "number.range"),
    (composite([LINE], [1.0], ["rescaled"] * 2), "interval_scaling", "fvcore.count"),
    (composite([LINE, COSINE], [1.0, 0.0]), "lengths[1]", "number.range"),
    (composite([LINE], [1.0], ["longer"]), "interval_scaling[0]", "choice.unknown"),
    (composite([{"kind": "linear", "start": 1, "end": 0}], [1.0]), "schedulers[0]", "fvcore.child"),
    (composite([{**LINE, "num_steps": 9}], [1.0]), "schedulers[0].num_steps", "field.conflict"),
    (composite([{**LINE, "duration": 9}], [1.0]), "schedulers[0].duration", "field.conflict"),
    (composite([{**LINE, "interval": "epoch"}], [1.0]), "schedulers[0].interval", "field.conflict"),
]


@pytest.mark.parametrize(("given", "path", "code"), REFUSED)
def test_faulty_arguments_are_refused_at_their_field(given: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load(given)
    assert (caught.value.path, caught.value.code) == (path, code)


@pytest.mark.parametrize(("changes", "path", "code"), [
    ({"gamma": 1e300, "num_decays": 9}, "gamma", "range.overflow"),
    ({"num_decays": 10**6}, "num_decays", "program.too_large"),
])  # fmt: skip
def test_what_a_program_cannot_hold_is_refused(changes: dict[str, Any], path: str, code: str) -> None:
    decays = {"base_value": 1.0, "num_decays": 3, "gamma": 0.5, "num_updates": 9, **changes}
    with pytest.raises(SpecError) as caught:
        unisched.compile(document("StepWithFixedGammaParamScheduler", **decays), total=10)
    assert (caught.value.path, caught.value.code) == (f"schedules.learning_rate.{path}", code)
    decaying = document("StepWithFixedGammaParamScheduler", **decays)
    with pytest.raises(SpecError) as caught:
        unisched.compile(composite([LINE, decaying], [0.5, 0.5]), total=10)
    assert caught.value.path == f"schedules.learning_rate.schedulers[1].{path}"


NOTED = [
    (document("ConstantParamScheduler", value=0.3), "fvcore.end", {"num_steps": 20}),
    (LINE, "fvcore.end", {"num_steps": 56}),
    (COSINE, "fvcore.end", {"num_steps": 20}),
    (document("PolynomialDecayParamScheduler", base_value=0.1, power=0.5), "fvcore.end", {"num_steps": 20}),
    (MILESTONES, "fvcore.end", {"num_steps": 20}),
    (STAIRS, "fvcore.last_step", {"num_steps": 20}),
    (STAIRS, "fvcore.num_updates", {"num_updates": 3}),
    (composite([LINE, COSINE], [0.5, 0.4995]), "fvcore.lengths", {"lengths": [0.5, 0.4995]}),
]


@pytest.mark.parametrize(("given", "code", "change"), NOTED)
def test_a_quirk_is_noted_where_it_bites(given: dict[str, Any], code: str, change: dict[str, Any]) -> None:
    assert code in {note.code for note in unisched.compile({**given, **change}, total=STEPS).notes}


@pytest.mark.parametrize("given", CASES, ids=range(len(CASES)))
def test_nothing_is_noted_of_a_short_run_to_the_end(given: dict[str, Any]) -> None:
    notes = unisched.compile(given, total=STEPS).notes
    assert {note.code for note in notes} <= {"fvcore.num_updates"}


def test_long_runs_reach_their_stairs_early() -> None:
    program = unisched.compile(STAIRS, total=10**7)
    assert program.body.values[0].starts == (0, 2_499_990, 4_999_990, 7_499_990)
    assert {note.code for note in program.notes} >= {"fvcore.early", "fvcore.last_step"}


def test_a_part_too_short_for_a_step_is_not_there() -> None:
    given = composite([LINE, COSINE, STAIRS], [0.5, 0.001, 0.499])
    program = unisched.compile(given, total=10)
    assert [program(step) for step in range(10)] == pytest.approx(
        [float(closed(given, step, 10)) for step in range(10)]
    )


@pytest.mark.parametrize("number", [0.3, 0.05, 1 / 3, 2 / 7, 0.1234567890123])
def test_a_share_is_the_simplest_fraction_that_it_may_stand_for(number: float) -> None:
    found = written(number)
    assert float(found) == number
    assert found.denominator <= 10**6 or number == 0.1234567890123


def test_the_first_step_that_reaches_a_share_is_found_by_halving() -> None:
    for steps in (1, 7, 1000, 10**9):
        found = over(steps, None).first(lambda x: x >= 0.25)
        assert found == math.ceil(steps / 4)
    assert over(10, 3).first(lambda x: x >= 0.25) is None
    assert over(10, 4).first(lambda x: x >= 0.25) == 3


def stand_in(name: str, **attributes: Any) -> Any:
    return type(name, (SimpleNamespace,), {})(**attributes)


def test_a_live_schedule_is_read_from_its_attributes() -> None:
    assert dialect.lift is not None
    line = stand_in("LinearParamScheduler", _start_value=0.1, _end_value=0.01)
    stairs = stand_in("StepParamScheduler", _param_schedule=[0.4, 0.3])
    whole = stand_in("CompositeParamScheduler", _schedulers=[line, stairs], _lengths=[0.5, 0.5],
                     _interval_scaling=("rescaled", "fixed"))  # fmt: skip
    found = dialect.lift(whole)
    assert found is not None
    assert found.step == 0
    assert found.document == {
        "kind": "fvcore.CompositeParamScheduler", "lengths": [0.5, 0.5], "interval_scaling": ["rescaled", "fixed"],
        "schedulers": [LINE, document("StepParamScheduler", values=[0.4, 0.3], num_updates=2)],
    }  # fmt: skip
    assert dialect.lift(stand_in("ParamScheduler")) is None
