"""What documents mean: lengths, shares, rounding, joints, ends, bases and groups, against formulas written out here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from unisched import Program, compile
from unisched.errors import BindingError, StepError

Document = Mapping[str, Any]


def linear(start: float | None, end: float, duration: object = None) -> dict[str, Any]:
    given = {"kind": "linear", "start": start, "end": end, "duration": duration}
    return {key: value for key, value in given.items() if value is not None}


def seq(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "sequence", "parts": list(parts), **more}


def hold(value: float, duration: object = None) -> dict[str, Any]:
    return {"kind": "constant", "value": value} | ({} if duration is None else {"duration": duration})


def rate(**entry: Any) -> dict[str, Any]:
    return {"schedules": {"learning_rate": entry}}


def lines(*points: tuple[int, float]) -> Callable[[int], float]:
    """Straight lines through points, in fractions; the ends hold."""

    def value(step: int) -> float:
        if step >= points[-1][0]:
            return points[-1][1]
        before = max(i for i, (at, _) in enumerate(points) if at <= step)
        (left, a), (right, b) = points[before], points[before + 1]
        u = Fraction(step - left, right - left)
        return float(Fraction(a) * (1 - u) + Fraction(b) * u)

    return value


def jumps(*points: tuple[int, float]) -> Callable[[int], float]:
    return lambda step: [value for at, value in points if at <= step][-1]


# Each row: the document, the clock, and what it means.
STRAIGHT: dict[str, tuple[Document, dict[str, Any], Callable[[int], float]]] = {
    "a curve fills the total": (linear(1, 0), {"total": 40}, lines((0, 1.0), (40, 0.0))),
    "its own duration comes first": (linear(1, 0, 10), {"total": 40}, lines((0, 1.0), (10, 0.0))),
    "one part takes the rest": (
        seq(linear(0, 1, 5), hold(1), linear(1, 0, 10)), {"total": 40}, lines((0, 0.0), (5, 1.0), (30, 1.0), (40, 0.0))
    ),
    "the rest may be said aloud": (
        seq(linear(0, 1, 5), linear(1, 0.5, "rest")), {"total": 25}, lines((0, 0.0), (5, 1.0), (25, 0.5))
    ),
    "a percentage is of the total at the top": (
        seq(linear(0, 1, "10%"), linear(1, 0)), {"total": 50}, lines((0, 0.0), (5, 1.0), (50, 0.0))
    ),
    "and of the enclosing part further in": (
        seq(hold(0.5, 10), seq(linear(0, 1, "50%"), linear(1, 0), duration=20)), {"total": 100},
        lambda k: 0.5 if k < 10 else lines((0, 0.0), (10, 1.0), (20, 0.0))(k - 10)
    ),
    "and of what is left where the part is open": (
        seq(hold(0.5, 10), seq(linear(0, 1, "50%"), linear(1, 0))), {"total": 50},
        lambda k: 0.5 if k < 10 else lines((0, 0.0), (20, 1.0), (40, 0.0))(k - 10)
    ),
    "and of one cycle in a repeat": (
        {"kind": "repeat", "period": 20, "curve": seq(linear(0, 1, "25%"), linear(1, 0))}, {"total": 60},
        lambda k: lines((0, 0.0), (5, 1.0), (20, 0.0))(k % 20 if k < 60 else 20)
    ),
    "a stair is transparent to percentages": (
        seq({"kind": "stair", "every": 1, "curve": linear(0, 1, "10%")}, hold(1)), {"total": 50},
        lines((0, 0.0), (5, 1.0))
    ),
    "boundaries are rounded half up, each from the sum": (
        seq(*[hold(float(i), "2.5 steps") for i in range(4)]), {}, jumps((0, 0.0), (3, 1.0), (5, 2.0), (8, 3.0))
    ),
    "tenths of 1003 add up": (
        seq(*[hold(float(i), "10%") for i in range(10)]), {"total": 1003},
        jumps(*[(math.floor(Fraction(1003 * i, 10) + Fraction(1, 2)), float(i)) for i in range(10)])
    ),
    "epochs, samples and tokens are steps in the end": (
        seq(linear(0, 1, "0.5 epochs"), linear(1, 2, "640 samples"), linear(2, 1, "1k tokens"), hold(1)),
        {"total": "10 epochs", "steps_per_epoch": 20, "samples_per_step": 64, "tokens_per_step": 100},
        lines((0, 0.0), (10, 1.0), (20, 2.0), (30, 1.0))
    ),
    "a start left out is what the part before reached": (
        seq(linear(0, 1, 4), linear(None, 0.25, 8)), {}, lines((0, 0.0), (4, 1.0), (12, 0.25))
    ),
    "so is a constant without value": (
        seq(linear(0, 1, 4), {"kind": "constant", "duration": 5}, linear(None, 0, 4)), {},
        lines((0, 0.0), (4, 1.0), (9, 1.0), (13, 0.0))
    ),
    "a nested sequence looks through to the part before it": (
        seq(linear(0, 1, 4), seq(seq(linear(None, 0.5, 2)), linear(None, 0, 2))), {},
        lines((0, 0.0), (4, 1.0), (6, 0.5), (8, 0.0))
    ),
    "the joint after a clip is the clipped value": (
        seq({"kind": "clip", "curve": linear(0, 1, 10), "maximum": 0.5}, linear(None, 0, 10)), {},
        lambda k: min(k / 10, 0.5) if k < 10 else lines((0, 0.5), (10, 0.0))(k - 10)
    ),
    "the joint after a repeat is the end of its last cycle": (
        seq({"kind": "repeat", "curve": linear(1, 0.5), "period": 4, "times": 3}, linear(None, 1, 10)), {},
        lambda k: lines((0, 1.0), (4, 0.5))(k % 4) if k < 12 else lines((0, 0.5), (10, 1.0))(k - 12)
    ),
    "the joint after a product is the product": (
        seq({"kind": "product", "curves": [linear(0, 1, 8), hold(0.5, 4)]}, linear(None, 0, 4)), {},
        lines((0, 0.0), (8, 0.5), (12, 0.0))
    ),
    "a part that is cut hands on what it is at the cut": (
        seq({"kind": "exponential", "start": 1, "rate": 0.5, "every": 4, "staircase": True, "duration": 10},
            linear(None, 0, 10)), {},
        lambda k: 0.5 ** (k // 4) if k < 10 else lines((0, 0.25), (10, 0.0))(k - 10)
    ),
    "a part that ends early holds": (
        seq(linear(0, 1, 4), hold(0.5, 4)), {"total": 20}, lambda k: lines((0, 0.0), (4, 1.0))(k) if k < 4 else 0.5
    ),
    "a repeat holds the end of its last cycle, not the next peak": (
        {"kind": "repeat", "curve": linear(1, 0), "period": 5, "times": 2}, {"total": 30},
        lambda k: lines((0, 1.0), (5, 0.0))(k % 5) if k < 10 else 0.0
    ),
    "a repeat cut by the total holds what it reached": (
        {"kind": "repeat", "curve": linear(1, 0), "period": 8}, {"total": 20},
        lambda k: lines((0, 1.0), (8, 0.0))(k % 8) if k < 20 else 0.5
    ),
    "times without a period divide the length": (
        {"kind": "repeat", "curve": linear(1, 0), "times": 4}, {"total": 40},
        lambda k: lines((0, 1.0), (10, 0.0))(k % 10) if k < 40 else 0.0
    ),
    "after hold freezes what would go on": (
        {**rate(kind="exponential", start=1, rate=0.5, every=1), "after": "hold"}, {"total": 3},
        lambda k: 0.5 ** min(k, 3)
    ),
    "without it an open curve goes on": (
        rate(kind="exponential", start=1, rate=0.5, every=1), {"total": 3}, lambda k: 0.5**k
    ),
    "a stair looks at the last multiple": (
        {"kind": "stair", "every": 7, "curve": linear(0, 1)}, {"total": 50}, lambda k: min(k, 56) // 7 * 7 / 50
        if k < 56 else 1.0
    ),
    "a shift looks ahead": ({"kind": "shift", "by": 1, "curve": linear(0, 1)}, {"total": 8}, lambda k: min(k + 1,
        8) / 8),
    "a negative shift looks back, never before 0": (
        {"kind": "shift", "by": -3, "curve": linear(0, 1)}, {"total": 8}, lambda k: min(max(k - 3, 0), 8) / 8
    ),
    "points hold before the first and after the last": (
        {"kind": "piecewise", "points": [[4, 1.0], [8, 0.0]], "interpolation": "linear"}, {},
        lambda k: 1.0 if k < 4 else lines((0, 1.0), (4, 0.0))(k - 4)
    ),
    "a clip bounds from both sides": (
        {"kind": "clip", "curve": linear(0, 1), "minimum": 0.25, "maximum": 0.75}, {"total": 8},
        lambda k: max(min(min(k, 8) / 8, 0.75), 0.25)
    ),
    "a base is a factor of all values, floors included": (
        rate(base=0.5, curve={"kind": "clip", "curve": linear(1, 0), "minimum": 0.25}), {"total": 8},
        lambda k: 0.5 * max(1 - min(k, 8) / 8, 0.25)
    ),
    "an absolute value is no factor of it": (
        rate(base=0.5, curve={"kind": "clip", "curve": linear(1, 0), "minimum": {"absolute": 0.25}}), {"total": 8},
        lambda k: max(0.5 * (1 - min(k, 8) / 8), 0.25)
    ),
    "a ramp runs from a factor to an absolute": (
        rate(base=0.5, curve={"kind": "linear", "start": 1, "end": {"absolute": 0.25}}), {"total": 8},
        lines((0, 0.5), (8, 0.25))
    ),
    "without a base absolute changes nothing": (
        rate(kind="linear", start={"absolute": 1}, end=0), {"total": 8}, lines((0, 1.0), (8, 0.0))
    ),
}  # fmt: skip


@pytest.mark.parametrize("meaning", STRAIGHT)
def test_a_document_means(meaning: str) -> None:
    document, clock, expected = STRAIGHT[meaning]
    program = compile(document, **clock)
    steps = [*range(120), 10**6, 10**15]
    assert [program(step, exact=True) for step in steps] == [expected(step) for step in steps]


def test_a_cosine_is_half_a_wave() -> None:
    program = compile({"kind": "cosine", "start": 0.3, "end": 0.1}, total=100)
    for step in range(100):
        assert program(step) == pytest.approx(0.1 + 0.2 * (1 + math.cos(math.pi * step / 100)) / 2, rel=1e-14)


def test_rates_and_powers_follow_their_formulas() -> None:
    rates = compile({"kind": "exponential", "start": 0.3, "rate": 0.97, "every": "2.5 epochs"}, steps_per_epoch=10)
    decays = compile({"kind": "power_decay", "start": 0.3, "timescale": 100, "power": 0.5})
    for step in range(0, 1000, 7):
        assert rates(step) == pytest.approx(0.3 * 0.97 ** (step / 25), rel=1e-14)
        assert decays(step) == pytest.approx(0.3 / math.sqrt(1 + step / 100), rel=1e-14)


def test_stretched_cycles_lie_on_rounded_sums() -> None:
    document = {"kind": "repeat", "curve": linear(1, 0), "period": 10, "stretch": 1.5, "times": 4, "scale": 0.5}
    ends = [math.floor(sum(10 * Fraction(3, 2) ** i for i in range(n)) + Fraction(1, 2)) for n in range(5)]
    assert ends == [0, 10, 25, 48, 81]
    program = compile(document)
    for cycle, (start, stop) in enumerate(pairwise(ends)):
        for step in range(start, stop):
            expected = float(1 - Fraction(step - start, stop - start)) * 0.5**cycle
            assert program(step, exact=True) == expected
    assert program(ends[-1]) == 0.0


def test_after_error_raises_from_the_total_on() -> None:
    program = compile({**rate(**linear(1, 0)), "after": "error"}, total=10)
    assert program(9) == pytest.approx(0.1)
    with pytest.raises(StepError, match="past the total of 10") as raised:
        program(10)
    assert raised.value.code == "step.past_end"


BASED = seq(linear(0, 1, 10), {"kind": "cosine", "end": {"absolute": 1e-5}})


def test_a_base_has_the_same_bits_however_it_is_given() -> None:
    clock: dict[str, Any] = {"total": 100}
    written = compile(rate(base=0.3, curve=BASED), **clock)
    passed = compile(rate(base="optimizer", curve=BASED), base=0.3, **clock)
    by_name = compile(rate(base="optimizer", curve=BASED), base={"learning_rate": 0.3}, **clock)
    late = compile(rate(base="optimizer", curve=BASED), **clock).function(base=0.3)
    assert written.fingerprint == passed.fingerprint == by_name.fingerprint
    assert [late(step) for step in range(120)] == [written(step) for step in range(120)]


def test_what_depends_on_the_optimizer_says_so() -> None:
    program = compile(rate(base="optimizer", curve=BASED), total=100)
    assert program.needs_base(program.targets[0])
    with pytest.raises(BindingError) as raised:
        program(0)
    assert (raised.value.code, raised.value.path) == ("base.missing", "schedules.learning_rate")


@pytest.mark.parametrize(("argument", "value"), [
    ("total", 50), ("total", "5 epochs"), ("steps_per_epoch", 10), ("samples_per_step", 8), ("tokens_per_step", 3),
])  # fmt: skip
def test_a_clock_argument_overrides_the_document(argument: str, value: Any) -> None:
    document = {"total": "20 epochs", "steps_per_epoch": 5, "samples_per_step": 2, "tokens_per_step": 7,
                **rate(**linear(1, 0))}  # fmt: skip
    given, written = compile(document, **{argument: value}), compile({**document, argument: value})
    assert (given.clock, given.body) == (written.clock, written.body)
    assert given.clock != compile(document).clock


GROUPS = {
    "total": 10,
    "schedules": {"learning_rate": linear(1, 0), "weight_decay": 0.1},
    "groups": {
        "body*": {"learning_rate": {"scale": 0.5}},
        "body.norm": {"weight_decay": 0, "learning_rate": {"scale": linear(0, 1)}},
        "head": {"learning_rate": linear(0, 1)},
    },
}


@pytest.mark.parametrize(("group", "expected"), [
    (None, 0.6), ("other", 0.6), ("body", 0.3), ("body.1", 0.3), ("body.norm", 0.6 * 0.4), ("head", 0.4), ("Head", 0.6),
])  # fmt: skip
def test_a_group_follows_its_name_before_a_glob_before_the_rest(group: str | None, expected: float) -> None:
    assert compile(GROUPS)(4, "learning_rate", group) == pytest.approx(expected)


def test_a_group_overrides_one_hyperparameter_and_leaves_the_others() -> None:
    program = compile(GROUPS)
    assert program(4, "weight_decay", "body.norm") == 0.0
    assert program(4, "weight_decay", "body.1") == 0.1


def test_two_globs_for_one_group_are_an_error_unless_a_name_decides() -> None:
    groups = {"a*": {"learning_rate": 0.1}, "*b": {"learning_rate": 0.2}}
    document = {**rate(**linear(1, 0)), "groups": groups}
    program = compile(document, total=10)
    assert program(0, group="ax") == 0.1
    with pytest.raises(BindingError) as raised:
        program(0, group="ab")
    assert raised.value.code == "groups.ambiguous"
    named = compile({**document, "groups": {**groups, "ab": {"learning_rate": 0.3}}}, total=10)
    assert named(0, group="ab") == 0.3


def test_a_scaled_group_costs_no_value_of_its_own() -> None:
    assert len(compile({**GROUPS, "groups": {"a": {"learning_rate": {"scale": 0.5}}}}).body.values) == 2


def test_a_scale_takes_the_finished_value_floor_and_all() -> None:
    document = {**rate(base=2.0, curve={"kind": "clip", "curve": linear(1, 0), "minimum": 0.25}),
                "groups": {"a": {"learning_rate": {"scale": 0.1}}}}  # fmt: skip
    assert compile(document, total=10)(10, group="a") == 0.1 * 0.5


RECIPES: dict[str, tuple[Document, Document]] = {
    "warmup_cosine": (
        {"kind": "warmup_cosine", "peak": 0.3, "warmup": 10, "start": 0.01, "end": 0.02},
        seq(linear(0.01, 0.3, 10), {"kind": "cosine", "start": 0.3, "end": 0.02}),
    ),
    "warmup_cosine without a warm-up": (
        {"kind": "warmup_cosine", "peak": 0.3}, {"kind": "cosine", "start": 0.3, "end": 0}
    ),
    "warmup_linear": ({"kind": "warmup_linear", "peak": 0.3, "warmup": "10%"}, seq(linear(0, 0.3, "10%"), linear(0.3,
        0))),
    "wsd": (
        {"kind": "wsd", "peak": 0.3, "warmup": 10, "decay": "20%"},
        seq(linear(0, 0.3, 10), hold(0.3), {**linear(0.3, 0, "20%"), "warp": 0.5}),
    ),
    "wsd linear": (
        {"kind": "wsd", "peak": 0.3, "warmup": 10, "decay": 20, "shape": "linear"},
        seq(linear(0, 0.3, 10), hold(0.3), linear(0.3, 0, 20)),
    ),
    "wsd cosine": (
        {"kind": "wsd", "peak": 0.3, "decay": 20, "shape": "cosine", "end": 0.1},
        seq(hold(0.3), {"kind": "cosine", "start": 0.3, "end": 0.1, "duration": 20}),
    ),
    "wsd exponential": (
        {"kind": "wsd", "peak": 0.3, "warmup": 10, "decay": 20, "shape": "exponential", "end": 0.01},
        seq(linear(0, 0.3, 10), hold(0.3), {"kind": "exponential", "start": 0.3, "end": 0.01, "duration": 20}),
    ),
    "a recipe with a duration": (
        {"kind": "warmup_linear", "peak": 0.3, "warmup": "10%", "duration": 50},
        seq(linear(0, 0.3, "10%"), linear(0.3, 0), duration=50),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_what_it_stands_for(name: str) -> None:
    recipe, written = RECIPES[name]
    assert compile(recipe, total=100).fingerprint == compile(written, total=100).fingerprint


TOML = """
total = "10 epochs"
steps_per_epoch = 20
[schedules.learning_rate]
kind = "warmup_cosine"
peak = 3e-4
warmup = "1 epoch"
[groups."head*".learning_rate]
scale = 0.5
"""
YAML = """
total: 10 epochs
steps_per_epoch: 20
schedules:
  learning_rate: {kind: warmup_cosine, peak: 3e-4, warmup: 1 epoch}
