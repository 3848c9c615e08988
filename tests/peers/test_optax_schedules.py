"""The optax dialect against optax: its own schedules, jitted, in the counter loop of its own transformation.

optax computes in float32. Two judges, therefore: our float64 is the closed form in 40 digits, to the 8 ulp that all
curves keep, on every backend; and optax is within its own rounding of that, `BOUND` times 2^-24 of `reach`, but where
it is known to be wrong: jitted, a power that is no whole number gives NaN past the end, and some stairs begin late.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import optax
import pytest
from closed_forms.optax_forms import FORMS, closed
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from peers.harness import Worst, agree
from peers.optax_peer import BOUND, EPSILON, FLUSHED, REACH, Arguments, at, misjudged, reach, stepped

import unisched
from unisched.errors import SpecError

CYCLE = {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 10, "decay_steps": 60, "end_value": 0.001}

GRID: Final[dict[str, list[Arguments]]] = {
    "constant_schedule": [{"value": 0.3}, {"value": 0.0}],
    "linear_schedule": [
        {"init_value": first, "end_value": last, "transition_steps": steps, "transition_begin": begin}
        for first, last, steps, begin in ((1.0, 0.0, 1, 0), (0.1, 0.3, 41, 0), (0.0, 3e-4, 60, 7))
    ],
    "polynomial_schedule": [
        {"init_value": first, "end_value": last, "power": power, "transition_steps": steps, "transition_begin": begin}
        for first, last, power, steps, begin in ((1.0, 0.0, 0.5, 10, 0), (0.1, 0.3, 1, 60, 7), (1.0, 0.0, 2, 60, 7),
                                                 (0.1, 0.3, 3.5, 10, 0))
    ],
    "exponential_decay": [
        {"init_value": 0.1, "transition_steps": steps, "decay_rate": rate, "transition_begin": begin,
         "staircase": stairs, "end_value": end}
        for steps, begin, rate, end in ((1, 0, 0.97, None), (7, 3, 0.5, 0.05), (41, 0, 0.5, None), (7, 0, 1.0, 0.2),
                                        (41, 5, 1.1, 0.12))
        for stairs in (False, True)
    ],
    "cosine_decay_schedule": [
        {"init_value": 0.1, "decay_steps": steps, "alpha": alpha, "exponent": exponent}
        for steps, alpha, exponent in ((1, 0.0, 1.0), (30, 0.1, 1.0), (77, 0.0, 0.5), (77, 0.1, 2))
    ],
    "cosine_onecycle_schedule": [
        {"transition_steps": 80, "peak_value": 0.1}, {"transition_steps": 1, "peak_value": 0.1},
        {"transition_steps": 10, "peak_value": 2.0, "pct_start": 0.0, "div_factor": 3.0, "final_div_factor": 0.5},
    ],
    "linear_onecycle_schedule": [
        {"transition_steps": 80, "peak_value": 0.1}, {"transition_steps": 1, "peak_value": 0.1},
        {"transition_steps": 10, "peak_value": 2.0, "pct_start": 0.5, "pct_final": 0.5, "div_factor": 3.0},
        {"transition_steps": 10, "peak_value": 0.1, "pct_final": 1.0},
    ],
    "piecewise_constant_schedule": [
        {"init_value": 0.1}, {"init_value": 0.1, "boundaries_and_scales": {"50": 0.5, "20": 0.1, "70": 3.0}},
        {"init_value": 0.1, "boundaries_and_scales": {"0": 0.5, "20": 0.0}},
    ],
    "piecewise_interpolate_schedule": [
        {"interpolate_type": way, "init_value": 0.1, "boundaries_and_scales": scales}
        for way in ("linear", "cosine") for scales in (None, {"50": 0.5, "20": 0.1, "70": 3.0}, {"0": 0.5, "20": 0.0})
    ],
    "warmup_constant_schedule": [{"init_value": 0.0, "peak_value": 0.1, "warmup_steps": steps} for steps in (1, 41)],
    "warmup_cosine_decay_schedule": [
        CYCLE, {**CYCLE, "warmup_steps": 0}, {**CYCLE, "exponent": 0.5}, {**CYCLE, "peak_value": 0.0, "end_value": 0.0},
    ],
    "warmup_exponential_decay_schedule": [
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": warmup, "transition_steps": 7, "decay_rate": 0.8,
         "transition_begin": begin, "staircase": stairs, "end_value": end}
        for warmup, begin, stairs, end in ((0, 0, False, None), (13, 5, True, 0.02), (13, 0, False, 0.2))
    ],
    "sgdr_schedule": [
        {"cosine_kwargs": [CYCLE]},
        {"cosine_kwargs": [CYCLE, {**CYCLE, "decay_steps": 20, "peak_value": 0.05}, {**CYCLE, "warmup_steps": 0}]},
    ],
    "join_schedules": [
        {"schedules": [{"kind": "optax.constant_schedule", "value": 0.1}], "boundaries": []},
        {"schedules": [{"kind": "optax.linear_schedule", "init_value": 0.1, "end_value": 1.0, "transition_steps": 41},
                       0.5, {"kind": "optax.sgdr_schedule", "cosine_kwargs": [CYCLE, CYCLE]}], "boundaries": [30, 45]},
    ],
}  # fmt: skip
"""Arguments by kind, tried one and all."""

STEPS: Final = 90
lengths, begins = st.integers(1, 70), st.integers(0, 20)
values = st.just(0.0) | st.floats(1e-6, 1.0)
rates = st.floats(0.2, 1.5)
scales = st.dictionaries(st.integers(1, 80).map(str), st.floats(0.05, 2.0), min_size=1, max_size=5)
cycles = st.builds(
    lambda warm, rest, **fields: {**fields, "warmup_steps": warm, "decay_steps": warm + rest},
    begins, lengths, init_value=values, peak_value=st.floats(1e-3, 1.0), end_value=values,
    exponent=st.sampled_from([1.0, 2.0, 0.7]),
)  # fmt: skip
decays = {"transition_steps": lengths, "decay_rate": rates, "transition_begin": begins, "staircase": st.booleans(),
          "end_value": st.none() | values}  # fmt: skip

STRATEGIES: Final[dict[str, st.SearchStrategy[Arguments]]] = {
    "constant_schedule": st.fixed_dictionaries({"value": values}),
    "linear_schedule": st.fixed_dictionaries(
        {"init_value": values, "end_value": values, "transition_steps": lengths, "transition_begin": begins}),
    "polynomial_schedule": st.fixed_dictionaries(
        {"init_value": values, "end_value": values, "power": st.floats(0.3, 4.0), "transition_steps": lengths,
         "transition_begin": begins}),
    "exponential_decay": st.fixed_dictionaries({"init_value": values, **decays}),
    "cosine_decay_schedule": st.fixed_dictionaries(
        {"init_value": values, "decay_steps": lengths, "alpha": st.floats(0, 1), "exponent": st.floats(0.5, 3.0)}),
    "cosine_onecycle_schedule": st.fixed_dictionaries(
        {"transition_steps": lengths, "peak_value": st.floats(1e-3, 1.0), "pct_start": st.floats(0, 1),
         "div_factor": st.floats(0.5, 50), "final_div_factor": st.floats(0.5, 1e4)}),
    "linear_onecycle_schedule": st.builds(
        lambda shares, **fields: {**fields, "pct_start": min(shares), "pct_final": max(shares)},
        st.tuples(st.floats(0, 1), st.floats(0, 1)), transition_steps=lengths, peak_value=st.floats(1e-3, 1.0),
        div_factor=st.floats(0.5, 50), final_div_factor=st.floats(0.5, 1e4)),
    "piecewise_constant_schedule": st.fixed_dictionaries({"init_value": values, "boundaries_and_scales": scales}),
    "piecewise_interpolate_schedule": st.fixed_dictionaries(
        {"init_value": values, "boundaries_and_scales": scales,
         "interpolate_type": st.sampled_from(["linear", "cosine"])}),
    "warmup_constant_schedule": st.fixed_dictionaries(
        {"init_value": values, "peak_value": values, "warmup_steps": lengths}),
    "warmup_cosine_decay_schedule": cycles,
    "warmup_exponential_decay_schedule": st.fixed_dictionaries(
        {"init_value": values, "peak_value": values, "warmup_steps": begins, **decays}),
    "sgdr_schedule": st.fixed_dictionaries({"cosine_kwargs": st.lists(cycles, min_size=1, max_size=4)}),
    "join_schedules": st.builds(
        lambda parts, starts: {"schedules": parts[: len(starts) + 1], "boundaries": sorted(starts)},
        st.lists(st.fixed_dictionaries({"init_value": values, "end_value": values, "transition_steps": lengths})
                 .map(lambda line: {"kind": "optax.linear_schedule", **line}), min_size=4, max_size=4),
        st.sets(st.integers(1, 80), max_size=3)),
}  # fmt: skip
"""Valid arguments by kind, drawn."""

REFUSED: Final[list[tuple[str, Arguments]]] = [
    ("cosine_decay_schedule", {"init_value": 0.1, "decay_steps": 0}),
    ("warmup_cosine_decay_schedule", {**CYCLE, "decay_steps": 10}),
    ("linear_onecycle_schedule", {"transition_steps": 0, "peak_value": 0.1}),
    ("cosine_onecycle_schedule", {"transition_steps": 0, "peak_value": 0.1}),
    ("cosine_onecycle_schedule", {"transition_steps": 10, "peak_value": 0.1, "div_factor": -1.0}),
    ("cosine_onecycle_schedule", {"transition_steps": 10, "peak_value": 0.1, "div_factor": 0.0}),
    ("piecewise_constant_schedule", {"init_value": 0.1, "boundaries_and_scales": {"3": -0.1}}),
    ("piecewise_interpolate_schedule",
     {"interpolate_type": "linear", "init_value": 0.1, "boundaries_and_scales": {"3": -0.1}}),
    ("piecewise_interpolate_schedule", {"interpolate_type": "cubic", "init_value": 0.1}),
    ("linear_schedule", {"init_value": 1.0, "end_value": 0.0, "transition_steps": 2**31}),
    ("exponential_decay", {"init_value": 1.0, "transition_steps": 2**31, "decay_rate": 0.5}),
    ("sgdr_schedule", {"cosine_kwargs": []}),
]  # fmt: skip
"""What optax and we refuse."""

LINES = [{"kind": "optax.constant_schedule", "value": 0.1 * index} for index in range(1, 4)]

DECIDED: Final[list[tuple[str, Arguments, dict[int, float]]]] = [
    ("linear_schedule", {"init_value": 0.5, "end_value": 0.0, "transition_steps": -3}, {0: 0.5, 9: 0.5}),
    ("linear_schedule", {"init_value": 0.5, "end_value": 0.0, "transition_steps": 2, "transition_begin": -9},
     {0: 0.5, 1: 0.25}),
    ("polynomial_schedule", {"init_value": 0.5, "end_value": 0.25, "power": -1.0, "transition_steps": 4},
     {4: math.inf}),
    ("exponential_decay", {"init_value": 0.5, "transition_steps": 0, "decay_rate": 0.5}, {0: 0.5, 9: 0.5}),
    ("exponential_decay", {"init_value": 0.5, "transition_steps": 2, "decay_rate": 0.0}, {0: 0.5, 9: 0.5}),
    ("exponential_decay", {"init_value": 0.5, "transition_steps": 2, "decay_rate": -0.5}, {1: math.nan, 2: -0.25}),
    ("warmup_constant_schedule", {"init_value": 0.0, "peak_value": 0.5, "warmup_steps": 0}, {0: 0.0, 9: 0.0}),
    ("warmup_cosine_decay_schedule", {**CYCLE, "peak_value": 0.0, "end_value": 0.5}, {60: 0.0}),
    ("piecewise_interpolate_schedule",
     {"interpolate_type": "linear", "init_value": 1.0, "boundaries_and_scales": {"-4": 0.5, "4": 0.5}}, {0: 0.375}),
    ("linear_onecycle_schedule",
     {"transition_steps": 10, "peak_value": 1.0, "pct_start": 0.8, "pct_final": 0.2, "div_factor": 4.0}, {2: 0.0625}),
    ("join_schedules", {"schedules": LINES, "boundaries": [5]}, {7: 0.2, 99: 0.2}),
    ("join_schedules", {"schedules": LINES[:2], "boundaries": [5, 7]}, {7: 0.2, 99: 0.2}),
    ("join_schedules", {"schedules": LINES, "boundaries": [9, 5]}, {4: 0.1, 5: 0.3, 9: 0.3}),
]  # fmt: skip
"""What optax takes and makes something else of, at some counts; we refuse it."""


def documents(table: Mapping[str, list[Arguments]]) -> list[Arguments]:
    return [{"kind": f"optax.{kind}", **arguments} for kind, sets in table.items() for arguments in sets]


# The comparison.

EMITTED, PEER = Worst(), Worst()
MET: set[str] = set()


def compared(document: Arguments) -> None:
    """All our emissions against the closed form, and both against optax."""
    peer = stepped(document, STEPS)
    exact = [closed(document, step) for step in range(STEPS)]
    EMITTED.note(document["kind"], agree(document, exact, within=within(document), scale=2.0**-1000))
    PEER.note(document["kind"], max(far(document, peer, exact)))


def within(document: Arguments) -> float:
    """How many ulp of float64 we may be away: 8, and more only where a power above 2 multiplies them."""
    return 8.0 * max(1.0, document.get("power", 1) / 2, document.get("exponent", 1))


def far(document: Arguments, peer: list[float], ours: list[float]) -> Iterator[float]:
    """How far optax is from our values at each step, in roundings of its reach; more than its bound is an error."""
    for step, (theirs, value) in enumerate(zip(peer, ours, strict=True)):
        quirk = misjudged(document, step, theirs)
        if quirk is not None:
            MET.add(quirk)
            continue
        roundings = abs(theirs - value) / max(EPSILON * reach(document, step), FLUSHED)
        assert roundings <= BOUND, (document, step, theirs, value, roundings)
        yield roundings


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)
    print(f"\nours against the closed form, float64 ulp\n{EMITTED}\noptax against ours, in 2^-24 of its reach\n{PEER}")
    print(f"quirks met: {', '.join(sorted(MET))}")


@pytest.mark.parametrize("document", documents(GRID), ids=lambda document: document["kind"])
def test_the_grid_agrees(document: Arguments) -> None:
    compared(document)


@pytest.mark.parametrize("kind", STRATEGIES)
def test_drawn_arguments_agree(kind: str) -> None:
    # Every set is emitted on every backend: a failing one is shown as it was drawn, not made smaller.
    @settings(max_examples=8, phases=[Phase.generate])
    @given(STRATEGIES[kind])
    def agrees(arguments: Arguments) -> None:
        compared({"kind": f"optax.{kind}", **arguments})

    agrees()


# What optax refuses, what it mangles, and where it is wrong.


@pytest.mark.parametrize(("kind", "arguments"), REFUSED)
def test_what_optax_refuses_is_refused(kind: str, arguments: Arguments) -> None:
    document = {"kind": f"optax.{kind}", **arguments}
    with pytest.raises((ValueError, ZeroDivisionError, OverflowError, IndexError, TypeError)):
        at(document, 0)
    with pytest.raises(SpecError):
        unisched.compile(document)


@pytest.mark.parametrize(("kind", "arguments", "made"), DECIDED)
def test_what_optax_makes_something_else_of_is_refused(kind: str, arguments: Arguments, made: dict[int, float]) -> None:
    document = {"kind": f"optax.{kind}", **arguments}
    given = {count: at(document, count) for count in made}
    assert given == pytest.approx(made, rel=1e-6, nan_ok=True)
    with pytest.raises(SpecError):
        unisched.compile(document)


def test_the_quirks_that_are_noted_were_met() -> None:
    """Optax's own numbers show each of them, at places that are fixed here."""
    power = {"kind": "optax.polynomial_schedule", "init_value": 1.0, "end_value": 0.0, "power": 0.5,
             "transition_steps": 3}  # fmt: skip
    assert [misjudged(power, step, value) for step, value in enumerate(stepped(power, 5))][3:] == [
        "optax.nan_at_end"
    ] * 2
    stairs = {"kind": "optax.exponential_decay", "init_value": 1.0, "transition_steps": 41, "decay_rate": 0.5,
              "staircase": True}  # fmt: skip
    assert misjudged(stairs, 41, stepped(stairs, 42)[41]) == "optax.late_stairs"
    assert (unisched.compile(power)(3), unisched.compile(stairs)(41)) == (0.0, 0.5)


