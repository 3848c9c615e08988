"""The portable state: what is written is read, what was damaged is refused, what differs is named."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unisched
from unisched import State
from unisched.errors import StateError, StepError
from unisched.state import _checksum, differences

SPEC = {
    "total": 100,
    "samples_per_step": 32,
    "schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0}, "weight_decay": 0.04},
}


def begun(**changes: Any) -> State:
    """The state, at step 7, of a run of the document with changes."""
    return unisched.compile({**SPEC, **changes}).start().at(7)


def written(**changes: Any) -> dict[str, Any]:
    """A state as an object with fields changed (`...`: left out), under a checksum that fits."""
    data = {**json.loads(begun().to_json()), **changes}
    kept = {name: value for name, value in data.items() if value is not ... and name != "checksum"}
    return {**kept, "checksum": _checksum(kept)}


FULL = State(
    step=1500,
    clock=begun().clock,
    fingerprint="sha256:0",
    spec='{"unisched": 1}',
    base={"learning_rate": 0.1},
    feedback={"schedules.learning_rate.curves[1]": {"best": 0.31, "bad": 2}},
    births={"encoder": 1200},
    driven_by="tokens",
    carry=17,
)
WHOLE = {
    "a run that began": begun(),
    "every field in use": FULL,
    "no document": State(step=0, clock=begun().clock, fingerprint="sha256:0"),
    "a name beyond ASCII": begun(name="Lernrate für später"),
    "the largest step": begun().at(2**63 - 1),
}


@pytest.mark.parametrize("state", WHOLE.values(), ids=WHOLE)
def test_what_is_written_is_read(state: State) -> None:
    assert State.from_json(state.to_json()) == state


@pytest.mark.parametrize("state", WHOLE.values(), ids=WHOLE)
def test_a_state_may_be_read_from_bytes_and_from_an_object(state: State) -> None:
    assert State.from_json(state.to_json().encode()) == State.from_json(json.loads(state.to_json())) == state


def test_indentation_and_the_order_of_fields_do_not_matter() -> None:
    data = json.loads(FULL.to_json())
    assert State.from_json(json.dumps(dict(reversed(data.items())), indent=4)) == FULL


def test_a_state_is_hashed_as_it_compares() -> None:
    assert {FULL, State.from_json(FULL.to_json()), FULL.at(3)} == {FULL, FULL.at(3)}


def test_a_state_is_pickled_and_copied_as_a_value() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == copy.deepcopy(FULL) == FULL


@pytest.mark.parametrize("bit", [1, 2, 32, 128], ids="bit {}".format)
def test_a_flipped_bit_is_refused_or_changes_nothing(bit: int) -> None:
    text = begun().to_json().encode()
    for place in range(len(text)):
        flipped = text[:place] + bytes([text[place] ^ bit]) + text[place + 1 :]
        try:
            assert State.from_json(flipped) == begun()
        except StateError:
            continue


def test_a_text_cut_short_is_refused() -> None:
    text = begun().to_json()
    for length in range(len(text)):
        with pytest.raises(StateError) as caught:
            State.from_json(text[:length])
        assert caught.value.code == "state.damaged"


REFUSED: dict[str, tuple[Mapping[str, Any] | str, str]] = {
    "no JSON": ("learning rate 0.1", "state.damaged"),
    "a list": ("[1500]", "state.damaged"),
    "not a number": (FULL.to_json().replace("0.31", "NaN"), "state.damaged"),
    "endless nesting": ("[" * 100_000, "state.damaged"),
    "another checksum": ({**written(), "checksum": "crc32:00000000"}, "state.checksum"),
    "no checksum": ({name: value for name, value in written().items() if name != "checksum"}, "state.checksum"),
    "a step changed by hand": (begun().to_json().replace('"step": 7', '"step": 8'), "state.checksum"),
    "a newer format": (written(unisched_state=2), "state.version"),
    "no format": (written(unisched_state=...), "state.damaged"),
    "an unknown field": (written(epoch=3), "state.field"),
    "a missing field": (written(carry=...), "state.field"),
    "a clock without a total": (written(clock={"steps_per_epoch": 3}), "state.field"),
    "a clock that is none": (written(clock=100), "state.field"),
    "a base that is none": (written(base=0.1), "state.field"),
    "births that are none": (written(births=[]), "state.field"),
    "a driver that is unknown": (written(driven_by="moons"), "state.field"),
    "a fingerprint that is a number": (written(fingerprint=12), "state.field"),
    "a negative step": (written(step=-1), "state.type"),
    "half a step": (written(step=1.5), "state.type"),
    "a step that is true": (written(step=True), "state.type"),
    "a step beyond 64 bits": (written(step=2**63), "state.type"),
    "a step as text": (written(step="7"), "state.type"),
    "a clock of half steps": (written(clock={**json.loads(begun().to_json())["clock"], "total": 0.5}), "state.type"),
    "a negative carry": (written(carry=-1), "state.type"),
    "a document that is a list": (written(spec=[1, 2]), "state.field"),
    "a document that is text": (written(spec="cosine"), "state.field"),
    "a base that is text": (written(base={"learning_rate": "0.1"}), "state.type"),
    "a base that is true": (written(base={"learning_rate": True}), "state.type"),
    "a base that no float holds": (written(base={"learning_rate": 10**400}), "state.type"),
    "a format that is true": (written(unisched_state=True), "state.version"),
    "a step that stands there twice": ('{"step": 3, ' + begun().to_json()[1:], "state.damaged"),
}


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_state_is_refused(given: Mapping[str, Any] | str, code: str) -> None:
    with pytest.raises(StateError) as caught:
        State.from_json(given)
    assert (caught.value.code, caught.value.path) == (code, "state")


def test_reading_an_object_leaves_it_as_it_was() -> None:
    data = json.loads(FULL.to_json())
    before = copy.deepcopy(data)
    State.from_json(data)
    assert data == before


def test_an_object_that_nests_deeper_than_the_stack_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(StateError, match="the content is not JSON"):
        State.from_json({**json.loads(FULL.to_json()), "feedback": deep})


@pytest.mark.parametrize("given", [3, None, 1.5, [], True], ids=repr)
def test_what_is_no_text_of_a_state_is_refused(given: Any) -> None:
    with pytest.raises(StateError) as caught:
        State.from_json(given)
    assert caught.value.code == "state.type"


def test_a_step_of_any_integer_type_moves_a_state() -> None:
    assert begun().at(np.int64(3)) == begun().at(3)  # type: ignore[arg-type]
    assert type(begun().at(np.uint8(3)).step) is int  # type: ignore[arg-type]
    assert begun().advanced(begun().clock, samples=np.int64(64)).step == 9  # type: ignore[arg-type]


ASTRAY: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "step.advance"),
    "both": ({"tokens": 1, "samples": 1}, "step.advance"),
    "samples and epochs": ({"epochs": 1, "samples": 1}, "step.advance"),
    "half an epoch": ({"epochs": 0.5}, "step.advance"),
    "a negative count": ({"samples": -1}, "step.advance"),
    "a float": ({"samples": 1.5}, "step.advance"),
    "a boolean": ({"samples": True}, "step.advance"),
    "no pace": ({"tokens": 1}, "units.missing"),
}


@pytest.mark.parametrize(("given", "code"), ASTRAY.values(), ids=ASTRAY)
def test_a_move_that_is_none_is_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(StepError) as caught:
        begun().advanced(begun().clock, **given)
    assert caught.value.code == code


@pytest.mark.parametrize("step", [-1, 1.0, True, "7", None, 2**63])
def test_a_step_that_is_none_is_refused(step: Any) -> None:
    with pytest.raises(StateError):
        begun().at(step)


def test_moving_a_state_changes_its_step_and_nothing_else() -> None:
    assert FULL.at(1).at(FULL.step) == FULL
    assert FULL.at(1).step == 1


# The paces of two moves, and the step and the remainder they end at.
MOVES = {
    "a whole step": ([32], 8, 0),
    "less than a step": ([31], 7, 31),
    "two halves make a step": ([16, 16], 8, 0),
    "remainders add up": ([20, 20, 20, 20, 20], 10, 4),
    "many steps at once": ([3200], 107, 0),
    "nothing": ([0], 7, 0),
}


@pytest.mark.parametrize(("counts", "step", "carry"), MOVES.values(), ids=MOVES)
def test_samples_move_by_whole_steps_and_the_remainder_is_carried(counts: list[int], step: int, carry: int) -> None:
    state = begun()
    for count in counts:
        state = State.from_json(state.advanced(state.clock, samples=count).to_json())
    assert (state.step, state.carry, state.driven_by) == (step, carry, "samples")


def test_epochs_move_by_their_steps_and_leave_the_remainder() -> None:
    state = begun().advanced(begun().clock, samples=31)
    clock = replace(state.clock, steps_per_epoch=50)
    later = state.advanced(clock, epochs=2)
    assert (later.step, later.carry, later.driven_by) == (107, 31, "samples")
    assert later.advanced(clock, samples=1).step == 108
    with pytest.raises(StepError, match="epochs need steps_per_epoch, which is not known"):
        state.advanced(replace(clock, steps_per_epoch=None), epochs=1)


def test_a_remainder_of_samples_is_none_of_tokens() -> None:
    clock = replace(begun().clock, tokens_per_step=4096)
    state = begun().advanced(clock, samples=31)
    with pytest.raises(StepError, match="31 samples are carried, and tokens are no samples"):
        state.advanced(clock, tokens=5)
    assert state.advanced(clock, samples=1).advanced(clock, tokens=5).carry == 5


def test_what_is_carried_goes_on_into_the_resumed_run() -> None:
    program = unisched.compile(SPEC)
    first = unisched.emit(program, form="scheduler")
    first.advance(samples=48)
    second = unisched.emit(program, form="scheduler", state=first.state().to_json())
    second.advance(samples=48)
    assert (second.state().step, second.state().carry) == (3, 0)


# What changed, and how it is named.
CHANGED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "its name": ({"name": "second try"}, []),
    "its total": ({"total": 200}, ["total was 100, is 200"]),
    "its pace": ({"samples_per_step": None}, ["samples_per_step was 32, is null"]),
    "one value": (
        {"schedules": {**SPEC["schedules"], "learning_rate": {"kind": "cosine", "start": 0.2, "end": 0}}},  # type: ignore[dict-item]
        ["schedules.learning_rate.start was 0.1, is 0.2"],
    ),
    "one hyperparameter": (
        {"schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0}}},
        ["schedules.weight_decay"],
    ),
}


@pytest.mark.parametrize(("changes", "named"), CHANGED.values(), ids=CHANGED)
def test_what_differs_between_two_runs_is_named_by_its_place(changes: dict[str, Any], named: list[str]) -> None:
    document = {name: value for name, value in {**SPEC, **changes}.items() if value is not None}
    found = differences(begun(), unisched.compile(document).start())
    assert len(found) == len(named)
    assert all(text.startswith(start) for text, start in zip(found, named, strict=True))


def test_the_state_of_another_run_is_refused_by_the_field_that_differs() -> None:
    with pytest.raises(StateError, match=r"state: total was 100, is 200\. .*strict=False"):
        unisched.build(SPEC, total=200, state=begun().to_json())


def test_a_document_too_long_to_keep_is_left_out() -> None:
    values = [0.1 / (1 + i) for i in range(5000)]
    curve = {"kind": "piecewise", "values": values, "every": 1, "interpolation": "linear"}
    state = unisched.compile(curve, total=5000).start()
    assert state.spec is None
    assert State.from_json(state.to_json()) == state


def test_of_two_documents_too_long_to_keep_only_the_clocks_are_told_apart() -> None:
    values = [0.1 / (1 + i) for i in range(5000)]
    curve = {"kind": "piecewise", "values": values, "every": 1, "interpolation": "linear"}
    state = unisched.compile(curve, total=5000).start()
    with pytest.raises(StateError, match=r"state: its values differ\. .*strict=False"):
        unisched.build({**curve, "values": [0.2, *values[1:]]}, total=5000, state=state)
    with pytest.raises(StateError, match=r"state: total was 5000, is 6000\. "):
        unisched.build({**curve, "values": [*values, *values[:1000]]}, total=6000, state=state)


BY_HAND: dict[str, dict[str, Any]] = {
    "no clock": {"clock": None},
    "no base": {"base": None},
    "a base that is no number": {"base": {"learning_rate": math.nan}},
    "no feedback": {"feedback": None},
    "births that are no counts": {"births": {"head": -1}},
    "a document that is no JSON": {"spec": "constant"},
    "a document of another kind": {"spec": "[1]"},
    "no fingerprint": {"fingerprint": None},
    "another driver": {"driven_by": "epochs"},
    "no carry": {"carry": None},
    "a carry below 0": {"carry": -1},
    "half a step": {"step": 0.5},
}
DOORS: dict[str, Callable[[State], object]] = {
    "build": lambda state: unisched.build(SPEC, state=state),
    "a scheduler": lambda state: unisched.build(SPEC, form="scheduler", state=state),
    "adopt": lambda state: unisched.adopt(state, SPEC),
    "replan": lambda state: unisched.replan(state, tail={"kind": "linear", "end": 0, "duration": 5}),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", BY_HAND)
def test_a_state_that_was_put_together_wrongly_is_refused_at_every_door(name: str, door: str) -> None:
    with pytest.raises(StateError) as caught:
        DOORS[door](replace(unisched.compile(SPEC).start(), **BY_HAND[name]))
    assert caught.value.code.startswith("state.")


@pytest.mark.parametrize("door", DOORS)
def test_numbers_of_numpy_in_it_are_numbers(door: str) -> None:
    state = replace(unisched.compile(SPEC).start(), step=np.int64(3), base={"learning_rate": np.float64(0.1)})
    DOORS[door](state)


FILED: dict[str, Callable[[Path], object]] = {
    "build": lambda path: unisched.build(SPEC, state=path),
    "adopt": lambda path: unisched.adopt(str(path), SPEC),
    "replan": lambda path: unisched.replan(path, total=200),
}


@pytest.mark.parametrize("door", FILED)
def test_what_is_wrong_with_the_state_in_a_file_names_the_file(door: str, tmp_path: Path) -> None:
    path = tmp_path / "run.state.json"
    path.write_text(begun().to_json().replace('"step": 7', '"step": 8'), encoding="utf-8")
    with pytest.raises(StateError) as caught:
        FILED[door](path)
    assert (caught.value.code, caught.value.__notes__) == ("state.checksum", [f"in {path}"])
