"""Size: what is large but sane loads fast, what is hostile is refused fast and in little memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import pytest

from unisched.errors import SpecError
from unisched.spec import load

MIB = 2**20


def refusal(source: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(source)
    assert len(str(caught.value)) < 2000
    assert len(caught.value.problems) <= 20
    return caught.value


A_HANG = 20.0
"""Seconds of CPU that no refusal takes on any machine, busy or watched by coverage; the usual is a tenth of one."""


def cheap_refusal(source: Any, mebibytes: float = 64) -> SpecError:
    began = time.process_time()
    refusal(source)
    assert time.process_time() - began < A_HANG
    tracemalloc.start()
    error = refusal(source)
    peak = tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()
    assert peak < mebibytes
    return error


def sequence(parts: list[Any]) -> dict[str, Any]:
    return {"kind": "sequence", "parts": parts}


def test_ten_thousand_parts_load_and_come_back() -> None:
    text = json.dumps(sequence([{"kind": "linear", "start": 0.1, "end": 1e-3, "duration": 10}] * 10_000))
    spec = load(text)
    assert load(spec.to_json()) == spec


def test_a_million_bad_items_are_refused_as_one_fault() -> None:
    bad = sequence([True] * 1_000_000)
    assert cheap_refusal(json.dumps(bad)).code == "input.too_large"
    assert cheap_refusal(json.dumps(bad, separators=(",", ":")).replace("true", "1")).code == "spec.too_large"
    assert cheap_refusal(bad).code == "spec.too_large"


@pytest.mark.parametrize("item", [True, None, {}, {"kind": "x"}, {"kind": "linear"}, {"kind": "linear", "end": "x"}])
def test_many_bad_items_are_listed_up_to_twenty(item: object) -> None:
    error = cheap_refusal(sequence([item] * 20_000))
    assert len(error.problems) == 20
    assert error.path.startswith("parts[0]")


def test_many_bad_groups_are_listed_up_to_twenty() -> None:
    groups = {f"g{i}": {"learning_rate": True} for i in range(20_000)}
    error = cheap_refusal({"schedules": {"learning_rate": 1}, "groups": groups})
    assert len(error.problems) == 20


def test_a_text_of_blanks_is_refused_by_its_size() -> None:
    assert cheap_refusal(" " * (100 * MIB), 1).code == "input.too_large"


@pytest.mark.parametrize("field", ["kind", "end", "start", "duration", "unknown"])
def test_a_huge_text_in_a_document_stays_out_of_the_message(field: str) -> None:
    error = cheap_refusal({"kind": "linear", "end": 0, field: "x" * (100 * MIB)}, 1)
    assert (error.code, error.path) == ("input.too_large", field)


def test_a_huge_key_stays_out_of_the_message() -> None:
    text = "x" * (100 * MIB)
    assert cheap_refusal({"kind": "linear", "end": 0, text: 1}, 1).code == "name.invalid"
    assert cheap_refusal({"schedules": {text: 1}}, 1).code == "name.invalid"


def test_a_value_used_by_doubling_is_refused_uncounted() -> None:
    shared: Any = 1
    for _ in range(20):
        shared = sequence([shared, shared])
    assert cheap_refusal(shared).code in {"spec.too_large", "spec.too_deep"}


def test_a_mapping_that_holds_itself_is_refused() -> None:
    ring: dict[str, Any] = {"kind": "stair", "every": 2}
    ring["curve"] = ring
    assert refusal(ring).code == "spec.too_deep"


@pytest.mark.parametrize("depth", [65, 1000, 100_000])
def test_python_data_too_deep_is_refused_at_the_same_cost(depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"kind": "stair", "every": 2, "curve": deep}
    error = cheap_refusal(deep)
    assert error.code == "spec.too_deep"
    assert error.path.startswith("curve.curve")
