"""Sequences with boundaries: where parts start, what is cut and what holds, and what each part is entered with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisched import compile, load
from unisched.errors import SpecError

Document = Mapping[str, Any]
Naive = Callable[[int], float]

LR = "schedules.learning_rate"


def linear(start: float | None, end: float, duration: object = None) -> dict[str, Any]:
    given = {"kind": "linear", "start": start, "end": end, "duration": duration}
    return {key: value for key, value in given.items() if value is not None}


def cosine(start: float | None, end: float, duration: object = None) -> dict[str, Any]:
    return linear(start, end, duration) | {"kind": "cosine"}


def hold(duration: object = None) -> dict[str, Any]:
    return {"kind": "constant"} | ({} if duration is None else {"duration": duration})


def cut(boundaries: Sequence[object], *parts: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "sequence", "boundaries": list(boundaries), "parts": list(parts), **more}


def straight(start: float, end: float, length: int) -> Naive:
    """A line over `length` steps that then holds, in fractions."""

    def value(step: int) -> float:
        u = min(Fraction(step, length), Fraction(1))
        return float(Fraction(start) * (1 - u) + Fraction(end) * u)

    return value


def waved(start: float, end: float, length: int) -> Naive:
    def value(step: int) -> float:
        weight = (1 + math.cos(math.pi * min(step / length, 1.0))) / 2
        return start * weight + end * (1 - weight)

    return value


def joined(*pieces: tuple[int, Naive]) -> Naive:
    """Each piece on a clock of its own from its start on."""

    def value(step: int) -> float:
        start, piece = [piece for piece in pieces if piece[0] <= step][-1]
        return piece(step - start)

    return value


def flat(value: float) -> Naive:
    return lambda _: value


# Each row: the document, its total, and what it means.
MEANINGS: dict[str, tuple[Document, int | None, Naive]] = {
    "a part takes the stretch between boundaries": (
        cut([4, 10], linear(0, 1), hold(), linear(None, 0)), 20,
        joined((0, straight(0, 1, 4)), (4, flat(1.0)), (10, straight(1, 0, 10))),
    ),
    "a part with a duration of its own is cut there": (
        cut([60], cosine(1, 0, 100), 0.5), 100, joined((0, waved(1, 0, 100)), (60, flat(0.5))),
    ),
    "a shorter one holds": (
        cut([60], linear(0, 1, 20), 0.5), 100, joined((0, straight(0, 1, 20)), (60, flat(0.5))),
    ),
    "fields give a length too, and are cut": (
        cut([5], {"kind": "piecewise", "interpolation": "linear", "points": [[0, 0], [8, 1]]}, 3), 20,
        joined((0, straight(0, 1, 8)), (5, flat(3.0))),
    ),
    "fields give a length too, and hold": (
        cut([12], {"kind": "piecewise", "interpolation": "linear", "points": [[0, 0], [8, 1]]}, 3), 20,
        joined((0, straight(0, 1, 8)), (12, flat(3.0))),
    ),
    "the last part has its duration, then holds": (
        cut([10], 1, linear(1, 0, 5)), 20, joined((0, flat(1.0)), (10, straight(1, 0, 5))),
    ),
    "the last part may be open": (
        cut([10], linear(0, 1), {"kind": "exponential", "start": 1, "rate": 0.5}), None,
        joined((0, straight(0, 1, 10)), (10, lambda step: 0.5**step)),
    ),
    "the last part with a duration needs no total": (
        cut([10], linear(0, 1), linear(1, 0, 4)), None, joined((0, straight(0, 1, 10)), (10, straight(1, 0, 4))),
    ),
    "rest is said aloud": (
        cut([10], linear(0, 1, "rest"), linear(1, 0, "rest")), 30,
        joined((0, straight(0, 1, 10)), (10, straight(1, 0, 20))),
    ),
    "a boundary is a share of the whole": (
        cut(["25%"], linear(0, 1), linear(1, 0)), 40, joined((0, straight(0, 1, 10)), (10, straight(1, 0, 30))),
    ),
    "a share in a part without length is of the part": (
        cut([10], {"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], ["50%", 2]]}, 0), 40,
        joined((0, flat(1.0)), (5, flat(2.0)), (10, flat(0.0))),
    ),
    "a share as a duration is of the sequence": (
        cut([10], linear(0, 1, "50%"), 0), 40, joined((0, straight(0, 1, 20)), (10, flat(0.0))),
    ),
    "what was cut hands on its value at the cut": (
        cut([60], linear(1, 0, 100), hold()), 100, joined((0, straight(1, 0, 100)), (60, flat(0.4))),
    ),
    "a nested sequence looks through": (
        cut([6], linear(0, 3, 12), {"kind": "sequence", "parts": [linear(None, 0, 3), hold()]}), 12,
        joined((0, straight(0, 3, 12)), (6, straight(1.5, 0, 3)), (9, flat(0.0))),
    ),
    "a nested one with boundaries does too": (
        {"kind": "sequence", "parts": [linear(0, 2, 4), cut([3], linear(None, 1), hold())]}, 12,
        joined((0, straight(0, 2, 4)), (4, straight(2, 1, 3)), (7, flat(1.0))),
    ),
    "a product hands on its value": (
        cut([5], {"kind": "product", "duration": 10, "curves": [linear(0, 1), 3]}, linear(None, 0)), 9,
        joined((0, straight(0, 3, 10)), (5, straight(1.5, 0, 4))),
    ),
    "anneal from wherever we are": (
        cut([75, 85], cosine(0.1, 0, 100), cosine(None, 0.02), hold()), 100,
        joined((0, waved(0.1, 0, 100)), (75, waved(0.1 * (1 + math.cos(0.75 * math.pi)) / 2, 0.02, 10)),
               (85, flat(0.02))),
    ),
    "under a sequence it is as long as its last part says": (
        {"kind": "sequence", "parts": [cut([4], linear(0, 1), linear(1, 0, 4)), linear(5, 6)]}, 12,
        joined((0, straight(0, 1, 4)), (4, straight(1, 0, 4)), (8, straight(5, 6, 4))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_it_means(name: str) -> None:
    document, total, naive = MEANINGS[name]
    program = compile(document, total=total)
    for step in range(total or 40):
        assert program(step) == pytest.approx(naive(step), rel=1e-14, abs=1e-15), step


def test_boundaries_are_rounded_once_half_up_from_the_start() -> None:
    boundaries = [f"{index / 2} epochs" for index in range(1, 8)]
    program = compile(cut(boundaries, *range(8)), total="4 epochs", steps_per_epoch=3)
    starts = [step for step in range(1, 12) if program(step) != program(step - 1)]
    assert starts == [math.floor(Fraction(3, 2) * index + Fraction(1, 2)) for index in range(1, 8)]


def test_a_part_that_ends_before_the_whole_is_noted() -> None:
    notes = compile(cut([4], 1, linear(1, 0, 4)), total=20).notes
    assert [(note.code, note.text) for note in notes] == [
        ("length.holds", "ends at step 8, before the total of 20; it holds its last value")
    ]


def test_it_loads_back_from_its_own_text() -> None:
    spec = load(cut(["5 epochs", 100], linear(0, 1), hold(), 0.5))
    assert '"boundaries": ["5 epochs", 100]' in spec.to_json()
    assert load(spec.to_json()) == spec


FAULTS: list[tuple[Document, dict[str, Any], str, str, str]] = [
    (cut([1, 2], 1, 2), {}, "sequence.boundaries", "boundaries", "2 boundaries cannot stand between 2 parts"),
    (cut([1], 1), {}, "sequence.boundaries", "boundaries", "Leave them out"),
    (cut([1], 1, 2, 3), {}, "sequence.boundaries", "boundaries", "Give 2"),
    (cut([], 1), {}, "seq.empty", "boundaries", "the list is empty"),
    (cut(["rest"], 1, 2), {}, "duration.rest", "boundaries[0]", "'rest' stands only"),
    (cut([-1], 1, 2), {}, "number.range", "boundaries[0]", "is negative"),
    (cut([0], 1, 2), {}, "sequence.order", f"{LR}.boundaries[0]", "stands at step 0, not after the start"),
    (cut(["0.4 steps"], 1, 2), {}, "sequence.order", f"{LR}.boundaries[0]", "not after the start"),
    (cut([5, 5], 1, 2, 3), {}, "sequence.order", f"{LR}.boundaries[1]", "stands at step 5, not after step 5"),
    (cut([5, 4], 1, 2, 3), {}, "sequence.order", f"{LR}.boundaries[1]", "stands at step 4, not after step 5"),
    (cut(["1.2 epochs", "1.24 epochs"], 1, 2, 3), {"steps_per_epoch": 2}, "sequence.order", f"{LR}.boundaries[1]",
     "stands at step 2, not after step 2"),
    (cut(["1.5 steps", 9], 1, linear(1, 0, "0.5 steps"), 2), {}, "duration.vanishes", f"{LR}.parts[1]",
     "lasts 0.5 steps, which rounds to none"),
    (cut([10], 1, 2), {"total": 10}, "sequence.beyond", f"{LR}.boundaries[0]", "parts[1] starts at step 10"),
    (cut([5, 11], 1, 2, 3), {"total": 10}, "sequence.beyond", f"{LR}.boundaries[1]", "parts[2] starts at step 11"),
    (cut([5], 1, linear(1, 0, 6)), {"total": 10}, "duration.too_long", f"{LR}.parts[1].duration", "end at 11"),
    (cut([5], 1, linear(1, 0)), {}, "length.missing", f"{LR}.parts[1]", "needs a length"),
    (cut(["50%"], 1, 2), {}, "units.missing", f"{LR}.boundaries[0]", "needs total"),
    (cut([5], hold(), 2), {"total": 10}, "joint.missing", f"{LR}.parts[0].value", "no part stands before"),
    ({"kind": "repeat", "period": 5, "curve": cut([2], hold(), 2)}, {"total": 10}, "joint.missing",
     f"{LR}.curve.parts[0].value", "no part stands before"),
    (cut([2**53 + 2], 1, 2), {}, "duration.range", f"{LR}.boundaries[0]", "past 2^53"),
    (cut([5], {"kind": "noise", "std": 1, "seed": 1}, hold()), {"total": 10}, "joint.noise", f"{LR}.parts[0]",
     "drawn at random"),
    (cut([5], {"kind": "product", "curves": [0.1, {"kind": "plateau", "monitor": "loss"}]}, hold()), {"total": 10},
     "joint.feedback", f"{LR}.parts[0]", "depends on a metric"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "clock", "code", "path", "words"), FAULTS)
def test_it_is_refused(document: Document, clock: dict[str, Any], code: str, path: str, words: str) -> None:
    with pytest.raises(SpecError) as raised:
        compile(document, **clock)
    assert (raised.value.code, raised.value.path) == (code, path)
    assert words in str(raised.value)


def test_noise_and_feedback_before_a_part_with_a_start_are_fine() -> None:
    noisy = compile(cut([4, 8], 1, {"kind": "noise", "std": 0.1, "seed": 42}, 1), total=12)
    assert [noisy(step) for step in (0, 3, 8, 11)] == [1.0] * 4
    assert len({noisy(step) for step in range(4, 8)}) == 4


@st.composite
def sequences(draw: st.DrawFn) -> tuple[Document, int, Naive]:
    """A sequence with boundaries, its total, and the same step by step, written without rows or rounding."""
    stretches = draw(st.lists(st.integers(1, 12), min_size=2, max_size=6))
    starts = [sum(stretches[:index]) for index in range(len(stretches))]
    total = sum(stretches)
    levels = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.25])
    parts: list[Any] = []
    pieces: list[tuple[int, Naive]] = []
    for index, (start, stretch) in enumerate(zip(starts, stretches, strict=True)):
        last = index == len(stretches) - 1
        own = draw(st.none() | st.integers(1, stretch if last else 20))
        begin, end = draw(levels) if index == 0 else draw(st.none() | levels), draw(levels)
        before = pieces[-1][1](start - pieces[-1][0]) if pieces else 0.0
        entered = before if begin is None else begin
        parts.append(linear(begin, end, own))
        pieces.append((start, straight(entered, end, own or stretch)))
    return cut(starts[1:], *parts), total, joined(*pieces)


@settings(max_examples=150, deadline=None)
@given(drawn=sequences())
def test_it_is_what_a_step_by_step_reading_gives(drawn: tuple[Document, int, Naive]) -> None:
    document, total, naive = drawn
    program = compile(document, total=total)
    for step in range(total + 3):
        assert program(step) == pytest.approx(naive(step), rel=1e-13, abs=1e-15), step


@settings(max_examples=150, deadline=None)
@given(shares=st.lists(st.fractions(Fraction(1, 50), Fraction(1, 3), max_denominator=997), min_size=1, max_size=8),
       epoch=st.integers(3, 400))  # fmt: skip
def test_parts_always_add_up(shares: list[Fraction], epoch: int) -> None:
    ends = [sum(shares[: index + 1], Fraction(0)) for index in range(len(shares))]
    texts = [f"{float(end):.6f} epochs" for end in ends]
    steps = [math.floor(Fraction(text.removesuffix(" epochs")) * epoch + Fraction(1, 2)) for text in texts]
    if min(after - before for before, after in pairwise([0, *steps])) < 1:
        return
    program = compile(cut(texts, *range(len(texts) + 1)), total=steps[-1] + 1, steps_per_epoch=epoch)
    assert [step for step in range(1, steps[-1] + 1) if program(step) != program(step - 1)] == steps