groups:
  head*: {learning_rate: {scale: 0.5}}
"""
WRITTEN: Document = {
    "total": "10 epochs", "steps_per_epoch": 20,
    "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 3e-4, "warmup": "1 epoch"}},
    "groups": {"head*": {"learning_rate": {"scale": 0.5}}},
}  # fmt: skip


@pytest.mark.parametrize(("suffix", "text"), [("toml", TOML), ("yaml", YAML), ("json", json.dumps(WRITTEN))])
def test_all_languages_give_one_program(suffix: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"schedule.{suffix}"
    path.write_text(text, encoding="utf-8")
    assert compile(path) == compile(WRITTEN)


def test_equal_values_of_two_hyperparameters_are_kept_once() -> None:
    program: Program = compile({"total": 10, "schedules": {"learning_rate": linear(1, 0), "x": linear(1, 0)}})
    assert len(program.body.values) == 1
    assert program.hyperparameters == ("learning_rate", "x")


NOTED = [
    (seq(linear(0, 1, 4), hold(0.5, 4)), {"total": 20}, "length.holds"),
    (seq(linear(0, 1, "3.3 epochs"), hold(0.5)), {"total": 200, "steps_per_epoch": 7}, "duration.rounded"),
]


@pytest.mark.parametrize(("document", "clock", "code"), NOTED, ids=[code for *_, code in NOTED])
def test_what_was_repaired_for_nobody_is_noted(document: Document, clock: dict[str, Any], code: str) -> None:
    assert code in [note.code for note in compile(document, **clock).notes]


BROKEN_STAIRS = ["33.5 steps", "2.5 steps", "0.6 steps", "7.3 steps"]


def stair_of(k: int, every: Fraction) -> tuple[int, int]:
    """Give the number of the stair that holds at k, and where it began: multiples rounded half up."""
    number = max(j for j in range(int(k / every) + 3) if int(j * every + Fraction(1, 2)) <= k)
    return number, int(number * every + Fraction(1, 2))


@pytest.mark.parametrize("every", BROKEN_STAIRS)
def test_stairs_of_broken_length_go_on_past_the_total(every: str) -> None:
    exact = Fraction(every.split(maxsplit=1)[0])
    rated = compile({"kind": "exponential", "start": 1, "rate": 0.9, "every": every, "staircase": True}, total=50)
    read = compile({"kind": "stair", "every": every, "curve": linear(1, 0, 100)}, total=150)
    for k in range(200):
        number, began = stair_of(k, exact)
        assert math.isclose(rated(k), 0.9**number, rel_tol=1e-12)
        assert math.isclose(read(k), max(1 - began / 100, 0), rel_tol=1e-12, abs_tol=1e-15)


def test_a_stair_that_falls_on_the_end_of_its_part_is_what_the_part_hands_on() -> None:
    stairs = {"kind": "stair", "every": "2.5 steps", "duration": 20, "curve": linear(1, 0)}
    program = compile(seq(stairs, {"kind": "constant"}), total=40)
    assert (program(19), program(20), program(39)) == (0.1, 0.0, 0.0)
