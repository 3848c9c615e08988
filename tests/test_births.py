"""Entries that count from the birth of their param group: what is written, what is refused, what it is worth."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import bodies

import unisched
from unisched import Program, State, ir, scalar
from unisched.births import settled
from unisched.errors import SpecError, StateError, StepError
from unisched.ir import Assignment, Body, Target
from unisched.spec import BasedEntry, Dated, Scale, load

DOWN = {"kind": "linear", "start": 1, "end": 0}
UP = {"kind": "linear", "start": 0, "end": 1, "duration": 4}


def with_group(entry: Any, name: str = "late", **document: Any) -> dict[str, Any]:
    return {"total": 10, "schedules": {"learning_rate": DOWN}, "groups": {name: {"learning_rate": entry}}, **document}


def rates(program: Program, group: str, births: Mapping[str, int], stop: int = 8) -> list[float]:
    return [program.born(births)(step, group=group) for step in range(stop)]


WORTH: dict[str, tuple[Any, list[float]]] = {
    "a curve": ({"from": "birth", "curve": UP}, [0, 0, 0, 0, 0.25, 0.5, 0.75, 1]),
    "a factor of a number": ({"from": "birth", "base": 2, "curve": UP}, [0, 0, 0, 0, 0.5, 1, 1.5, 2]),
    "a number": ({"from": "birth", "curve": 0.25}, [0.25] * 8),
    "a curve over the rest of the total": ({"from": "birth", "curve": DOWN}, [1, 1, 1, 1, 0.9, 0.8, 0.7, 0.6]),
    "the document's, scaled": ({"from": "birth", "scale": 0.5}, [0.5, 0.5, 0.5, 0.5, 0.45, 0.4, 0.35, 0.3]),
    "the document's, times a curve": ({"from": "birth", "scale": UP}, [0, 0, 0, 0, 0.225, 0.4, 0.525, 0.6]),
    "a sequence": (
        {"from": "birth", "curve": {"kind": "sequence", "parts": [{**UP, "duration": 2}, 0.5]}},
        [0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5],
    ),
}


@pytest.mark.parametrize(("entry", "worth"), WORTH.values(), ids=WORTH)
def test_an_entry_from_birth_counts_from_there_and_is_its_first_value_before(entry: Any, worth: list[float]) -> None:
    program = unisched.compile(with_group(entry))
    assert rates(program, "late", {"late": 3}) == pytest.approx(worth, abs=1e-15)


@pytest.mark.parametrize(("entry", "worth"), WORTH.values(), ids=WORTH)
def test_without_a_birth_an_entry_counts_from_the_start(entry: Any, worth: list[float]) -> None:
    program = unisched.compile(with_group(entry))
    alike = unisched.compile(with_group({**entry, "from": "start"}))
    assert rates(program, "late", {}) == rates(alike, "late", {"late": 3}) == rates(program, "late", {"late": 0})
    assert rates(program, "late", {})[:5] == pytest.approx(worth[3:], abs=1e-15)


@pytest.mark.parametrize("entry", [entry for entry, _ in WORTH.values()], ids=WORTH)
def test_every_evaluator_agrees_that_the_value_is_that_of_the_steps_since(entry: Any) -> None:
    program = unisched.compile(with_group(entry))
    born, steps = program.born({"late": 3}), np.arange(20)
    due = program(np.maximum(steps - 3, 0), group="late")
    np.testing.assert_allclose(born(steps, group="late"), due, rtol=1e-15, atol=0)
    exact = program(np.maximum(steps - 3, 0), group="late", exact=True)
    assert born(steps, group="late", exact=True).tolist() == exact.tolist()


def test_a_factor_of_the_optimizers_value_counts_from_birth_too() -> None:
    program = unisched.compile(with_group({"from": "birth", "base": "optimizer", "curve": UP})).born({"late": 2})
    rate = program.function(group="late", base=8.0)
    assert [rate(step) for step in range(6)] == [0, 0, 0, 2, 4, 6]


def test_each_group_of_a_glob_has_its_own_birth() -> None:
    program = unisched.compile(with_group({"from": "birth", "curve": UP}, "block*"))
    births = {"block.0": 1, "block.1": 3, "head": 2}
    assert [rates(program, f"block.{index}", births, 5) for index in range(3)] == [
        [0, 0, 0.25, 0.5, 0.75], [0, 0, 0, 0, 0.25], [0, 0.25, 0.5, 0.75, 1],
    ]  # fmt: skip
    assert rates(program, "head", births, 3) == [1, 0.9, 0.8]


def test_a_program_with_births_is_a_value_that_pickles_and_keeps_its_document() -> None:
    program = unisched.compile(with_group({"from": "birth", "curve": UP}, "block*"))
    born = program.born({"block.0": 2})
    assert pickle.loads(pickle.dumps(born)) == born == program.born({"block.0": 2}) != program.born({"block.0": 3})
    assert (born.spec, born.clock, program.born({"head": 2})) == (program.spec, program.clock, program)


def test_the_end_of_the_run_is_the_end_also_for_a_late_group() -> None:
    program = unisched.compile(with_group({"from": "birth", "curve": UP}, after="error")).born({"late": 8})
    assert program(9, group="late") == 0.25
    with pytest.raises(StepError, match="step 10 is past the total of 10"):
        program(10, group="late")


def test_a_birth_beyond_any_run_is_still_a_number() -> None:
    program = unisched.compile(with_group({"from": "birth", "curve": UP})).born({"late": 2**63 - 1})
    assert program(2**53, group="late") == 0


def test_the_canonical_text_keeps_from_birth_and_leaves_from_start_out() -> None:
    entries = {
        "a": {"from": "birth", "curve": 0.5},
        "b": {"from": "start", "curve": 0.5},
        "c": {"from": "start", "base": "optimizer", "curve": 0.5},
        "d": {"scale": 0.5, "from": "start"},
        "e": {"scale": 0.5, "from": "birth"},
    }
    groups = {name: {"learning_rate": entry} for name, entry in entries.items()}
    spec = load({"schedules": {"learning_rate": 1}, "groups": groups})
    assert json.loads(spec.to_json())["groups"] == {
        "a": {"learning_rate": {"from": "birth", "curve": 0.5}},
        "b": {"learning_rate": 0.5},
        "c": {"learning_rate": {"base": "optimizer", "curve": 0.5}},
        "d": {"learning_rate": {"scale": 0.5}},
        "e": {"learning_rate": {"scale": 0.5, "from": "birth"}},
    }
    kinds = {name: type(entry["learning_rate"]) for name, entry in spec.groups.items()}
    assert (kinds["a"], kinds["c"], kinds["d"], kinds["e"]) == (Dated, BasedEntry, Scale, Scale)
    assert load(spec.to_json()) == spec


def test_where_a_curve_counts_from_is_part_of_the_fingerprint_and_of_the_phase_table() -> None:
    born, started = (unisched.compile(with_group({"from": origin, "curve": UP})) for origin in ("birth", "start"))
    assert born.fingerprint != started.fingerprint
    assert Program.from_json(born.to_json()) == born
    assert "learning_rate, group 'late', from its birth on\n  [0, 4)" in str(born)
    assert "birth" not in str(started)


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "in schedules": ({"schedules": {"learning_rate": {"from": "birth", "curve": 1}}}, "schedules.learning_rate",
                     "from.place"),
    "in a curve": (with_group({**UP, "from": "birth"}), "groups.late.learning_rate", "from.place"),
    "neither": (with_group({"from": "yesterday", "curve": 1}), "groups.late.learning_rate.from", "choice.unknown"),
    "null": (with_group({"from": None, "curve": 1}), "groups.late.learning_rate.from", "type.null"),
    "without a curve": (with_group({"from": "birth"}), "groups.late.learning_rate.curve", "field.missing"),
    "with a wrong curve": (with_group({"from": "birth", "curve": {"kind": "linear", "start": 1, "end": "x"}}),
                           "groups.late.learning_rate.curve.end", "type.number"),
    "a scale of nothing": (
        {"schedules": {"momentum": 1}, "groups": {"a": {"learning_rate": {"from": "birth", "scale": 1}}}},
        'groups["a"].learning_rate', "groups.scale"),
    "a metric": (with_group({"from": "birth", "curve": {"kind": "plateau", "monitor": "loss"}}),
                 'groups["late"].learning_rate', "feedback.birth"),
    "a metric of the document": (
        {"schedules": {"learning_rate": {"kind": "plateau", "monitor": "loss"}},
         "groups": {"a": {"learning_rate": {"from": "birth", "scale": 1}}}},
        'groups["a"].learning_rate', "feedback.birth"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "path", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_count_from_birth_is_refused_with_its_place(document: Any, path: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(document)
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [(path, code)]


def test_the_schema_takes_what_the_reader_takes() -> None:
    definitions = unisched.Spec.json_schema()["$defs"]
    assert '"then": {"$ref": "#/$defs/Dated"}' in json.dumps(definitions["GroupEntryObject"])
    assert definitions["Dated"]["properties"].keys() == {"from", "base", "curve"}
    assert set(definitions["Dated"]["required"]) == {"from", "curve"}
    assert definitions["Scale"]["properties"].keys() == {"scale", "from"}


@pytest.mark.parametrize("form", ["function", "scheduler"])
def test_numpy_takes_births_from_the_state_and_hands_them_on(form: str) -> None:
    spec = with_group({"from": "birth", "curve": UP}, "block*")
    state = replace(unisched.compile(spec).start(), births={"block.0": 2})
    native = unisched.build(spec, form=form, state=state.to_json())
    assert native.state().births == {"block.0": 2}
    if form == "function":
        assert native(np.arange(6), group="block.0").tolist() == [0, 0, 0, 0.25, 0.5, 0.75]
        assert native != unisched.build(spec, form=form)
        return
    used = []
    for _ in range(6):
        used.append(native.value(group="block.0"))
        native.step()
    assert used == [0, 0, 0, 0.25, 0.5, 0.75]
    assert native.state().births == {"block.0": 2}


@pytest.mark.parametrize("birth", [-1, 1.5, True, "3", None, 2**63])
def test_a_birth_that_is_no_step_is_refused(birth: Any) -> None:
    state = replace(unisched.compile(with_group(1)).start(), births={"late": birth})
    with pytest.raises(StateError, match=r'births\["late"\] is .* not a whole number from 0'):
        State.from_json(state.to_json())


@pytest.mark.parametrize("birth", [-1, 1.5, True, "3", None])
def test_nor_may_one_be_asked_for(birth: Any) -> None:
    program = unisched.compile(with_group({"from": "birth", "curve": UP}))
    with pytest.raises(StepError):
        program.born({"late": birth})


def test_without_strict_another_document_keeps_the_births() -> None:
    state = replace(unisched.compile(with_group({"from": "birth", "curve": UP})).start().at(5), births={"late": 2})
    other = unisched.build(with_group({"from": "birth", "curve": DOWN}), form="scheduler", state=state, strict=False)
    assert (other.state().births, other.value(group="late")) == ({"late": 2}, 0.7)


@settings(max_examples=150)
@given(body=bodies(), birth=st.integers(1, 60))
def test_any_value_is_moved_without_changing_a_bit(body: Body, birth: int) -> None:
    target = Target("learning_rate", "late")
    for index, value in enumerate(body.values):
        one = replace(body, assignments=(Assignment(target=target, value=index, born=True),))
        (laid,) = settled(one, {"late": birth}).assignments
        known = [ir.bind(each, 0.375) for each in (value, settled(one, {"late": birth}).values[laid.value])]
        still, moved = map(scalar.function, known)
        assert [moved(step) for step in range(birth, birth + 120)] == [still(step) for step in range(120)]
        assert [moved(step) for step in (0, birth - 1)] == pytest.approx([still(0)] * 2, rel=1e-14, abs=1e-300)
        assert (laid.target, laid.born) == (target, False)


@pytest.mark.parametrize("damage", [{"born": 1}, {"born": "true"}, {"born": True, "group": None}, {"borne": True}])
def test_a_damaged_entry_of_a_program_is_refused(damage: dict[str, Any]) -> None:
    program = unisched.compile(with_group({"from": "birth", "curve": UP}))
    data = json.loads(program.to_json())
    (entry,) = [target for target in data["body"]["targets"] if "born" in target]
    entry |= damage
    if entry.get("group") is None:
        del entry["group"]
    with pytest.raises(SpecError):
        Program.from_json(json.dumps(data))
