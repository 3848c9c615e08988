"""The JSON form of a body comes back as it was, its fingerprint says what the values are, and nothing else is read."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bodies

from unisched import compile
from unisched.errors import SpecError
from unisched.ir import Assignment, Body, External, Target, Track, constant
from unisched.ir_json import decode, encode, fingerprint, from_json, to_json

WSD = {"kind": "wsd", "peak": 3e-4, "warmup": 100, "decay": "10%"}
PINNED = "sha256:021d7c91c62253fe648db748d9bd6936903f58072127f756ba7a0a5b050502e9"
WRONG: list[Any] = [
    None, True, False, 0, -1, 1, 2**70, -(2**70), 10**400, 0.5, 1.0, float("nan"), float("inf"), "", "1", "ramp", [],
        {},
    [[]], [1, 2], [[0]], {"curve": "ramp"}, {"track": []}, {"sum": []}, {"product": [[]]}, {"span": True},
]  # fmt: skip
TREE = {
    "unisched_ir": 1, "horizon": 100, "after": "error",
    "values": [
        {"product": [
            {"track": [
                [0, {"curve": "ramp", "start": 0.0, "end": 1.0, "phase": {"span": 20, "every": 2}, "power": 2.0}],
                [20, {"curve": "fold", "track": [[0, {"curve": "constant", "value": 0.5}]],
                      "phase": {"span": 7, "wrap": "restart"}}],
            ]},
            {"track": [[0, {"curve": "exponential", "value": 1.0, "to": 0.5, "of": 1.0,
                            "phase": {"span": 9, "wrap": "free"}}]]},
            {"track": [
                [0, {"curve": "table", "values": [0.5, 0.25], "phase": {"span": 3, "wrap": "free"}, "linear": True}],
                [9, {"curve": "noise", "std": 0.5, "seed": 7, "phase": {"span": 4, "wrap": "free"}, "limit": 0.25}],
                [20, {"curve": "formula", "tree": ["*", 0.5, ["sqrt", "step"]], "offset": 3}],
                [40, {"curve": "signal", "index": 1, "held": True}],
            ]},
        ]},
    ],
    "targets": [{"hyperparameter": "learning_rate", "group": "head*", "value": 0, "scale": 0.5}],
    "controllers": [{"controller": "greedy", "monitor": "loss", "smooth": True},
                    {"controller": "plateau", "monitor": "accuracy", "mode": "max", "patience": 3, "factor": 0.5}],
}  # fmt: skip
NOT_JSON = ["", " ", "{", "[1,]", "{'a': 1}", "nul", "\ud800", "[" * 100_000, "1" * 5000, '{"unisched_ir": 1} x']


def places(data: Any) -> Iterator[list[str | int]]:
    """The place of every value in nested JSON data."""
    yield []
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in inside:
        yield from ([key, *rest] for rest in places(item))


def changed(place: list[str | int], wrong: Any) -> Any:
    data: Any = {"root": copy.deepcopy(TREE)}
    node, keys = data, ["root", *place]
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = wrong
    return data["root"]


def test_the_tree_that_the_faults_start_from_is_a_program() -> None:
    assert json.loads(to_json(decode(TREE))) == TREE


@given(bodies())
def test_a_body_comes_back_from_its_json(body: Body) -> None:
    text = to_json(body)
    again = from_json(text)
    assert again == body
    assert to_json(again) == text
    assert fingerprint(again) == fingerprint(body)


@given(bodies(), bodies())
def test_fingerprints_are_equal_exactly_where_bodies_are(one: Body, other: Body) -> None:
    def ends(body: Body) -> Body:
        return body if body.after == "error" else replace(body, horizon=None)

    assert (fingerprint(one) == fingerprint(other)) == (ends(one) == ends(other))


def test_the_fingerprint_of_a_known_program_never_changes() -> None:
    assert compile(WSD, total=1000).fingerprint == PINNED


def test_the_fingerprint_is_the_digest_of_sorted_text_with_hexadecimal_floats() -> None:
    zero, peak, half = (number.hex() for number in (0.0, 3e-4, 0.5))
    text = (
        'unisched-ir-1\n{"targets":[{"hyperparameter":"learning_rate","value":0}],"unisched_ir":1,"values":[{"track":['
        f'[0,{{"curve":"ramp","end":"{peak}","phase":{{"span":100}},"start":"{zero}"}}],'
        f'[900,{{"curve":"ramp","end":"{zero}","phase":{{"span":100}},"start":"{peak}","warp":"{half}"}}]]}}]}}'
    )
    assert compile(WSD, total=1000).fingerprint == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_the_text_leaves_out_what_is_default_and_writes_floats_with_a_point() -> None:
    body = compile({"kind": "linear", "start": 1, "end": 0}, total=4).body
    assert to_json(body) == (
        '{"unisched_ir": 1, "horizon": 4, "values": [{"track": [[0, {"curve": "ramp", "start": 1.0, "end": 0.0, '
        '"phase": {"span": 4}}]]}], "targets": [{"hyperparameter": "learning_rate", "value": 0}]}'
    )


def test_names_and_descriptions_do_not_enter_the_fingerprint() -> None:
    plain = {"total": 100, "schedules": {"learning_rate": WSD | {"warmup": 10}}}
    named = {**plain, "name": "mine", "description": "of no matter"}
    assert compile(plain).fingerprint == compile(named).fingerprint


def test_the_horizon_enters_the_fingerprint_only_where_the_program_ends_there() -> None:
    def printed(total: int, **more: str) -> str:
        return compile({"total": total, "schedules": {"learning_rate": 0.1}, **more}).fingerprint

    assert printed(100) == printed(200)
    assert printed(100, after="error") != printed(200, after="error")
    assert printed(100) != printed(100, after="error")


def test_the_sign_of_a_bit_enters_the_fingerprint() -> None:
    def printed(value: float) -> str:
        body = Body(values=(constant(value),), assignments=(Assignment(target=Target("momentum"), value=0),))
        return fingerprint(body)

    assert printed(0.1) != printed(0.1 + 2**-55)


FLAT = [
    {"kind": "linear", "start": 0, "end": 3e-4, "duration": 100},
    {"kind": "cosine", "start": 3e-4, "end": 3e-5, "duration": 900},
]
SAME_SCHEDULE: dict[str, tuple[list[Any], int | None]] = {
    "in full": (FLAT, None),
    "a part without its start, and the rest without its length": (
        [FLAT[0], {"kind": "cosine", "end": 3e-5, "duration": "rest"}], 1000
    ),
    "nested, with the hold spelled out": (
        [{"kind": "sequence", "duration": 1000, "parts": [
            {"kind": "sequence", "parts": [{"kind": "linear", "start": "0", "end": "3e-4", "duration": "10%"}]},
            {"kind": "sequence", "parts": [{"kind": "cosine", "end": 3e-5, "duration": "0.9k steps"}]},
        ]}, {"kind": "constant", "value": 3e-5}], None
    ),
    "under operators that do nothing": (
        [{"kind": "product", "duration": 1000, "curves": [1, {"kind": "sum", "curves": [
            {"kind": "sequence", "parts": [
                {"kind": "stair", "every": 1, "curve": {"kind": "linear", "start": 0, "end": 3e-4, "duration": 100}},
                {"kind": "cosine", "end": 3e-5},
            ]}, 0,
        ]}]}], 1000
    ),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SAME_SCHEDULE)
def test_all_spellings_of_a_schedule_have_one_fingerprint(spelling: str) -> None:
    parts, total = SAME_SCHEDULE[spelling]
    given = compile({"kind": "sequence", "parts": parts}, total=total)
    assert given.fingerprint == compile({"kind": "sequence", "parts": FLAT}).fingerprint


def test_another_schedule_has_another_fingerprint() -> None:
    parts = [FLAT[0], {**FLAT[1], "end": 3.0000000000000004e-05}]
    assert (
        compile({"kind": "sequence", "parts": FLAT}).fingerprint
        != compile({"kind": "sequence", "parts": parts}).fingerprint
    )


@pytest.mark.parametrize("text", NOT_JSON, ids=lambda text: text[:12].encode("unicode_escape").decode())
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as raised:
        from_json(text)
    assert raised.value.code == "ir.damaged"


@pytest.mark.parametrize("place", list(places(TREE)), ids=lambda place: ".".join(map(str, place)) or "root")
def test_a_wrong_value_anywhere_is_refused_or_is_another_program(place: list[str | int]) -> None:
    for wrong in WRONG:
        with suppress(SpecError):
            body = decode(changed(place, wrong))
            assert from_json(to_json(body)) == body
            hash(body)


@pytest.mark.parametrize("place", [p for p in places(TREE) if p and isinstance(p[-1], str)], ids=lambda p: str(p[-1]))
def test_a_key_beside_the_known_ones_is_refused(place: list[str | int]) -> None:
    for name in ("extra", "__class__", "läsion", ""):
        data = copy.deepcopy(TREE)
        node: Any = data
        for key in place[:-1]:
            node = node[key]
        node[name] = 1
        with pytest.raises(SpecError):
            decode(data)


@pytest.mark.parametrize("field", ["span", "every"])
@pytest.mark.parametrize("wrong", [True, 20.0, "20", None, [20]], ids=repr)
def test_a_phase_is_made_of_whole_numbers_only(field: str, wrong: Any) -> None:
    with pytest.raises(SpecError):
        decode(changed(["values", 0, "product", 0, "track", 0, 1, "phase", field], wrong))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (["targets", 0, "value"], True),
        (["targets", 0, "value"], 0.0),
        (["targets", 0, "hyperparameter"], None),
        (["targets", 0, "hyperparameter"], 7),
        (["targets", 0, "group"], 7),
        (["targets", 0, "group"], ["head"]),
        (["targets", 0, "scale"], 1),
        (["horizon"], True),
        (["horizon"], -5),
        (["horizon"], 1.5),
        (["horizon"], "100"),
        (["after"], "hold"),
        (["after"], 1),
        (["unisched_ir"], True),
        (["unisched_ir"], 1.0),
        (["unisched_ir"], 2),
        (["values", 0, "product", 0, "track", 0, 1, "phase", "wrap"], "wave"),
        (["values", 0, "product", 0, "track", 0, 1, "phase", "wrap"], ["hold"]),
        (["values", 0, "product", 0, "track", 0, 1, "shape"], "square"),
        (["values", 0, "product", 0, "track", 0, 1, "mirror"], 1),
        (["values", 0, "product", 0, "track", 0, 1, "mirror"], "yes"),
        (["values", 0, "product", 0, "track", 0, 1, "power"], True),
        (["values", 0, "product", 0, "track", 0, 1, "power"], 2),
        (["values", 0, "product", 0, "track", 0, 1, "warp"], "2"),
        (["values", 0, "product", 2, "track", 0, 1, "values"], [1, 2]),
        (["values", 0, "product", 2, "track", 0, 1, "values"], "0.5"),
        (["values", 0, "product", 2, "track", 0, 1, "values", 1], None),
        (["values", 0, "product", 2, "track", 0, 1, "linear"], 1),
        (["values", 0, "product", 2, "track", 1, 1, "limit"], 1),
        (["values", 0, "product", 2, "track", 1, 1, "limit"], None),
        (["values", 0, "product", 2, "track", 1, 1, "seed"], 7.0),
        (["values", 0, "product", 2, "track", 1, 1, "seed"], True),
        (["values", 0, "product", 2, "track", 2, 1, "tree"], "progress"),
        (["values", 0, "product", 2, "track", 2, 1, "tree"], ["__import__", "step"]),
        (["values", 0, "product", 2, "track", 2, 1, "tree", 2, 1], True),
        (["values", 0, "product", 2, "track", 2, 1, "offset"], 3.0),
        (["values", 0, "product", 2, "track", 3, 1, "index"], 2),
        (["values", 0, "product", 2, "track", 3, 1, "held"], 1),
        (["values", 0, "product", 2, "track", 3, 1], {"curve": "external", "name": "os.system"}),
        (["controllers"], []),
        (["controllers", 0, "controller"], "cautious"),
        (["controllers", 0, "smooth"], 1),
        (["controllers", 0, "window"], 50.0),
        (["controllers", 1, "monitor"], 7),
        (["controllers", 1, "mode"], "best"),
        (["controllers", 1, "factor"], 1),
    ],
    ids=str,
)
def test_a_field_of_the_wrong_type_is_refused(place: list[str | int], wrong: Any) -> None:
    with pytest.raises(SpecError):
        decode(changed(place, wrong))


def test_a_python_function_is_no_json_and_enters_the_fingerprint_by_its_name() -> None:
    def body(name: str, function: Callable[[int], float] = float) -> Body:
        call = Track(starts=(0,), curves=(External(function=function, name=name),))
        return Body(values=(call,), assignments=(Assignment(target=Target("momentum"), value=0),))

    for write in (to_json, encode):
        with pytest.raises(SpecError, match="mine is a Python function") as raised:
            write(body("mine"))
        assert raised.value.code == "spec.callable"
    assert fingerprint(body("mine")) == fingerprint(body("mine", math.sqrt)) != fingerprint(body("yours"))


def test_controllers_enter_the_fingerprint() -> None:
    def printed(factor: float) -> str:
        plateau = {"kind": "plateau", "monitor": "loss", "factor": factor}
        return compile({"kind": "product", "curves": [0.1, plateau]}).fingerprint

    assert printed(0.5) != printed(0.25)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"track": [[0, {"curve": "constant", "value": 1.0}]]}
    for level in range(depth):
        value = {("sum", "product")[level % 2]: [value, {"track": [[0, {"curve": "constant", "value": 0.5}]]}]}
    return {"unisched_ir": 1, "values": [value], "targets": []}


def test_operators_nest_64_deep_and_no_deeper() -> None:
    assert to_json(decode(nested(64)))
    with pytest.raises(SpecError, match="64 deep"):
        decode(nested(65))


def test_folds_nest_no_deeper_either() -> None:
    track: Any = [[0, {"curve": "constant", "value": 1.0}]]
    for _ in range(200):
        track = [[0, {"curve": "fold", "track": track, "phase": {"span": 5, "wrap": "restart"}}]]
    with pytest.raises(SpecError):
        decode({"unisched_ir": 1, "values": [{"track": track}], "targets": []})


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["curve", "track", "sum", "phase", "span", "unisched_ir", "values", "x"]), inner),
    max_leaves=10,
))  # fmt: skip
def test_any_json_at_all_ends_in_our_error_or_a_body(data: Any) -> None:
    with suppress(SpecError):
        assert isinstance(decode(data), Body)


def test_a_program_too_large_is_refused_when_it_is_read() -> None:
    rows = [[start, {"curve": "constant", "value": float(start)}] for start in range(10_001)]
    with pytest.raises(SpecError) as raised:
        decode({"unisched_ir": 1, "values": [{"track": rows}], "targets": []})
    assert raised.value.code == "program.too_large"
