"""Real documents: each loads, survives its canonical text, and is accepted by the JSON Schema."""

from __future__ import annotations

import json
import math
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisched.errors import SpecError
from unisched.spec import Spec, load
from unisched.spec.grammar import KINDS

DOCUMENTS: dict[str, Any] = {
    "warm-up, hold, cosine": {"total": 10000, "schedules": {"learning_rate": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0, "end": 1e-3, "duration": 1000},
        {"kind": "constant", "duration": 500},
        {"kind": "cosine", "end": 0}]}}},
    "warm-up and cosine by its name": {"total": "90 epochs", "steps_per_epoch": 1251, "schedules": {
        "learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": "5 epochs"}}},
    "StepLR": {"base": "optimizer", "curve": {
        "kind": "exponential", "start": 1, "rate": 0.1, "every": "30 epochs", "staircase": True}},
    "MultiStepLR": {"base": "optimizer", "curve": {"kind": "piecewise", "interpolation": "previous",
        "points": [[0, 1], ["30 epochs", 0.1], ["60 epochs", 0.01]]}},
    "LinearLR": {"base": "optimizer", "curve": {
        "kind": "linear", "start": 0.3333333333333333, "end": 1, "duration": 5}},
    "PolynomialLR": {"base": "optimizer", "curve": {
        "kind": "polynomial", "start": 1, "end": 0, "power": 2, "duration": 100}},
    "cosine to an absolute floor": {"base": "optimizer", "curve": {
        "kind": "cosine", "start": 1, "end": {"absolute": 1e-5}, "duration": "100 epochs"}},
    "ChainedScheduler": {"base": "optimizer", "curve": {"kind": "product", "curves": [
        {"kind": "linear", "start": 0.1, "end": 1, "duration": 20},
        {"kind": "exponential", "start": 1, "rate": 0.99}]}},
    "triangular2": {"kind": "sum", "curves": [1e-4, {"kind": "repeat", "period": 4000, "scale": 0.5, "curve": {
        "kind": "piecewise", "interpolation": "linear", "points": [[0, 0], ["50%", 9.9e-3], ["100%", 0]]}}]},
    "warm restarts": {"kind": "repeat", "period": "10 epochs", "stretch": 2, "curve": {
        "kind": "cosine", "start": 0.1, "end": 1e-4}},
    "WSD": {"total": 100000, "schedules": {"learning_rate": {
        "kind": "wsd", "peak": 3e-4, "warmup": 2000, "decay": "20%", "shape": "1-sqrt"}}},
    "WSD-S": {"total": "50B tokens", "tokens_per_step": 4194304, "schedules": {"learning_rate": {
        "kind": "product", "curves": [
            {"kind": "linear", "start": 0, "end": 1, "duration": 250},
            {"kind": "repeat", "period": ["12.5B tokens", "12.5B tokens", "25B tokens"], "curve": {
                "kind": "wsd", "peak": 3e-4, "decay": "10%", "shape": "linear", "end": 3e-5}}]}}},
    "linear to zero, first update not wasted": {"total": 10000, "schedules": {"learning_rate": {
        "kind": "sequence", "parts": [
            {"kind": "shift", "by": 1, "curve": {"kind": "linear", "start": 0, "end": 1e-3, "duration": "10%"}},
            {"kind": "linear", "end": 0}]}}},
    "steps at 80 and 90 percent": {"total": "2T tokens", "tokens_per_step": 9437184, "schedules": {"learning_rate": {
        "kind": "product", "curves": [{"kind": "linear", "start": 0, "end": 1, "duration": 2000},
            {"kind": "piecewise", "interpolation": "previous",
             "points": [[0, 3.2e-4], ["80%", 1.0112e-4], ["90%", 3.195392e-5]]}]}}},
    "fine-tuning": {"total": 40, "schedules": {"learning_rate": {
        "base": "optimizer", "curve": {"kind": "warmup_linear", "peak": 1, "warmup": "3%"}}}},
    "self-distillation": {"total": "500 epochs", "steps_per_epoch": 1250, "schedules": {
        "learning_rate": {"kind": "warmup_cosine", "peak": 4e-3, "warmup": "10 epochs", "end": 1e-6},
        "weight_decay": {"kind": "cosine", "start": 0.04, "end": 0.4},
        "teacher_momentum": {"kind": "cosine", "start": 0.992, "end": 1},
        "teacher_temperature": {"kind": "linear", "start": 0.04, "end": 0.07, "duration": "30 epochs"}},
        "groups": {"block_00": {"learning_rate": {"scale": 0.0798}}, "no_decay*": {"weight_decay": 0},
                   "last_layer": {"learning_rate": {"scale": {
                       "kind": "piecewise", "interpolation": "previous", "points": [[0, 0], ["1 epoch", 1]]}}}}},
    "epoch-wise decay": {"total": "100 epochs", "steps_per_epoch": 10, "schedules": {
        "learning_rate": {"kind": "product", "curves": [
            {"kind": "linear", "start": 0, "end": 0.01, "duration": "3 epochs"},
            {"kind": "stair", "every": "1 epoch", "curve": {"kind": "linear", "start": 1, "end": 0.01}}]},
        "momentum": {"kind": "linear", "start": 0.8, "end": 0.937, "duration": "3 epochs"}}},
    "multistep with warm-up": {"total": 90000, "schedules": {"learning_rate": {"base": 0.02, "curve": {
        "kind": "product", "curves": [{"kind": "linear", "start": 0.001, "end": 1, "duration": 1000},
            {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [60000, 0.1], [80000, 0.01]]}]}}}},
    "tri-stage": {"total": 80000, "schedules": {"learning_rate": {"base": 3e-5, "curve": {
        "kind": "wsd", "peak": 1, "warmup": "10%", "decay": "50%", "shape": "exponential", "start": 0.01,
        "end": 0.05}}}},
    "restarts above a floor": {"kind": "sum", "curves": [0.01, {
        "kind": "repeat", "period": 1000, "stretch": 2, "scale": 0.8, "curve": {
            "kind": "cosine", "start": 0.09, "end": 0}}]},
    "cyclical KL weight": {"total": 40000, "schedules": {"beta": {"kind": "repeat", "times": 4, "curve": {
        "kind": "piecewise", "interpolation": "linear", "points": [[0, 0], ["50%", 1]]}}}},
    "Chebyshev steps": {"base": "optimizer", "curve": {"kind": "repeat", "period": "4 epochs", "curve": {
        "kind": "piecewise", "interpolation": "previous", "every": "1 epoch", "values": [1.03, 5.1, 1.4, 2.9]}}},
    "range test": {"total": 1000, "schedules": {"learning_rate": {"kind": "exponential", "start": 1e-7, "end": 10}}},
    "momentum there and back": {"total": 5000, "schedules": {"momentum": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0.85, "end": 0.95, "duration": 300}, {"kind": "constant"},
        {"kind": "linear", "end": 0.85, "duration": 50}]}}},
    "backbone at a tenth": {"total": 1000, "schedules": {"learning_rate": {"kind": "cosine", "start": 1e-3, "end": 0}},
        "groups": {"backbone*": {"learning_rate": {"scale": 0.1}},
                   "head": {"learning_rate": {"kind": "linear", "start": 1e-3, "end": 1e-4}}}},
    "nested stages": {"total": "6 epochs", "steps_per_epoch": 100, "schedules": {"learning_rate": {
        "kind": "sequence", "parts": [
            {"kind": "warmup_cosine", "peak": 1e-3, "warmup": "10%", "duration": "2 epochs"},
            {"kind": "warmup_cosine", "peak": 1e-4, "warmup": "10%"}]}}},
    "everything left": {"unisched": 1, "$schema": "urn:unisched:spec:1", "name": "näme", "description": "words",
        "after": "error", "total": "1e6 steps", "samples_per_step": 256, "schedules": {
            "learning_rate": {"kind": "clip", "minimum": {"absolute": 1e-5}, "maximum": "0.1", "curve": {
                "kind": "power_decay", "start": "3e-1", "timescale": "4k steps", "power": 1}},
            "epsilon": {"kind": "shift", "by": -5, "curve": {"kind": "cosine", "start": 1, "end": 0, "warp": 1.5}},
            "weight_decay": "1e-2",
            "batch size": {"kind": "sequence", "parts": [
                {"kind": "constant", "value": {"absolute": 3}, "duration": "5%"}, {"absolute": 4},
                {"kind": "exponential", "end": 0.1, "duration": "rest", "warp": 2}]}}},
}  # fmt: skip

