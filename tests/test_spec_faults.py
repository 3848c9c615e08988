"""Faulty documents: each is refused with a stable code, at its JSON path, in a message of bounded length."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from unisched.errors import SpecError
from unisched.spec import Spec, load


class Times(IntEnum):
    TWICE = 2


def curve(**fields: Any) -> dict[str, Any]:
    return {"schedules": {"learning_rate": fields}}


def linear(**fields: Any) -> dict[str, Any]:
    return curve(kind="linear", **{"start": 0, "end": 1, **fields})


def repeat(**fields: Any) -> dict[str, Any]:
    return curve(kind="repeat", curve=1, **fields)


LR = "schedules.learning_rate"


def label(value: object) -> str:
    return repr(value)[:40] if isinstance(value, str | float) else type(value).__name__


NUMBERS = [
    (True, "type.bool"),
    (np.bool_(True), "type.bool"),
    (None, "type.null"),
    ("nan", "type.number"),
    ("inf", "type.number"),
    ("Infinity", "type.number"),
    ("1e-3x", "type.number"),
    (" ", "type.number"),
    ("", "type.number"),
    ("0x10", "type.number"),
    ("1_000", "type.number"),
    ("१", "type.number"),
    ("10%", "value.percent"),
    ("1e400", "number.not_finite"),
    ("1e-400", "number.underflow"),
    ("0." + "1" * 100_000, "number.too_long"),
    ("9007199254740993", "number.inexact"),
    (float("nan"), "number.not_finite"),
    (float("inf"), "number.not_finite"),
    (float("-inf"), "number.not_finite"),
    (9007199254740993, "number.inexact"),
    (10**400, "number.not_finite"),
    (10**5000, "number.not_finite"),
    (np.float32(0.1), "type.number"),
    (np.float16(1), "type.number"),
    (np.array(0.1), "type.number"),
    (np.array([0.1]), "type.number"),
    (1j, "type.number"),
    (Decimal("0.1"), "number.inexact"),
    (Decimal("NaN"), "number.not_finite"),
    (Decimal("1e999999"), "number.not_finite"),
    (Decimal("1e-999999"), "number.underflow"),
    (Decimal("1e-350"), "number.underflow"),
    (Fraction(1, 10**400), "number.underflow"),
    (Fraction(1, 3), "number.inexact"),
    ([1], "type.number"),
    (b"1", "type.number"),
]

ACCEPTED_NUMBERS = [
    (Decimal("0e-999999"), 0.0),
    ("3e-4", 3e-4),
    (" +.5 ", 0.5),
    ("1.", 1.0),
    (-0.0, 0.0),
    ("-0.0", 0.0),
    (0, 0.0),
    (2**53, 2.0**53),
    (2**60, 2.0**60),
    (10**22, 1e22),
    (5e-324, 5e-324),
    (1.7976931348623157e308, 1.7976931348623157e308),
    (np.float64(0.1), 0.1),
    (np.int64(3), 3.0),
    (np.uint8(3), 3.0),
    (Decimal("0.5"), 0.5),
    (Fraction(1, 4), 0.25),
]

WHOLE_NUMBERS = [
    (True, "type.bool"),
    (np.bool_(False), "type.bool"),
    (1.0, "type.float_for_int"),
    (1.5, "type.float_for_int"),
    (np.float64(2), "type.float_for_int"),
    ("3", "type.integer"),
    ([3], "type.integer"),
    (0, "number.range"),
    (-1, "number.range"),
    (10**5000, "number.range"),
]

FAULTS: list[tuple[Any, str, str]] = [
    # the kind
    (curve(kind="linera", end=1), "kind.unknown", f"{LR}.kind"),
    (curve(kind="x" * 10**6, end=1), "kind.unknown", f"{LR}.kind"),
    (curve(kind=3, end=1), "kind.unknown", f"{LR}.kind"),
    (curve(kind=None, end=1), "type.null", f"{LR}.kind"),
    (curve(end=1), "kind.missing", LR),
    (curve(), "kind.missing", LR),
    ({"schedules": {"learning_rate": [1, 2]}}, "type.curve", LR),
    ({"schedules": {"learning_rate": None}}, "type.null", LR),
    ({"schedules": {"learning_rate": "fast"}}, "type.number", LR),
    # fields
    (curve(kind="linear", strat=0, end=1), "field.unknown", f"{LR}.strat"),
    (linear(__class__=1), "field.unknown", f"{LR}.__class__"),
    (linear(__init__=1), "field.unknown", f"{LR}.__init__"),
    (linear(__proto__=1), "field.unknown", f"{LR}.__proto__"),
    (linear(model_config=1), "field.unknown", f"{LR}.model_config"),
    (linear(self=1), "field.unknown", f"{LR}.self"),
    (linear(еnd=1), "field.unknown", f'{LR}["\\u0435nd"]'),
    (linear(**{"two words": 1}), "field.unknown", f'{LR}["two words"]'),
    (linear(**{f"field{i}": i for i in range(100_000)}), "field.unknown", f"{LR}.field0"),
    (linear(timescale=5), "field.unknown", f"{LR}.timescale"),
    (curve(kind="linear", start=0), "field.missing", f"{LR}.end"),
    (curve(kind="linear", start=0, end=None), "type.null", f"{LR}.end"),
    (linear(start={"absolute": True}), "type.bool", f"{LR}.start.absolute"),
    (linear(start={}), "field.missing", f"{LR}.start.absolute"),
    (linear(start={"absolut": 1}), "field.unknown", f"{LR}.start.absolut"),
    (linear(warp=0), "number.range", f"{LR}.warp"),
    (linear(warp=-1), "number.range", f"{LR}.warp"),
    (curve(kind="polynomial", start=1, end=0, power=-2), "number.range", f"{LR}.power"),
    (curve(kind="polynomial", start=1, end=0, power=0), "number.range", f"{LR}.power"),
    # durations
    (linear(duration=True), "type.bool", f"{LR}.duration"),
    (linear(duration=1.5), "duration.unit", f"{LR}.duration"),
    (linear(duration="100"), "duration.unit", f"{LR}.duration"),
    (linear(duration="10 epoks"), "duration.unit", f"{LR}.duration"),
    (linear(duration="soon"), "duration.syntax", f"{LR}.duration"),
    (linear(duration=-5), "number.range", f"{LR}.duration"),
    (linear(duration=0), "number.range", f"{LR}.duration"),
    (linear(duration="0%"), "number.range", f"{LR}.duration"),
    (linear(duration=[5]), "duration.type", f"{LR}.duration"),
    # exponential
    (curve(kind="exponential", start=1), "field.missing", f"{LR}.end"),
    (curve(kind="exponential", start=1, end=0.1, rate=0.5), "field.conflict", f"{LR}.end"),
    (curve(kind="exponential", start=1, rate=0.5, warp=2), "field.conflict", f"{LR}.warp"),
    (curve(kind="exponential", start=1, end=0.5, every=2), "field.conflict", f"{LR}.every"),
    (curve(kind="exponential", start=1, end=0.5, staircase=True), "field.conflict", f"{LR}.staircase"),
    (curve(kind="exponential", start=0, end=0.5), "number.range", f"{LR}.start"),
    (curve(kind="exponential", start=1, end=0), "number.range", f"{LR}.end"),
    (curve(kind="exponential", start=1, end={"absolute": -1}), "number.range", f"{LR}.end"),
    (curve(kind="exponential", start=1, rate=0), "number.range", f"{LR}.rate"),
    (curve(kind="exponential", start=1, rate=0.5, every=0), "number.range", f"{LR}.every"),
    (curve(kind="exponential", start=1, rate=0.5, every="rest"), "duration.rest", f"{LR}.every"),
    (curve(kind="exponential", start=1, rate=0.5, staircase="yes"), "type.boolean", f"{LR}.staircase"),
    (curve(kind="exponential", start=1, rate=0.5, staircase=1), "type.boolean", f"{LR}.staircase"),
    # power decay, piecewise
    (curve(kind="power_decay", start=1), "field.missing", f"{LR}.timescale"),
    (curve(kind="power_decay", start=1, timescale=0), "number.range", f"{LR}.timescale"),
    (curve(kind="piecewise", points=[[0, 1]]), "field.missing", f"{LR}.interpolation"),
    (curve(kind="piecewise", points=[[0, 1]], interpolation="liner"), "choice.unknown", f"{LR}.interpolation"),
    (curve(kind="piecewise", points=[[0, 1]], interpolation=None), "type.null", f"{LR}.interpolation"),
    (curve(kind="piecewise", interpolation="linear"), "field.missing", f"{LR}.points"),
    (curve(kind="piecewise", values=[1], interpolation="linear"), "field.missing", f"{LR}.every"),
    (curve(kind="piecewise", points=[[0, 1]], values=[1], every=2, interpolation="linear"), "field.conflict",
     f"{LR}.values"),
    (curve(kind="piecewise", points=[], interpolation="linear"), "seq.empty", f"{LR}.points"),
    (curve(kind="piecewise", points={"0": 1}, interpolation="linear"), "type.list", f"{LR}.points"),
    (curve(kind="piecewise", points=[[0, 1], [5]], interpolation="linear"), "type.point", f"{LR}.points[1]"),
    (curve(kind="piecewise", points=[[0, 1], [5, True]], interpolation="linear"), "type.bool", f"{LR}.points[1][1]"),
    (curve(kind="piecewise", points=[["rest", 1]], interpolation="linear"), "duration.rest", f"{LR}.points[0][0]"),
    (curve(kind="piecewise", values=[], every=2, interpolation="linear"), "seq.empty", f"{LR}.values"),
    # combinators
    (curve(kind="sequence", parts=[]), "seq.empty", f"{LR}.parts"),
    (curve(kind="sequence", parts=1), "type.list", f"{LR}.parts"),
    (curve(kind="sequence", parts=None), "type.list", f"{LR}.parts"),
    (curve(kind="sequence", parts=[1, {"kind": "linear", "end": True}]), "type.bool", f"{LR}.parts[1].end"),
    (curve(kind="product", curves=[]), "seq.empty", f"{LR}.curves"),
    (curve(kind="sum"), "field.missing", f"{LR}.curves"),
    (curve(kind="clip", curve=1), "field.missing", f"{LR}.minimum"),
    (curve(kind="clip", curve=1, minimum=2, maximum=1), "range.order", f"{LR}.minimum"),
    (curve(kind="clip", curve=1, minimum={"absolute": None}), "type.null", f"{LR}.minimum.absolute"),
    (repeat(), "field.missing", f"{LR}.period"),
    (repeat(period=0), "number.range", f"{LR}.period"),
    (repeat(period=[]), "seq.empty", f"{LR}.period"),
    (repeat(period=[5, 0]), "number.range", f"{LR}.period[1]"),
    (repeat(period="rest"), "duration.rest", f"{LR}.period"),
    (repeat(times=2, stretch=0), "number.range", f"{LR}.stretch"),
    (repeat(times=2, scale=-1), "number.range", f"{LR}.scale"),
    (curve(kind="stair", curve=1, every=0), "number.range", f"{LR}.every"),
    (curve(kind="shift", curve=1, by=1.5), "duration.unit", f"{LR}.by"),
    (curve(kind="shift", curve=1, by="-5 epochs"), "number.range", f"{LR}.by"),
    (curve(kind="shift", curve=1, by=-(10**40)), "number.range", f"{LR}.by"),
    # recipes
    (curve(kind="warmup_cosine", peak=0.1, start=0.2), "range.order", f"{LR}.start"),
    (curve(kind="warmup_linear", peak=0.1, end=0.2), "range.order", f"{LR}.end"),
    (curve(kind="warmup_linear", peak={"absolute": 1}), "type.number", f"{LR}.peak"),
    (curve(kind="wsd", peak=0.1), "field.missing", f"{LR}.decay"),
    (curve(kind="wsd", peak=0.1, decay=0), "number.range", f"{LR}.decay"),
    (curve(kind="wsd", peak=0.1, decay=5, shape="sqrt"), "choice.unknown", f"{LR}.shape"),
    (curve(kind="wsd", peak=0.1, decay=5, shape="exponential"), "number.range", f"{LR}.end"),
    (curve(kind="wsd", peak=-1, decay=5, end=-2, start=-3, shape="exponential"), "number.range", f"{LR}.peak"),
    (curve(kind="wsd", peak=1, decay=5, warmup="rest"), "duration.rest", f"{LR}.warmup"),
    # entries and groups
    (curve(base=0.1), "field.missing", f"{LR}.curve"),
    (curve(curve=1), "field.missing", f"{LR}.base"),
    (curve(base=True, curve=1), "type.bool", f"{LR}.base"),
    (curve(base="optimiser", curve=1), "base.unknown", f"{LR}.base"),
    (curve(base=0.1, curve={"kind": "linear", "end": True}), "type.bool", f"{LR}.curve.end"),
    (curve(base=0.1, curve=1, duration=5), "field.unknown", f"{LR}.duration"),
    (curve(scale=0.1), "scale.place", LR),
    ({"schedules": {"learning_rate": 1}, "groups": {"a": {"learning_rate": {"scale": True}}}}, "type.bool",
     "groups.a.learning_rate.scale"),
    ({"schedules": {"learning_rate": 1}, "groups": {"no decay": {"wd": 0}}}, "hyperparameter.name",
     'groups["no decay"].wd'),
    ({"schedules": {"learning_rate": 1}, "groups": {"a": 1}}, "type.object", "groups.a"),
    ({"schedules": {"learning_rate": 1}, "groups": {"": {}}}, "name.invalid", 'groups[""]'),
    ({"schedules": {"learning_rate": 1}, "groups": None}, "type.null", "groups"),
    # names
    *(({"schedules": {name: 1}}, "hyperparameter.name", f"schedules.{name}")
      for name in ("lr", "LR", "learningRate", "Learning_Rate", "wd", "betas", "beta_1", "b1", "beta_2", "b2", "eps")),
    ({"schedules": {"learning-rate": 1}}, "hyperparameter.name", 'schedules["learning-rate"]'),
    ({"schedules": {"": 1}}, "name.invalid", 'schedules[""]'),
    ({"schedules": {"a\nb": 1}}, "name.invalid", 'schedules["a\\nb"]'),
    ({"schedules": {"x" * 201: 1}}, "name.invalid", "schedules." + "x" * 201),
    ({"schedules": {"a\u202eb": 1}}, "name.invalid", 'schedules["a\\u202eb"]'),
    ({"name": "a\x1b[2Jb", "schedules": {}}, "name.invalid", "name"),
    ({"name": "two\nlines", "schedules": {}}, "name.invalid", "name"),
    ({"name": "\ufeffb", "schedules": {}}, "name.invalid", "name"),
    ({"description": "one line\n\x1b]0;another\x07", "schedules": {}}, "name.invalid", "description"),
    ({"schedules": {3: 1}}, "type.key", "schedules"),
    # the document
    ({}, "field.missing", "schedules"),
    ({"schedules": {}}, "seq.empty", "schedules"),
    ({"schedules": None}, "type.null", "schedules"),
    ({"schedules": [1]}, "type.object", "schedules"),
    ({"schedules": {"learning_rate": 1}, "totl": 5}, "field.unknown", "totl"),
    ({"schedules": {"learning_rate": 1}, "schema_": "x"}, "field.unknown", "schema_"),
    ({"schedules": {"learning_rate": 1}, "total": "10%"}, "duration.unit", "total"),
    ({"schedules": {"learning_rate": 1}, "total": "rest"}, "duration.rest", "total"),
    ({"schedules": {"learning_rate": 1}, "total": 0}, "number.range", "total"),
    ({"schedules": {"learning_rate": 1}, "total": 1000.0}, "duration.unit", "total"),
    ({"schedules": {"learning_rate": 1}, "after": "stop"}, "choice.unknown", "after"),
    ({"schedules": {"learning_rate": 1}, "name": 3}, "type.text", "name"),
    ({"schedules": {"learning_rate": 1}, "unisched": 2}, "version.too_new", "unisched"),
    ({"schedules": {"learning_rate": 1}, "unisched": 10**5000}, "version.too_new", "unisched"),
    *(({"schedules": {"learning_rate": 1}, "unisched": version}, "version.too_new", "unisched")
      for version in (2.0, "2", "2.0", "10.1.3")),
    *(({"schedules": {"learning_rate": 1}, "unisched": version}, "version.invalid", "unisched")
      for version in (0, -1, 1.0, True, None, "1", "latest", "1.0.0-rc1")),
    # a document that is the learning rate alone
    ({"kind": "linera"}, "kind.unknown", "kind"),
    ({"kind": "linear", "end": True}, "type.bool", "end"),
    ({"kind": "sequence", "parts": [1, {"kind": "linear"}]}, "field.missing", "parts[1].end"),
    ({"kind": "linear", "end": 0, "total": 5}, "field.unknown", "total"),
    ({"curve": 1}, "field.missing", "base"),
    ({"curve": 1, "base": "optimizer", "schedules": {}}, "field.unknown", "schedules"),
]  # fmt: skip


def caught(document: object) -> SpecError:
    with pytest.raises(SpecError) as error:
        load(document)  # type: ignore[arg-type]
    assert len(str(error.value)) < 2000
    assert len(error.value.problems) <= 20
    assert all(problem.fault and problem.remedy for problem in error.value.problems)
    return error.value


@pytest.mark.parametrize(("document", "code", "path"), FAULTS, ids=label)
def test_a_fault_has_its_code_and_path(document: object, code: str, path: str) -> None:
    error = caught(document)
    assert (error.code, error.path) == (code, path)


# What is written, and what the message says of it.
WORDS: dict[str, tuple[object, str]] = {
    "an entry without its curve": ({"schedules": {"learning_rate": {"base": 3}}}, "the entry needs 'curve'"),
    "an unknown field of an entry": ({"base": 3, "curve": 1, "x": 1}, "the entry has no field 'x'"),
    "an unknown field of a document": ({"schedules": {"a": 1}, "x": 1}, "the document has no field 'x'"),
    "a negative duration": (curve(kind="linear", start=0, end=1, duration=-5), "duration: -5 is negative; a duration"),
    "a negative duration in text": (
        curve(kind="linear", start=0, end=1, duration="-5 steps"),
        "'-5 steps' is negative",
    ),
    "an endless duration": (curve(kind="linear", start=0, end=1, duration=10**40), f"{10**40} is beyond any run"),
    "a vanishing number": (curve(kind="linear", start=0, end=Decimal("1e-999999")), "this Decimal would become 0"),
}


@pytest.mark.parametrize(("document", "words"), WORDS.values(), ids=WORDS)
def test_a_message_says_what_stands_there(document: object, words: str) -> None:
    assert words in str(caught(document))


@pytest.mark.parametrize("five", [np.int64(5), np.uint8(5), np.array(5)], ids=lambda five: f"{five.dtype} {five.ndim}")
def test_a_whole_number_of_any_library_is_one_everywhere(five: Any) -> None:
    document = curve(kind="linear", start=0, end=five, duration=five) | {"steps_per_epoch": five}
    assert load(document) == load(curve(kind="linear", start=0, end=5, duration=5) | {"steps_per_epoch": 5})
    back = {"kind": "shift", "by": -five.astype(np.int64), "curve": 1}
    assert load(back) == load({"kind": "shift", "by": -5, "curve": 1})


@pytest.mark.parametrize("given", [np.array([5]), np.bool_(True), np.array(True)], ids=repr)
def test_a_boolean_or_an_array_with_axes_is_no_whole_number(given: Any) -> None:
    assert caught(curve(kind="linear", start=0, end=given)).code.startswith("type.")
    assert caught(curve(kind="linear", start=0, end=1, duration=given)).code in ("type.bool", "duration.type")


@pytest.mark.parametrize(("number", "code"), NUMBERS, ids=label)
def test_what_is_no_number_is_refused_where_a_value_stands(number: object, code: str) -> None:
    error = caught(curve(kind="linear", start=0, end=number))
    assert (error.code, error.path) == (code, f"{LR}.end")


@pytest.mark.parametrize(("number", "value"), ACCEPTED_NUMBERS, ids=label)
def test_a_number_is_kept_exactly(number: object, value: float) -> None:
    end: Any = load(curve(kind="linear", start=0, end=number)).schedules["learning_rate"]
    assert type(end.end) is float
    assert end.end.hex() == value.hex()


@pytest.mark.parametrize(("number", "code"), WHOLE_NUMBERS, ids=label)
@pytest.mark.parametrize("field", ["steps_per_epoch", "samples_per_step", "tokens_per_step"])
def test_the_clock_takes_whole_numbers_only(field: str, number: object, code: str) -> None:
    error = caught({"schedules": {"learning_rate": 1}, field: number})
    assert (error.code, error.path) == (code, field)


@pytest.mark.parametrize(("number", "code"), WHOLE_NUMBERS, ids=label)
def test_a_repetition_takes_whole_numbers_only(number: object, code: str) -> None:
    error = caught(repeat(times=number))
    assert (error.code, error.path) == (code, f"{LR}.times")


@pytest.mark.parametrize("times", [2, np.int32(2), Times.TWICE])
def test_any_exact_integer_is_a_whole_number(times: object) -> None:
    spec = load(repeat(times=times))
    assert type(spec.schedules["learning_rate"].times) is int  # type: ignore[union-attr]


def test_an_unknown_kind_names_the_nearest() -> None:
    assert "Did you mean 'linear'?" in str(caught(curve(kind="linera")))


def test_a_field_of_another_kind_names_that_kind() -> None:
    assert "It belongs to power_decay" in str(caught(linear(timescale=5)))


def test_a_misspelt_field_comes_before_the_field_it_leaves_missing() -> None:
    error = caught(curve(kind="linear", ned=1))
    assert [problem.code for problem in error.problems] == ["field.unknown", "field.missing"]
    assert "Did you mean 'end'?" in str(error)


def test_a_letter_that_only_looks_right_is_named() -> None:
    assert "U+0435 CYRILLIC SMALL LETTER IE" in str(caught(linear(еnd=1)))


def test_a_percentage_as_a_value_points_to_base() -> None:
    assert '"base"' in str(caught(linear(end="10%")))


def test_faults_in_several_places_are_reported_together() -> None:
    document = {"schedules": {"lr": 1, "momentum": {"kind": "sequence", "parts": [True, 1, {"kind": "x"}]}}, "totl": 1}
    assert {(problem.code, problem.path) for problem in caught(document).problems} == {
        ("hyperparameter.name", "schedules.lr"), ("type.bool", "schedules.momentum.parts[0]"),
        ("kind.unknown", "schedules.momentum.parts[2].kind"), ("field.unknown", "totl"),
    }  # fmt: skip


@pytest.mark.parametrize("source", [None, 3, 1.5, True, b"{}", ["x"], object()])
def test_what_is_no_source_is_refused(source: object) -> None:
    assert caught(source).code == "spec.not_object"


def test_a_model_built_in_python_is_as_strict() -> None:
    from unisched.spec.curves import LinearCurve

    with pytest.raises(SpecError) as error:
        LinearCurve(start=True, end=float("nan"), duration=1.5)  # type: ignore[arg-type]
    assert {(problem.code, problem.path) for problem in error.value.problems} == {
        ("type.bool", "start"), ("number.not_finite", "end"), ("duration.unit", "duration"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["teacher_momentum", "beta", "ratio", "batch size", "学習率"])
def test_other_hyperparameter_names_pass_through(name: str) -> None:
    assert list(Spec(schedules={name: 1}).schedules) == [name]  # type: ignore[dict-item]


def test_the_fields_of_an_object_are_listed_once() -> None:
    error = caught({"schedules": {"learning_rate": 1}, "foo": 1, "bar": 2})
    assert [problem.path for problem in error.problems] == ["foo", "bar"]
    assert str(error).count("Fields: ") == 1


def test_a_state_is_told_from_a_document() -> None:
    error = caught({"unisched_state": 1, "step": 3, "clock": {}})
    assert [problem.code for problem in error.problems] == ["spec.state"]


@pytest.mark.parametrize(("name", "field"), [("max", "maximum"), ("maximum", "maximum"), ("floor", "minimum")])
def test_a_bound_taken_for_a_kind_is_pointed_to_clip(name: str, field: str) -> None:
    error = caught(curve(kind=name))
    assert error.code == "kind.unknown"
    assert '"clip"' in str(error)
    assert f'"{field}"' in str(error)
