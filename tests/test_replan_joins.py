"""A join leads nowhere beyond what both layouts give, during the run and after it, and its document stays small."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unisched
from unisched import Program, compile, replan
from unisched.errors import SpecError, UnischedError

Document = dict[str, Any]
LR = "schedules.learning_rate"


def document(curve: Any, total: int = 1000) -> Document:
    return {"total": total, "schedules": {"learning_rate": curve}}


WARM = document({"kind": "warmup_cosine", "peak": 0.1, "warmup": "5%"})
CYCLE = document({"kind": "torch.OneCycleLR", "max_lr": 0.1, "total_steps": "100%"})
CYCLES = document({"kind": "repeat", "times": 4, "curve": {"kind": "cosine", "start": 0.1, "end": 0}})
POWER = {"kind": "power_decay", "start": 0.1, "timescale": 100}
RISING = document({"kind": "sum", "curves": [POWER, {"kind": "linear", "start": 0, "end": 0.05}]}, 2000)
FALLING = document({"kind": "sum", "curves": [POWER, {"kind": "linear", "start": 0.1, "end": 0}]})

# The run, the step of the change, the new total, and how often the peak would be multiplied by a factor for all.
LIFTED: dict[str, tuple[Document, int, int, float]] = {
    "a warm-up that becomes longer": (WARM, 40, 100_000, 100),
    "its first steps": (WARM, 3, 2000, 2),
    "its very first": (WARM, 1, 100_000, 100),
    "its peak": (WARM, 50, 2000, 2),
    "one cycle": (CYCLE, 100, 10_000, 6.6),
    "a restart that comes later": (CYCLES, 251, 1010, 6400),
    "a restart that is near": (CYCLES, 251, 1008, 25_000),
    "what turns before its end": (RISING, 70, 1000, -37),
    "what turns soon": (RISING, 70, 500, 1.7),
}


def both(spec: Document, at: int, total: int) -> tuple[float, float]:
    """The lowest and the highest of the current value and of the new layout, of every step that comes."""
    planned = compile(replan(spec, at=at, total=total, join="jump"))
    values = [compile(spec)(at), *map(planned, range(at, total + 1))]
    return min(values), max(values)


@pytest.mark.parametrize(("spec", "at", "total", "factor"), LIFTED.values(), ids=LIFTED)
def test_no_join_leads_beyond_both_layouts(spec: Document, at: int, total: int, factor: float) -> None:
    low, high = both(spec, at, total)
    old, new = compile(spec), compile(replan(spec, at=at, total=total))
    values = [new(step) for step in range(at, total + 1)]
    assert low * (1 - 1e-12) <= min(values)
    assert max(values) <= high * (1 + 1e-12)
    assert abs(new(at) - old(at)) <= 4 * math.ulp(old(at))
    assert [step for step in range(at) if new(step) != old(step)] == []


@pytest.mark.parametrize(("spec", "at", "total", "factor"), LIFTED.values(), ids=LIFTED)
def test_and_one_factor_for_all_would_have(spec: Document, at: int, total: int, factor: float) -> None:
    planned, current = compile(spec, total=total), compile(spec)(at)
    low, high = both(spec, at, total)
    found = (current - planned(total)) / (planned(at) - planned(total))
    assert found == pytest.approx(factor, rel=0.03)
    led = [planned(total) + found * (planned(step) - planned(total)) for step in range(at, total + 1)]
    assert min(led) < 0.95 * low or max(led) > 1.05 * high


def joined(spec: Document, at: int, total: int) -> Program | str:
    """The program of the new document, or the code of what is wrong with it."""
    try:
        return compile(replan(spec, at=at, total=total))
    except SpecError as error:
        return error.code


RUNS = st.sampled_from([WARM, CYCLE, CYCLES, RISING, FALLING])


@given(spec=RUNS, at=st.integers(1, 2100), total=st.integers(2, 3000))
def test_nor_does_any_other(spec: Document, at: int, total: int) -> None:
    new = joined(spec, at, total)
    if isinstance(new, str):
        assert new in {"replan.total", "replan.flat", "duration.vanishes"}
        return
    low, high = both(spec, at, total)
    room = 1e-9 * high
    assert [step for step in range(at, total + 1) if not low - room <= new(step) <= high + room] == []
    assert min(new(step) for step in (total + 1, 2 * total, 10**6)) >= 0


def test_a_warm_up_is_stretched_up_to_its_peak_and_the_rest_is_as_laid_out() -> None:
    new, planned = compile(replan(WARM, at=40, total=10_000)), compile(WARM, total=10_000)
    assert new(270) == pytest.approx(0.09, rel=1e-14)  # half of the way from step 40 to step 500, from 0.08 to 0.1
    assert [step for step in range(500, 11_000) if new(step) != planned(step)] == []


def test_a_run_at_its_peak_stays_there_until_the_layout_is() -> None:
    new = compile(replan(WARM, at=50, total=2000))
    assert {new(step) for step in range(50, 101)} == {0.1}
    assert new(101) == compile(WARM, total=2000)(101) < 0.1


def test_within_such_a_warm_up_a_run_may_be_planned_again() -> None:
    once = replan(WARM, at=40, total=10_000)
    for at, total in itertools.product((45, 200, 500, 3000), (20_000, 8000)):
        twice = replan(once, at=at, total=total)
        old, new = compile(once), compile(twice)
        assert [step for step in range(at) if new(step) != old(step)] == []
        assert abs(new(at) - old(at)) <= 4 * math.ulp(old(at))
        assert max(new(step) for step in range(total)) <= 0.1
        assert new(total) == 0.0
        assert len(twice.to_json()) < len(once.to_json()) + 300


PLATEAU = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
WARM_CURVE = WARM["schedules"]["learning_rate"]
STAIR = {"kind": "stair", "every": 7, "curve": {"kind": "polynomial", "start": 1, "end": 0, "power": 2}}
HUMPS = {"kind": "repeat", "times": 4, "scale": 0.5, "curve": {
    "kind": "piecewise", "interpolation": "linear", "points": [[0, 0], ["50%", 1], ["100%", 0]]}}  # fmt: skip

REFUSED: dict[str, tuple[Document, int, int, tuple[str, ...]]] = {
    "a warm-up that a metric moves": (document({"kind": "product", "curves": [WARM_CURVE, PLATEAU]}), 40, 100_000,
                                      ("is 0.0008 now", "the factor 100", "leads to 10; both stay within 0 and 0.1")),
    "a fall to below what the run is at": (document(STAIR, 100), 99, 109, ("turns the rest over",)),
    "a peak that is lower than the run is": (document(HUMPS), 121, 480, (
        "the factor 116.16", "leads to 58.08; both stay within 0 and 0.968")),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "at", "total", "words"), REFUSED.values(), ids=REFUSED)
def test_what_no_join_keeps_between_both_is_refused(
    spec: Document, at: int, total: int, words: tuple[str, ...]
) -> None:
    with pytest.raises(SpecError) as caught:
        replan(spec, at=at, total=total)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("replan.flat", LR)
    assert all(word in problem.fault for word in words)
    assert problem.remedy == 'Give a tail, or join="jump"; or write a warm-up in % in steps.'
    assert compile(replan(spec, at=at, total=total, join="jump")).total == total


def test_the_ways_out_lead_out() -> None:
    steps = document({"kind": "product", "curves": [{**WARM_CURVE, "warmup": 50}, PLATEAU]})
    program = compile(replan(steps, at=40, total=100_000))
    new = program.function("learning_rate", factors=[1.0] * len(program.controllers))
    assert max(new(step) for step in range(0, 100_000, 10)) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("jump", [False, True])
@pytest.mark.parametrize(("at", "total"), [(990, 991), (500, 501), (500, 900), (500, 9000)])
def test_what_is_stretched_stays_at_its_last_value_and_what_is_not_goes_on(at: int, total: int, jump: bool) -> None:
    new = compile(replan(FALLING, at=at, total=total, join="jump" if jump else "value"))
    planned, beyond = compile(FALLING, total=total), (total + 1, total + 1000, 10**6)
    last = pytest.approx(planned(total), rel=1e-12)
    assert new(total) == last
    assert [new(step) for step in beyond] == ([planned(step) for step in beyond] if jump else [last] * 3)
    assert planned(10**6) < planned(total) / 2


# What grows.

TAILS: dict[str, Document] = {
    "a start that is left out": {"kind": "linear", "end": 0, "duration": 200},
    "without a length": {"kind": "linear", "end": 0},
    "the current value": {"kind": "linear", "start": "current", "end": 0, "duration": 200},
    "a sequence": {"kind": "sequence", "parts": [{"kind": "linear", "end": 0.05, "duration": 90},
                                                 {"kind": "cosine", "end": 0, "duration": 110}]},
}  # fmt: skip


def again(program: Program, number: int, tail: Document) -> Document:
    """What is asked of the run the next time: a tail and another total in turn."""
    assert program.total is not None
    if number % 2:
        return {"total": program.total + 50}
    return {"tail": tail} if tail["kind"] == "sequence" or "duration" in tail else {
        "tail": tail, "total": program.total + 30}  # fmt: skip


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_a_document_grows_by_no_more_each_time_whatever_is_asked(tail: Document) -> None:
    spec: Any = document({"kind": "cosine", "start": 0.1, "end": 0})
    lengths = []
    for number in range(12):
        at, old = 30 * (number + 1), compile(spec)
        spec = replan(spec, at=at, **again(old, number, tail))
        new = compile(spec)
        assert [step for step in range(at) if new(step) != old(step)] == []
        assert abs(new(at) - old(at)) <= 4 * math.ulp(old(at))
        lengths.append(len(spec.to_json()))
    steps = [after - before for before, after in itertools.pairwise(lengths)]
    assert max(steps) < 1.1 * max(steps[:3])


# What is told.


@pytest.mark.parametrize("name", ["steps_per_epoch", "samples_per_step", "tokens_per_step"])
@pytest.mark.parametrize("run", [WARM, compile(WARM), compile(WARM).start().at(40)], ids=["spec", "program", "state"])
def test_a_pace_that_is_no_number_is_refused_as_by_compile(run: Any, name: str) -> None:
    pace: Document = {name: math.nan}
    with pytest.raises(UnischedError) as wanted:
        compile(WARM, **pace)
    with pytest.raises(UnischedError) as caught:
        replan(run, at=40, total=2000, **pace)
    assert caught.value.problems == wanted.value.problems
    assert unisched.replan(run, at=40, total=2000, **{name: 10}).total is not None
