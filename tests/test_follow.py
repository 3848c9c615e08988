"""Schedules that follow another: at the same step of the run, before its base and before groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest

from unisched import Program, compile, load
from unisched.errors import SpecError

Document = Mapping[str, Any]

FOLLOW = {"kind": "follow", "schedule": "learning_rate"}
DOWN = {"kind": "linear", "start": 1, "end": 0}
TOTAL = 20


def line(step: int) -> float:
    return 1 - min(step, TOTAL) / TOTAL


def followed(curve: Any, **schedules: Any) -> Program:
    return compile({"total": TOTAL, "schedules": {"learning_rate": DOWN, "copy": curve, **schedules}})


# Each row: the curve of "copy", beside a learning rate that falls from 1 to 0 over 20 steps, and what it means.
MEANINGS: dict[str, tuple[Any, Callable[[int], float]]] = {
    "as it is": (FOLLOW, line),
    "under a base of its own": ({"base": 0.5, "curve": FOLLOW}, lambda k: 0.5 * line(k)),
    "as a factor": ({"kind": "product", "curves": [3, FOLLOW]}, lambda k: 3 * line(k)),
    "as a bound": ({"kind": "clip", "curve": 0.5, "maximum": FOLLOW}, lambda k: min(0.5, line(k))),
    "in a part its clock is the run's": (
        {"kind": "sequence", "parts": [{"kind": "constant", "value": 7, "duration": 5}, FOLLOW]},
        lambda k: 7.0 if k < 5 else line(k),
    ),
    "in a nested part too": (
        {"kind": "sequence", "boundaries": [4], "parts": [
            7, {"kind": "sequence", "boundaries": [3], "parts": [8, FOLLOW]}]},
        lambda k: 7.0 if k < 4 else 8.0 if k < 7 else line(k),
    ),
    "before a part that goes on from it": (
        {"kind": "sequence", "boundaries": [5], "parts": [FOLLOW, {"kind": "constant"}]},
        lambda k: line(min(k, 5)),
    ),
    "with a duration it holds": ({**FOLLOW, "duration": 5}, lambda k: line(min(k, 5))),
    "a shift looks ahead in it": ({"kind": "shift", "by": 3, "curve": FOLLOW}, lambda k: line(k + 3)),
    "a shift looks back in it": ({"kind": "shift", "by": -3, "curve": FOLLOW}, lambda k: line(max(k - 3, 0))),
    "a stair holds it": ({"kind": "stair", "every": 4, "curve": FOLLOW}, lambda k: line(k - k % 4)),
    "a window shows it at the step of the run": (
        {"kind": "window", "length": 20, "offset": 5, "curve": FOLLOW}, line,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_it_means(name: str) -> None:
    curve, meaning = MEANINGS[name]
    program = followed(curve)
    for step in range(TOTAL + 5):
        assert program(step, "copy") == pytest.approx(meaning(step), rel=1e-15), step


def test_what_is_followed_stands_before_its_base() -> None:
    program = compile({
        "total": 10,
        "schedules": {
            "learning_rate": {"base": 3e-4, "curve": DOWN},
            "weight_decay": {"base": 0.1, "curve": FOLLOW},
        },
    })  # fmt: skip
    assert [program(step, "weight_decay") for step in (0, 5, 10)] == [0.1, 0.05, 0.0]
    assert program(5) == 3e-4 * 0.5


def test_what_is_followed_stands_before_groups() -> None:
    follow = {"kind": "sum", "curves": [{"kind": "linear", "start": 0.5, "end": 0, "duration": 5}, FOLLOW]}
    program = compile({
        "total": 10,
        "schedules": {"learning_rate": DOWN, "copy": FOLLOW},
        "groups": {"head": {"learning_rate": {"scale": 0.5}}, "bias": {"learning_rate": follow},
                   "tail": {"learning_rate": {"scale": FOLLOW}}},
    })  # fmt: skip
    assert program(2, "copy", "head") == 0.8
    assert program(2, group="head") == 0.4
    assert program(2, group="bias") == pytest.approx(0.3 + 0.8)
    assert program(2, group="tail") == pytest.approx(0.8 * 0.8)


def test_one_may_follow_one_that_follows() -> None:
    program = followed({"kind": "follow", "schedule": "middle"}, middle={"kind": "product", "curves": [2, FOLLOW]})
    assert program(5, "copy") == 1.5


def test_a_base_that_the_optimizer_gives_is_left_out_too() -> None:
    program = compile({
        "total": 10, "schedules": {"learning_rate": {"base": "optimizer", "curve": DOWN}, "copy": FOLLOW},
    })  # fmt: skip
    assert program(5, "copy") == 0.5


def test_it_loads_back_from_its_own_text() -> None:
    spec = load({"schedules": {"learning_rate": 1, "copy": FOLLOW}})
    assert '{"kind": "follow", "schedule": "learning_rate"}' in spec.to_json()
    assert load(spec.to_json()) == spec


def schedules(**given: Any) -> Document:
    return {"total": 10, "schedules": given}


def to(name: object) -> dict[str, Any]:
    return {"kind": "follow", "schedule": name}


def chain(length: int, wrap: Callable[[Any], Any], *, first: bool) -> Document:
    """Give a row of schedules, each following the next, named so that either end of it is lowered first."""
    names = sorted([f"a{index:03d}" for index in range(length)], reverse=not first)
    return schedules(**{name: wrap(to(following)) for name, following in pairwise(names)}, **{names[-1]: DOWN})


def doubled(curve: Any) -> Document:
    return {"kind": "sum", "curves": [curve, curve]}


MANY = {"kind": "piecewise", "interpolation": "linear", "points": [[index, index % 7] for index in range(5000)]}

FAULTS: list[tuple[Document, str, str, str]] = [
    (chain(5000, lambda curve: curve, first=True), "ref.too_deep", "schedules.a032.schedule", "more than 64 deep"),
    (chain(5000, lambda curve: curve, first=False), "ref.too_deep", "schedules.a033.schedule", "more than 64 deep"),
    (chain(300, doubled, first=True), "ref.too_deep", "schedules.a016.curves[0].schedule", "more than 64 deep"),
    (chain(12, doubled, first=False), "program.too_large", "schedules.a009", "more than 256 curves are combined"),
    (schedules(a=MANY, b={"kind": "sum", "curves": [to("a")] * 11}) | {"total": 5000},
     "program.too_large", "schedules.b.curves[10].schedule", "more than 50000 rows"),
    (schedules(learning_rate=1, copy=to("learning_rat")), "ref.undefined", "schedules.copy.schedule", "_rate'?"),
    (schedules(learning_rate=1, copy=to("zebra")), "ref.undefined", "schedules.copy.schedule", "copy, learning_rate"),
    (schedules(learning_rate=FOLLOW), "ref.cycle", "schedules.learning_rate.schedule",
     "learning_rate -> learning_rate"),
    (schedules(a=to("b"), b=to("c"), c={"kind": "product", "curves": [2, to("a")]}), "ref.cycle",
     "schedules.c.curves[1].schedule", "a -> b -> c -> a"),
    (schedules(a=to("b"), b={"base": 2, "curve": to("b")}), "ref.cycle", "schedules.b.curve.schedule", "b -> b"),
    (schedules(learning_rate=DOWN, copy={"kind": "repeat", "period": 5, "curve": FOLLOW}), "follow.cycle",
     "schedules.copy.curve", "a cycle comes again and again"),
    (schedules(learning_rate=DOWN, copy={"kind": "repeat", "times": 3, "curve": FOLLOW}), "follow.cycle",
     "schedules.copy.curve", "a cycle comes again and again"),
    (schedules(learning_rate={"base": 2, "curve": {**DOWN, "end": {"absolute": 0.1}}}, copy=FOLLOW), "follow.absolute",
     "schedules.copy.schedule", "has a base and absolute values"),
    (schedules(learning_rate=1, copy=to("lr")), "hyperparameter.name", "schedules.copy.schedule", "learning_rate"),
    (schedules(learning_rate=1, copy=to(3)), "type.text", "schedules.copy.schedule", "no name"),
    (schedules(learning_rate=1, copy={"kind": "follow"}), "field.missing", "schedules.copy.schedule", "schedule"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "path", "words"), FAULTS)
def test_it_is_refused(document: Document, code: str, path: str, words: str) -> None:
    with pytest.raises(SpecError) as raised:
        compile(document)
    assert (raised.value.code, raised.value.path) == (code, path)
    assert words in str(raised.value)
