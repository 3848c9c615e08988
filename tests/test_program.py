"""A compiled program: calling it, asking it, copying it, and handing it on."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from unisched import Program, compile
from unisched.errors import BindingError, SpecError, StepError
from unisched.evaluate import numpy_namespace
from unisched.ir import Target

DOCUMENT: dict[str, Any] = {
    "total": 200,
    "schedules": {
        "learning_rate": {"kind": "warmup_cosine", "peak": 3e-4, "warmup": 20, "end": 3e-5},
        "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
    },
    "groups": {"body*": {"learning_rate": {"scale": 0.1}}, "head": {"weight_decay": 0}},
}
PROGRAM = compile(DOCUMENT)
LR, WD = Target("learning_rate"), Target("weight_decay")
BODY, HEAD = Target("learning_rate", "body*"), Target("weight_decay", "head")


class Step(IntEnum):
    SEVEN = 7


class Ten:
    def __index__(self) -> int:
        return 10


@dataclass(frozen=True)
class Tensor:
    """What has an index though it is a boolean, an array or a float, as tensors of one element have."""

    index: int
    dtype: str
    ndim: int

    def __index__(self) -> int:
        return self.index


NO_STEPS: list[tuple[Any, str]] = [
    (-1, "step.negative"), (-(10**5000), "step.negative"), (np.int64(-1), "step.negative"), (np.array([3, -1]),
     "step.negative"),
    (1.0, "step.type"), (1.5, "step.type"), (float("nan"), "step.type"), (True, "step.type"), (np.bool_(True),
     "step.type"),
    ("3", "step.type"), (None, "step.type"), ([1, 2], "step.type"), (Fraction(1), "step.type"), (np.float64(1),
     "step.type"),
    (np.array([1.0]), "step.type"), (np.array([True]), "step.type"), (np.array(["1"]), "step.type"),
    (np.array(1.5), "step.type"), (np.array(True), "step.type"),
    (Tensor(1, "torch.bool", 0), "step.type"), (Tensor(2, "torch.int64", 1), "step.type"),
    (Tensor(0, "paddle.float32", 0), "step.type"), (Tensor(0, "paddle.bfloat16", 0), "step.type"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "code"), NO_STEPS, ids=lambda value: type(value).__name__)
def test_what_is_no_step_is_refused(step: Any, code: str) -> None:
    with pytest.raises(StepError) as raised:
        PROGRAM(step)
    assert raised.value.code == code


@pytest.mark.parametrize("step", [7, np.int8(7), np.uint64(7), np.array(7), Step.SEVEN], ids=lambda s: type(s).__name__)
def test_any_whole_number_is_a_step_and_gives_a_python_float(step: Any) -> None:
    value = PROGRAM(step)
    assert type(value) is float
    assert value == pytest.approx(3e-4 * 7 / 20)


def test_an_object_with_an_index_is_a_step() -> None:
    assert PROGRAM(Ten()) == PROGRAM(10)  # type: ignore[call-overload]


def test_a_tensor_without_axes_is_a_step() -> None:
    assert PROGRAM(Tensor(10, "torch.int64", 0)) == PROGRAM(10)  # type: ignore[call-overload]


UNNAMED: dict[str, Any] = {
    "a target": lambda program: program(0, 3),
    "a list": lambda program: program(0, []),
    "a group": lambda program: program(0, group=3),
    "a list of groups": lambda program: program(0, group=[]),
    "a target of an array": lambda program: program(np.arange(3), 3),
    "an exact target": lambda program: program(0, 3, exact=True),
    "a traced group": lambda program: program.traced(numpy_namespace, "learning_rate", 3),
    "a resolved group": lambda program: program.resolve("learning_rate", 3),
    "a selection": lambda program: program.select(3),
}


@pytest.mark.parametrize("ask", UNNAMED.values(), ids=UNNAMED)
def test_targets_and_groups_are_names(ask: Any) -> None:
    with pytest.raises(BindingError, match="is not a name") as raised:
        ask(PROGRAM)
    assert raised.value.code == "binding.type"


def test_a_selection_of_nothing_is_refused() -> None:
    with pytest.raises(BindingError, match="Choose among learning_rate") as raised:
        PROGRAM.select()
    assert raised.value.code == "binding.missing"


def test_any_later_step_holds_the_end() -> None:
    for step in (200, 10**6, 2**53, 2**63, 10**30):
        assert PROGRAM(step) == 3e-5


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64", "uint64"])
def test_an_array_keeps_its_shape_and_gives_float64(dtype: str) -> None:
    steps = np.arange(120, dtype=dtype).reshape(2, 3, 20)
    values = PROGRAM(steps)
    assert values.shape == steps.shape
    assert values.dtype == np.float64
    for step, value in zip(steps.flat, values.flat, strict=True):
        assert value == pytest.approx(PROGRAM(int(step)), rel=1e-15)


def test_an_empty_array_is_an_answer_too() -> None:
    assert PROGRAM(np.empty((0, 3), dtype=np.int64)).shape == (0, 3)
    assert PROGRAM(np.empty((0, 3), dtype=np.int64), exact=True).shape == (0, 3)


def test_exact_values_of_an_array_are_those_of_each_step() -> None:
    steps = np.arange(0, 210, 3).reshape(7, 10)
    expected = [PROGRAM(int(step), exact=True) for step in steps.flat]
    assert PROGRAM(steps, exact=True).ravel().tolist() == expected


def test_exact_is_correctly_rounded_where_fractions_can_say() -> None:
    start, end = Fraction(0.04), Fraction(0.4)
    for step in range(201):
        u = Fraction(step, 200)
        assert PROGRAM(step, "weight_decay", exact=True) == float(start * (1 - u) + end * u)


def test_the_names_of_what_is_scheduled_keep_one_order() -> None:
    assert PROGRAM.targets == (LR, WD, BODY, HEAD)
    assert PROGRAM.hyperparameters == ("learning_rate", "weight_decay")
    assert PROGRAM.groups == ("body*", "head")
    assert PROGRAM.total == 200


def test_a_target_unpacks_into_a_call() -> None:
    assert PROGRAM.at(50) == {target: PROGRAM(50, *target) for target in PROGRAM.targets}
    assert PROGRAM.at(50)[HEAD] == 0.0


@pytest.mark.parametrize(("name", "group", "expected"), [
    ("learning_rate", None, LR), ("learning_rate", "body.1", BODY), ("learning_rate", "body*", BODY),
    ("learning_rate", "head", LR), ("weight_decay", "head", HEAD), ("weight_decay", "body.1", WD),
    ("momentum", None, None), ("momentum", "head", None),
])  # fmt: skip
def test_a_param_group_is_resolved_to_what_it_follows(name: str, group: str | None, expected: Target | None) -> None:
    assert PROGRAM.resolve(name, group) == expected


def test_a_hyperparameter_scheduled_in_groups_only_is_scheduled_nowhere_else() -> None:
    program = compile({"schedules": {"weight_decay": 0.1}, "groups": {"head": {"momentum": 0.9}}})
    assert program.resolve("momentum", "head") == Target("momentum", "head")
    assert program.resolve("momentum", None) is None
    with pytest.raises(BindingError) as raised:
        program(0, "momentum")
    assert raised.value.code == "target.unknown"


@pytest.mark.parametrize(("target", "words"), [
    ("learning_rat", "Did you mean 'learning_rate'?"), ("momentum", "Choose among learning_rate, weight_decay"),
    ("", "not scheduled"), ("x" * 10_000, "not scheduled"),
])  # fmt: skip
def test_an_unknown_target_is_named_with_the_nearest(target: str, words: str) -> None:
    with pytest.raises(BindingError) as raised:
        PROGRAM(0, target)
    assert raised.value.code == "target.unknown"
    assert words in str(raised.value)
    assert len(str(raised.value)) < 2000


def test_values_are_a_half_open_range() -> None:
    assert PROGRAM.values(3, 7).tolist() == PROGRAM(np.arange(3, 7)).tolist()
    assert PROGRAM.values(7, 7).size == 0
    assert PROGRAM.values(7, 3).size == 0
    assert PROGRAM.values(0, 5, "weight_decay", "head").tolist() == [0.0] * 5
    with pytest.raises(StepError):
        PROGRAM.values(-1, 5)


def test_a_selection_holds_only_what_it_names() -> None:
    chosen = PROGRAM.select("weight_decay")
    assert chosen.targets == (WD, HEAD)
    assert len(chosen.body.values) == 2
    assert chosen.at(50) == {WD: PROGRAM.at(50)[WD], HEAD: 0.0}
    assert PROGRAM.select("weight_decay", "learning_rate") == PROGRAM
    with pytest.raises(BindingError, match="Did you mean 'weight_decay'"):
        PROGRAM.select("weight_dekay")


def test_a_function_is_made_once_and_is_fast_to_get() -> None:
    assert PROGRAM.function("learning_rate", "body.1") is PROGRAM.function("learning_rate", "body.1")
    assert PROGRAM.function("learning_rate", "body.1")(20) == 3e-4 * 0.1


def test_a_traced_function_carries_the_scale_of_its_group() -> None:
    steps = np.arange(250)
    traced = PROGRAM.traced(numpy_namespace, "learning_rate", "body.1")(steps)
    assert np.allclose(traced, PROGRAM.values(0, 250, group="body.1"), rtol=1e-15)
    assert traced[20] == 3e-4 * 0.1


COPIES: dict[str, Callable[[Program], Program]] = {
    "pickle": lambda program: pickle.loads(pickle.dumps(program)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "json": lambda program: Program.from_json(program.to_json()),
    "json twice": lambda program: Program.from_json(Program.from_json(program.to_json()).to_json()),
    "compiled again": lambda program: compile(program.spec),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_is_an_equal_program(way: str) -> None:
    PROGRAM.function()
    again = COPIES[way](PROGRAM)
    assert again == PROGRAM
    assert hash(again) == hash(PROGRAM)
    assert again.fingerprint == PROGRAM.fingerprint
    assert again.to_json() == PROGRAM.to_json()
    assert str(again) == str(PROGRAM)
    assert [again(step) for step in range(210)] == [PROGRAM(step) for step in range(210)]


def test_a_pickle_keeps_the_notes() -> None:
    program = compile({"kind": "linear", "start": 1, "end": 0, "duration": "3.3 epochs"}, steps_per_epoch=7)
    assert program.notes
    assert pickle.loads(pickle.dumps(program)).notes == program.notes


def test_another_program_is_not_equal() -> None:
    other = compile({**DOCUMENT, "total": 201})
    assert other != PROGRAM
    assert other.fingerprint != PROGRAM.fingerprint
    assert len({PROGRAM, other, compile(DOCUMENT)}) == 2


def test_a_program_does_not_change() -> None:
    with pytest.raises(AttributeError):
        PROGRAM.clock = PROGRAM.clock  # type: ignore[misc]


DAMAGED = ["", "{", "null", "[]", "1", '"x"', "{}", '{"spec": 1}', "[" * 100_000,
    '{"spec": {}, "clock": {}, "body": {}}',
           '{"spec": {}, "clock": [], "body": {}}',
               '{"spec": {}, "clock": {"total": 1, "x": 2}, "body": {}}']  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_what_is_no_program_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as raised:
        Program.from_json(text)
    assert len(str(raised.value)) < 2000


def together(**changes: Any) -> str:
    """The text of a program with parts of other programs."""
    return json.dumps({**json.loads(PROGRAM.to_json()), **changes})


OTHER = compile({"kind": "linear", "start": 1, "end": 0}, total=200)
MISMATCHED: dict[str, dict[str, Any]] = {
    "another body": {"body": json.loads(OTHER.to_json())["body"]},
    "another fingerprint": {"fingerprint": OTHER.fingerprint},
    "no fingerprint": {"fingerprint": None},
    "another clock": {"clock": {**json.loads(PROGRAM.to_json())["clock"], "total": 199}},
    "a document of other schedules": {"spec": {"schedules": {"momentum": 0.9}}},
    "a document that ends": {"spec": {**json.loads(PROGRAM.spec.to_json()), "after": "error"}},
    "a path for a document": {"spec": "schedule.json"},
}


@pytest.mark.parametrize("changes", MISMATCHED.values(), ids=MISMATCHED)
def test_parts_of_two_programs_make_none(changes: dict[str, Any]) -> None:
    assert Program.from_json(together()) == PROGRAM
    with pytest.raises(SpecError) as raised:
        Program.from_json(together(**changes))
    assert raised.value.code == "program.damaged"


@pytest.mark.parametrize("change", [
    ('"unisched_program": 1', '"unisched_program": 2'), ('"total": 200, "steps', '"total": "200", "steps'),
    ('"total": 200, "steps', '"total": true, "steps'), ('"total": 200, "steps', '"total": -200, "steps'),
    ('"steps_per_epoch": null', '"steps_per_epoch": 0.5'), ('"end": 3e-05', '"end": NaN'), ('"span": 20',
     '"span": 20.0'),
], ids=str)  # fmt: skip
def test_a_changed_program_is_refused(change: tuple[str, str]) -> None:
    text = PROGRAM.to_json()
    assert change[0] in text
    with pytest.raises(SpecError):
        Program.from_json(text.replace(*change))


def test_eight_threads_read_the_same_values() -> None:
    program = compile({**DOCUMENT, "name": "threads"})
    expected = [PROGRAM(step) for step in range(400)]

    def read(_: int) -> list[float]:
        return [*[program(step) for step in range(400)], *map(float, program.values(0, 3))]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, range(64)))
    assert all(values[:400] == expected for values in found)


LINTED: list[tuple[Any, dict[str, Any], str, str]] = [
    ({"kind": "warmup_linear", "peak": 1, "warmup": 5}, {"total": 50}, "value.zero_start", "schedules.learning_rate"),
    ({"kind": "linear", "start": 1e-3, "end": 1e-40}, {"total": 50}, "value.subnormal", "schedules.learning_rate"),
    ({"kind": "cosine", "start": 0.1, "end": 0.2}, {"total": 50}, "curve.rises", "schedules.learning_rate"),
    ({"kind": "exponential", "start": 1, "rate": 0.9}, {"total": 50}, "total.goes_on", "schedules.learning_rate"),
    ({"kind": "linear", "start": 1, "end": 0, "duration": "3.3 epochs"}, {"steps_per_epoch": 7}, "duration.rounded",
     "schedules.learning_rate"),
    ({"schedules": {"learning_rate": 0.1}, "groups": {"a": {"learning_rate": {"kind": "linear", "start": 0,
     "end": 1}}}},
     {"total": 10}, "value.zero_start", 'groups["a"].learning_rate'),
]  # fmt: skip


@pytest.mark.parametrize(("document", "clock", "code", "path"), LINTED, ids=[row[2] for row in LINTED])
def test_a_careful_reader_is_told(document: Any, clock: dict[str, Any], code: str, path: str) -> None:
    notes = [note for note in compile(document, **clock).lint() if note.code == code]
    assert [note.path for note in notes] == [path]
    assert str(notes[0]) == f"{path}: {notes[0].text} [{notes[0].rule.number} {code}]"


def test_a_plain_schedule_leaves_nothing_to_tell() -> None:
    assert compile({"kind": "cosine", "start": 1, "end": 0}, total=100).lint() == ()
    assert compile({"schedules": {"weight_decay": {"kind": "linear", "start": 0, "end": 1}}}, total=9).lint() == ()


def test_a_run_starts_at_step_0_of_its_own_clock() -> None:
    state = PROGRAM.start()
    assert (state.step, state.clock, state.fingerprint) == (0, PROGRAM.clock, PROGRAM.fingerprint)
    assert compile(state.spec or "") == PROGRAM


def test_a_scaled_group_underflows_without_a_word_whatever_numpy_is_told_to_raise() -> None:
    document = {
        "schedules": {"learning_rate": {"kind": "exponential", "start": 1e-300, "rate": 0.5}},
        "groups": {"a": {"learning_rate": {"scale": 1e-20}}},
    }
    program = compile(document)
    with np.errstate(all="raise"):
        values = program(np.arange(10), group="a")
        assert len(list(program.chart().lines)) == 2
    assert values.tolist() == [program(k, group="a") for k in range(10)]


def test_a_program_remembers_what_it_was_told_that_the_optimizer_gives() -> None:
    spec = {"schedules": {"learning_rate": {"base": "optimizer", "curve": 0.5}, "weight_decay": 0.1}}
    program = compile(spec, base={"learning_rate": 0.2, "weight_decay": 3})
    assert program.base == program.start().base == {"learning_rate": 0.2}
    for copied in (Program.from_json(program.to_json()), pickle.loads(pickle.dumps(program))):
        assert (copied, copied.base) == (program, program.base)
    assert compile(spec).base == {}


@pytest.mark.parametrize("base", [3, {"learning_rate": "high"}, {"learning_rate": True}, ...], ids=repr)
def test_a_base_that_is_none_is_refused(base: Any) -> None:
    data = json.loads(compile({"kind": "constant", "value": 0.1}).to_json())
    data = {**data, "base": base} if base is not ... else {name: data[name] for name in data if name != "base"}
    with pytest.raises(SpecError) as caught:
        Program.from_json(json.dumps(data))
    assert caught.value.code == "program.damaged"


def test_the_repr_of_a_program_is_one_line() -> None:
    program = compile({"kind": "linear", "start": 1, "end": 0}, total=100)
    assert repr(program) == f"Program(learning_rate; 100 steps; {program.fingerprint[:13]}…)"