FAR_OUT: Final[list[tuple[Arguments, int, float]]] = [
    ({"kind": "optax.cosine_decay_schedule", "init_value": 1.0, "decay_steps": 2**24 + 1001}, 2**24 + 1, 0.9),
    ({"kind": "optax.linear_schedule", "init_value": 1.0, "end_value": 0.0, "transition_steps": 10**9}, 10**9 - 1, 0.9),
    ({"kind": "optax.exponential_decay", "init_value": 1.0, "transition_steps": 1, "decay_rate": 0.999999}, 10**7, 0.1),
]
"""Long runs, a count in them, and how far optax is off there at least, relative to the value."""


@pytest.mark.parametrize(("document", "count", "off"), FAR_OUT, ids=lambda value: str(value)[:40])
def test_far_out_the_closed_form_is_ours(document: Arguments, count: int, off: float) -> None:
    exact = closed(document, count)
    assert abs(at(document, count) - exact) >= off * exact
    assert abs(unisched.compile(document)(count) - exact) <= 8 * math.ulp(exact)


@pytest.mark.parametrize("made", [optax.linear_schedule(1.0, 0.0, 9), optax.adam(0.1), optax.join_schedules([], [])])
def test_closures_are_not_lifted(made: Any) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.lift(made)
    assert caught.value.code == "lift.closure"


LATE: Final[list[Arguments]] = [
    {"kind": "optax.linear_schedule", "init_value": 1.0, "end_value": 0.0, "transition_steps": 60},
    {"kind": "optax.exponential_decay", "init_value": 1.0, "transition_steps": 7, "decay_rate": 0.9},
    {"kind": "optax.sgdr_schedule", "cosine_kwargs": [CYCLE, CYCLE]},
]


@pytest.mark.parametrize("document", LATE, ids=lambda document: document["kind"])
def test_a_schedule_that_is_one_count_late_is_noticed(document: Arguments) -> None:
    late = [closed(document, max(step - 1, 0)) for step in range(STEPS)]
    with pytest.raises(AssertionError):
        list(far(document, stepped(document, STEPS), late))


def test_a_kind_for_every_schedule_of_optax() -> None:
    """What optax calls a schedule, and nothing else."""
    endings = ("_schedule", "_decay", "_schedules")
    named = {name for name in dir(optax.schedules) if name.endswith(endings) and not name.startswith("_")}
    assert {f"optax.{name}" for name in named} == set(FORMS) == set(REACH)
