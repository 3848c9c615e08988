"""Windows: a curve as laid out over a length of its own, shown from some step on, and cut by its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisched import compile, load
from unisched.errors import SpecError

Document = Mapping[str, Any]

WARMUP = {"kind": "warmup_cosine", "peak": 1, "warmup": "10%"}
LR = "schedules.learning_rate"


def window(curve: Any, length: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "window", "curve": curve, "length": length, **more}


@given(length=st.integers(10, 200), offset=st.integers(0, 250), total=st.integers(1, 300))
def test_it_shows_what_the_curve_is_worth_over_its_length(length: int, offset: int, total: int) -> None:
    whole, shown = compile(WARMUP, total=length), compile(window(WARMUP, length, offset=offset), total=total)
    assert [shown(step) for step in range(total + 5)] == [whole(step + offset) for step in range(total + 5)]


def test_a_boundary_cuts_it() -> None:
    past = window(WARMUP, 100)
    tail = {"kind": "linear", "end": 0}
    program = compile({"kind": "sequence", "boundaries": [40], "parts": [past, tail]}, total=60)
    whole = compile(WARMUP, total=100)
    assert [program(step) for step in range(40)] == [whole(step) for step in range(40)]
    assert [program(step) for step in (40, 50, 60)] == [whole(40), pytest.approx(whole(40) / 2), 0.0]


def test_its_own_duration_cuts_it_and_holds() -> None:
    program, whole = compile(window(WARMUP, 100, duration=30), total=60), compile(WARMUP, total=100)
    assert [program(step) for step in (29, 30, 45)] == [whole(29), whole(30), whole(30)]


def test_lengths_are_read_like_any_other() -> None:
    program = compile(window(WARMUP, "10 epochs", offset="50%"), total=8, steps_per_epoch=5)
    whole = compile(WARMUP, total=50)
    assert [program(step) for step in range(8)] == [whole(step + 4) for step in range(8)]


def test_a_part_takes_the_rest_with_it() -> None:
    held = {"kind": "constant", "value": 2, "duration": 5}
    program = compile({"kind": "sequence", "parts": [held, window(WARMUP, 20)]}, total=12)
    whole = compile(WARMUP, total=20)
    assert [program(step) for step in range(12)] == [2.0] * 5 + [whole(step) for step in range(7)]


def test_without_a_length_it_is_as_in_a_run_without_a_total() -> None:
    endless = {"kind": "repeat", "period": 30, "curve": {"kind": "linear", "start": 1, "end": 0}}
    program, whole = compile({"kind": "window", "curve": endless, "offset": 10}, total=100), compile(endless)
    assert [program(step) for step in range(200)] == [whole(step + 10) for step in range(200)]
    with pytest.raises(SpecError) as raised:
        compile({"kind": "window", "curve": WARMUP}, total=100)
    assert raised.value.code in ("length.missing", "units.missing")


def test_a_part_that_is_one_continues_from_the_part_before() -> None:
    parts = [{"kind": "constant", "value": 2, "duration": 5}, window({"kind": "linear", "end": 0}, 20)]
    assert [compile({"kind": "sequence", "parts": parts}, total=15)(step) for step in (5, 10, 15)] == [2.0, 1.5, 1.0]
    with pytest.raises(SpecError, match="no part stands before"):
        compile({"kind": "sequence", "parts": [parts[0], {**parts[1], "offset": 1}]}, total=15)


@pytest.mark.parametrize("curve", [
    {"kind": "torch.OneCycleLR", "max_lr": 0.1}, {"kind": "transformers.cosine", "num_warmup_steps": 5},
], ids=lambda curve: curve["kind"])  # fmt: skip
def test_what_another_library_lays_out_over_the_run_is_laid_out_over_it(curve: Document) -> None:
    program, whole = compile(window(curve, 50), total=400, base=1.0), compile(curve, total=50, base=1.0)
    assert [program(step) for step in range(50)] == [whole(step) for step in range(50)]


def test_an_open_ended_curve_goes_on() -> None:
    program = compile(window({"kind": "exponential", "start": 1, "rate": 0.5}, 4, offset=2))
    assert [program(step) for step in (0, 1, 6)] == [0.25, 0.125, 2**-8]


def test_it_loads_back_from_its_own_text() -> None:
    spec = load(window(WARMUP, 100, offset=0))
    assert '"offset"' not in spec.to_json()
    assert load(spec.to_json()) == spec


FAULTS: list[tuple[Document, str, str, str]] = [
    (window(WARMUP, 0), "number.range", "length", "is no length"),
    (window(WARMUP, "rest"), "duration.rest", "length", "'rest' stands only"),
    (window(WARMUP, "0.2 steps"), "duration.vanishes", f"{LR}.length", "rounds to none"),
    (window(WARMUP, 10, offset=2**53 + 2), "duration.range", f"{LR}.offset", "more than 2^53"),
    (window({"kind": "linear", "start": 1, "end": 0, "duration": 11}, 10), "duration.too_long", f"{LR}.curve.duration",
     "the 10 steps of the window"),
    (window({"kind": "constant"}, 10), "joint.missing", f"{LR}.curve.value", "no part stands before"),
    (window(1, "10 epochs"), "units.missing", f"{LR}.length", "steps_per_epoch"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "path", "words"), FAULTS)
def test_it_is_refused(document: Document, code: str, path: str, words: str) -> None:
    with pytest.raises(SpecError) as raised:
        compile(document)
    assert (raised.value.code, raised.value.path) == (code, path)
    assert words in str(raised.value)
