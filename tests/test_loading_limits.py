"""Size: what is large but sane loads fast, what is hostile is refused fast and in little memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from unisched.errors import SpecError
from unisched.spec import load

MIB = 2**20


@contextmanager
def at_most(seconds: float, mebibytes: float | None = None) -> Iterator[None]:
    if mebibytes is not None:
        tracemalloc.start()
    began = time.process_time()
    yield
    took = time.process_time() - began
    if mebibytes is not None:
        peak = tracemalloc.get_traced_memory()[1] / MIB
        tracemalloc.stop()
        assert peak < mebibytes
    assert took < seconds


def refusal(source: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(source)
    assert len(str(caught.value)) < 2000
    assert len(caught.value.problems) <= 20
    return caught.value


def sequence(parts: list[Any]) -> dict[str, Any]:
    return {"kind": "sequence", "parts": parts}


def test_ten_thousand_parts_load_within_a_second() -> None:
    text = json.dumps(sequence([{"kind": "linear", "start": 0.1, "end": 1e-3, "duration": 10}] * 10_000))
    with at_most(1.0):
        spec = load(text)
    assert load(spec.to_json()) == spec


def test_a_million_bad_items_are_refused_as_one_fault() -> None:
    with at_most(1.0, 20):
        assert refusal(json.dumps(sequence([True] * 500_000))).code == "spec.too_large"
    bad = sequence([True] * 1_000_000)
    with at_most(1.0, 64):
        assert refusal(bad).code == "spec.too_large"


@pytest.mark.parametrize("item", [True, None, {}, {"kind": "x"}, {"kind": "linear"}, {"kind": "linear", "end": "x"}])
def test_many_bad_items_are_listed_up_to_twenty(item: object) -> None:
    bad = sequence([item] * 60_000)
    with at_most(1.0, 64):
        error = refusal(bad)
    assert len(error.problems) == 20
    assert error.path.startswith("parts[0]")


def test_many_bad_groups_are_listed_up_to_twenty() -> None:
    groups = {f"g{i}": {"learning_rate": True} for i in range(50_000)}
    with at_most(1.0, 64):
        error = refusal({"schedules": {"learning_rate": 1}, "groups": groups})
    assert len(error.problems) == 20


def test_a_text_of_blanks_is_refused_by_its_size() -> None:
    text = " " * (100 * MIB)
    with at_most(0.1, 1):
        assert refusal(text).code == "input.too_large"


def test_a_huge_text_in_a_document_stays_out_of_the_message() -> None:
    text = "x" * (100 * MIB)
    with at_most(1.0, 1):
        assert refusal({"kind": text}).code == "kind.unknown"
        assert refusal({"kind": "linear", "end": text}).code == "type.number"
        assert refusal({"kind": "linear", "end": 0, "duration": text}).code == "duration.syntax"
    with at_most(2.0):
        assert refusal({"kind": "linear", "end": 0, text: 1}).code == "field.unknown"
        assert refusal({"schedules": {text: 1}}).code == "name.invalid"


def test_a_value_used_by_doubling_is_refused_uncounted() -> None:
    shared: Any = 1
    for _ in range(30):
        shared = sequence([shared, shared])
    with at_most(1.0):
        assert refusal(shared).code in {"spec.too_large", "spec.too_deep"}


def test_a_mapping_that_holds_itself_is_refused() -> None:
    ring: dict[str, Any] = {"kind": "stair", "every": 2}
    ring["curve"] = ring
    assert refusal(ring).code == "spec.too_deep"


@pytest.mark.parametrize("depth", [65, 1000, 100_000])
def test_python_data_too_deep_is_refused_at_the_same_cost(depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"kind": "stair", "every": 2, "curve": deep}
    with at_most(0.2):
        error = refusal(deep)
    assert error.code == "spec.too_deep"
    assert error.path.startswith("curve.curve")