ONE_STEP_APART = [0.1 + 0.2, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = Spec.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_survives_its_canonical_text(name: str) -> None:
    spec = load(DOCUMENTS[name])
    again = load(spec.to_json())
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.to_json() == spec.to_json()
    assert load(json.dumps(DOCUMENTS[name])) == spec


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schema_accepts_what_loads(name: str, validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(DOCUMENTS[name])
    validator.validate(json.loads(load(DOCUMENTS[name]).to_json()))


@pytest.mark.parametrize("document", [
    {}, [], 1, {"schedules": {}}, {"schedules": {"learning_rate": {"kind": "linera", "end": 1}}},
    {"kind": "linear"}, {"kind": "linear", "end": 1, "edn": 2}, {"kind": "linear", "end": "fast"}, {"end": 1},
    {"kind": "linear", "end": 1, "duration": "soon"}, {"kind": "sequence", "parts": []},
    {"schedules": {"learning_rate": {"scale": 1}}}, {"curve": 1},
])  # fmt: skip
def test_the_schema_refuses_what_does_not_load(document: Any, validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid(document)
    with pytest.raises(SpecError):
        load(document)


def test_the_schema_is_closed_and_knows_every_kind() -> None:
    schema = Spec.json_schema()
    assert schema["$id"] == "urn:unisched:spec:1"
    assert {kind for kind in schema["$defs"]["Kind"]["enum"] if "." not in kind} == {*KINDS}
    for kind in schema["$defs"]["Kind"]["enum"]:
        assert schema["$defs"][kind]["additionalProperties"] is False
        assert schema["$defs"][kind]["required"][0] == "kind"


def test_the_canonical_text_leaves_defaults_out() -> None:
    document = {"kind": "exponential", "start": 1, "rate": 0.5, "every": "1 step", "staircase": False, "warp": 1.0}
    assert load(document).to_json() == (
        '{"unisched": 1, "schedules": {"learning_rate": {"kind": "exponential", "start": 1.0, "rate": 0.5}}}'
    )


def test_the_canonical_text_depends_on_meaning_alone() -> None:
    one = '{"groups": {"b": {}, "a": {}}, "schedules": {"weight_decay": 1, "learning_rate": %s}}'
    other = '{"schedules": {"learning_rate": %s, "weight_decay": 1.0}, "groups": {"a": {}, "b": {}}}'
    first = load(one % '{"kind": "linear", "start": -0.0, "end": 1, "duration": "1.5k steps"}')
    second = load(other % '{"duration": 1500, "end": "1.0", "start": 0, "kind": "linear"}')
    assert first == second
    assert hash(first) == hash(second)
    assert first.to_json() == second.to_json()


@pytest.mark.parametrize("value", ONE_STEP_APART)
def test_an_awkward_float_keeps_its_bits(value: float) -> None:
    assert _through_text(value).hex() == value.hex()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_keeps_its_bits(value: float) -> None:
    assert _through_text(value).hex() == (value + 0.0).hex()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_may_stand_as_text(value: float) -> None:
    assert _through_text(repr(value)) == value


def _through_text(value: object) -> float:
    curve: Any = load(load({"kind": "linear", "end": value}).to_json()).schedules["learning_rate"]
    assert math.isfinite(curve.end)
    return float(curve.end)


NUMBERS = st.floats(1e-300, 1e300) | st.integers(1, 2**53) | st.floats(1e-9, 1e9).map(repr)
LENGTHS = st.integers(1, 10**9) | st.sampled_from(["5%", "2 epochs", "1.5B tokens", "3.25 epochs"])
LEAVES = st.one_of(
    NUMBERS,
    st.fixed_dictionaries({"kind": st.just("linear"), "end": NUMBERS}, optional={"duration": LENGTHS, "warp": NUMBERS}),
    st.fixed_dictionaries({"kind": st.just("cosine"), "end": NUMBERS | NUMBERS.map(lambda x: {"absolute": x})}),
    st.fixed_dictionaries({"kind": st.just("power_decay"), "timescale": LENGTHS}, optional={"power": NUMBERS}),
)
CURVES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"kind": st.just("sequence"), "parts": st.lists(inner, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"kind": st.just("product"), "curves": st.lists(inner, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"kind": st.just("repeat"), "curve": inner, "period": LENGTHS | st.lists(
            LENGTHS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"kind": st.just("shift"), "curve": inner, "by": LENGTHS | st.integers(-(10**9), -1)}),
        st.fixed_dictionaries({"kind": st.just("clip"), "curve": inner, "minimum": inner}),
    ),
    max_leaves=8,
)  # fmt: skip


@given(CURVES)
@settings(max_examples=60, deadline=None)
def test_any_tree_of_curves_survives_its_text_and_fits_the_schema(curve: Any) -> None:
    document = {"schedules": {"learning_rate": curve}}
    spec = load(document)
    assert load(spec.to_json()) == spec
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


SCHEMA = Spec.json_schema()
