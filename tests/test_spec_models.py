"""The models as Python objects: frozen, hashable, copied and pickled at any allowed depth."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from unisched.duration import Duration
from unisched.errors import SpecError
from unisched.spec import BasedEntry, Scale, Spec, load
from unisched.spec.combinators import ClipCurve, RepeatCurve, SequenceCurve, ShiftCurve, StairCurve
from unisched.spec.curves import ConstantCurve, CosineCurve, ExponentialCurve, LinearCurve, PiecewiseCurve
from unisched.spec.grammar import KINDS
from unisched.spec.model import Model
from unisched.spec.values import Absolute

TWO = Duration.parse(2)


def nested(depth: int) -> dict[str, Any]:
    curve: Any = {"kind": "linear", "start": {"absolute": 1}, "end": 0}
    for _ in range(depth):
        curve = {"kind": "stair", "every": 2, "curve": curve}
    return {"schedules": {"learning_rate": curve}}


DEEPEST = 60


def test_the_depth_limit_counts_objects_and_lists() -> None:
    load(json.dumps(nested(DEEPEST)))
    for source in (json.dumps(nested(DEEPEST + 1)), nested(DEEPEST + 1)):
        with pytest.raises(SpecError) as caught:
            load(source)
        assert caught.value.code == "spec.too_deep"


def test_a_spec_at_the_depth_limit_can_do_all_a_spec_can() -> None:
    spec = load(nested(DEEPEST))
    assert str(spec).count('"stair"') == DEEPEST
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert copy.deepcopy(spec) == spec
    assert hash(copy.deepcopy(spec)) == hash(spec)
    assert load(spec.to_json()) == spec
    assert spec.model_dump_json()


def test_a_lone_curve_is_as_deep_as_the_document_it_stands_for() -> None:
    lone = nested(DEEPEST)["schedules"]["learning_rate"]
    assert load(load(lone).to_json()) == load(lone)
    with pytest.raises(SpecError, match="deep"):
        load(nested(DEEPEST + 1)["schedules"]["learning_rate"])


@pytest.mark.parametrize("depth", [DEEPEST + 1, 300, 3000])
def test_curves_stacked_in_python_beyond_the_limit_make_no_spec(depth: int) -> None:
    curve: Any = LinearCurve(start=Absolute(absolute=1.0), end=0.0)
    for _ in range(depth):
        curve = StairCurve(curve=curve, every=TWO)
    with pytest.raises(SpecError) as caught:
        Spec(schedules={"learning_rate": curve})
    assert caught.value.code == "spec.too_deep"


def test_raw_data_of_any_depth_is_refused_by_a_curve_alone() -> None:
    curve: Any = 1
    for _ in range(5000):
        curve = {"kind": "stair", "every": 2, "curve": curve}
    with pytest.raises(SpecError) as caught:
        StairCurve(curve=curve, every=TWO)
    assert caught.value.code == "spec.too_deep"


def test_a_shared_curve_is_written_wherever_it_stands() -> None:
    shared = LinearCurve(start=0.0, end=1.0)
    spec = Spec(schedules={"learning_rate": SequenceCurve(parts=(shared, shared)), "momentum": shared})
    assert spec.to_json().count('"linear"') == 3


def test_curves_that_double_beyond_the_limit_make_no_spec() -> None:
    curve: Any = LinearCurve(start=0.0, end=1.0)
    for _ in range(25):
        curve = SequenceCurve(parts=(curve, curve))
    with pytest.raises(SpecError) as caught:
        Spec(schedules={"learning_rate": curve})
    assert caught.value.code == "spec.too_large"


def test_nothing_in_a_spec_can_be_changed() -> None:
    spec: Any = load(nested(1) | {"groups": {"a": {"learning_rate": {"scale": 1}}}})
    with pytest.raises(ValidationError, match="total"):
        spec.total = TWO
    with pytest.raises(ValidationError, match="every"):
        spec.schedules["learning_rate"].every = TWO
    for mapping in (spec.schedules, spec.groups, spec.groups["a"]):
        with pytest.raises(TypeError):
            mapping["learning_rate"] = 1
        with pytest.raises(AttributeError):
            mapping._items = {}
        with pytest.raises(AttributeError):
            del mapping._items


def test_a_spec_does_not_change_with_the_data_it_came_from() -> None:
    document: Any = {"schedules": {"learning_rate": {"kind": "sequence", "parts": [1, 2]}}}
    spec = load(document)
    before = spec.to_json()
    document["schedules"]["learning_rate"]["parts"].append(3)
    document["schedules"]["momentum"] = 1
    assert spec.to_json() == before


def test_python_and_json_give_the_same_spec() -> None:
    spec = Spec(
        total=Duration.parse("10 epochs"),
        schedules={
            "learning_rate": BasedEntry(base="optimizer", curve=CosineCurve(start=1.0, end=Absolute(absolute=1e-5))),
            "momentum": ConstantCurve(value=0.9),
        },
        groups={"head": {"learning_rate": Scale(scale=ConstantCurve(value=0.5))}},
    )
    assert spec == load({
        "total": "10 epochs",
        "schedules": {
            "momentum": 0.9,
            "learning_rate": {"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 1e-5}}},
        },
        "groups": {"head": {"learning_rate": {"scale": 0.5}}},
    })  # fmt: skip


def test_schedules_stand_in_the_order_of_their_names() -> None:
    spec = load({"schedules": {"weight_decay": 1, "learning_rate": 2, "momentum": 3}})
    assert list(spec.schedules) == ["learning_rate", "momentum", "weight_decay"]


def test_a_bound_may_be_a_number_or_absolute() -> None:
    clip: Any = load({"kind": "clip", "curve": 1, "minimum": {"absolute": 0.5}, "maximum": 2}).schedules[
        "learning_rate"
    ]
    assert clip == ClipCurve(
        curve=ConstantCurve(value=1.0), minimum=ConstantCurve(value=Absolute(absolute=0.5)),
        maximum=ConstantCurve(value=2.0),
    )  # fmt: skip


@pytest.mark.parametrize(("by", "direction", "distance"), [(3, 1, "3 steps"), ("5%", 1, "5%"), (-3, -1, "3 steps"),
                                                           (0, 1, "0 steps")])  # fmt: skip
def test_a_shift_has_a_direction_and_a_distance(by: Any, direction: int, distance: str) -> None:
    curve: Any = load({"kind": "shift", "curve": 1, "by": by}).schedules["learning_rate"]
    assert isinstance(curve, ShiftCurve)
    assert (curve.direction, str(curve.distance)) == (direction, distance)
    assert json.loads(load(curve_document(curve)).to_json())["schedules"]["learning_rate"]["by"] == by


def curve_document(curve: Any) -> dict[str, Any]:
    return {"schedules": {"learning_rate": curve}}


def test_left_out_fields_have_their_defaults() -> None:
    exponential: Any = load({"kind": "exponential", "rate": 0.5}).schedules["learning_rate"]
    assert exponential == ExponentialCurve(
        start=None, end=None, rate=0.5, every=Duration.parse(1), staircase=False, warp=1.0
    )
    repeat: Any = load({"kind": "repeat", "curve": 1, "times": 3}).schedules["learning_rate"]
    assert repeat == RepeatCurve(curve=ConstantCurve(value=1.0), times=3, period=None, stretch=1.0, scale=1.0)
    points: Any = load({"kind": "piecewise", "points": [[0, 1]], "interpolation": "linear"}).schedules["learning_rate"]
    assert points == PiecewiseCurve(points=((Duration.parse(0), 1.0),), interpolation="linear")


def test_null_in_an_optional_field_is_the_field_left_out() -> None:
    assert load({"kind": "linear", "start": None, "end": 1, "duration": None}) == load({"kind": "linear", "end": 1})


def test_every_kind_is_known_by_its_name() -> None:
    assert set(KINDS) == {
        "constant", "linear", "polynomial", "cosine", "exponential", "power_decay", "piecewise", "sequence", "product",
        "sum", "clip", "repeat", "stair", "shift", "window", "formula", "recurrence", "follow", "noise", "plateau",
        "warmup_cosine", "warmup_linear", "wsd", "inverse_sqrt", "noam", "one_cycle", "triangular", "sgdr", "rex",
    }  # fmt: skip


def test_an_error_can_be_pickled() -> None:
    with pytest.raises(SpecError) as caught:
        load({"kind": "linera"})
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, again.path, str(again)) == (caught.value.code, caught.value.path, str(caught.value))


def test_a_model_may_name_one_that_is_defined_after_it() -> None:
    class Early(Model):
        part: Later

    class Later(Model):
        size: float

    Early.model_rebuild()
    assert Early(part={"size": 1.0}).part == Later(size=1.0)


def test_a_document_prints_as_json_that_reads_back_equal_and_in_short_on_one_line() -> None:
    spec = load({"kind": "warmup_cosine", "peak": 0.1, "warmup": "5%"})
    assert load(str(spec)) == spec
    assert repr(spec) == f"Spec({spec.to_json()})"
    assert "\n" not in repr(load(nested(DEEPEST)))


def test_a_document_with_a_function_prints_its_name() -> None:
    assert "builtins.abs" in str(Spec(schedules={"learning_rate": abs}))  # type: ignore[dict-item]
