"""Batch ramps: lengths, progress and positions in samples or tokens while the batch grows.

Every expected number comes from counting updates one by one, as the papers do, and from mpmath.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath as mp
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import unisched
from unisched import Program, State, compile, load
from unisched.batch_ramp import BatchRamp
from unisched.cli import main
from unisched.errors import BindingError, SpecError, StepError

Document = Mapping[str, Any]

LR = "schedules.learning_rate"


class Loop:
    """A training loop that counts: the batch of each update, and what was consumed before it."""

    def __init__(self, unit: int, *points: tuple[int, int]) -> None:
        """`points`: from so many consumed on, so large a batch; 0 first. Runs until `unit` are consumed."""
        self.batches: list[int] = []
        self.before = [0]
        self.starts = [0]
        for (_, batch), (end, _) in zip(points, [*points[1:], (unit, 0)], strict=True):
            while self.before[-1] < end:
                self.take(batch)
            if self.before[-1] - end > Fraction(batch, 2) and len(self.batches) > self.starts[-1]:
                self.undo()  # the end lies nearer to the step before
            self.starts.append(len(self.batches))

    def take(self, batch: int) -> None:
        self.batches.append(batch)
        self.before.append(self.before[-1] + batch)

    def undo(self) -> None:
        self.batches.pop()
        self.before.pop()

    def at(self, count: int) -> int:
        """The step nearest to where `count` are consumed, halves up."""
        step = next(step for step, before in enumerate(self.before) if before >= count)
        late = self.before[step] - count
        return step - 1 if step and 2 * late > self.batches[step - 1] else step

    def share(self, step: int, start: int, stop: int) -> mp.mpf:
        """How much of what is consumed between two steps is consumed before `step`."""
        return mp.mpf(self.before[step] - self.before[start]) / (self.before[stop] - self.before[start])


def line(start: float, end: float, u: mp.mpf) -> float:
    return float(mp.mpf(start) * (1 - u) + mp.mpf(end) * u)


def wave(start: float, end: float, u: mp.mpf) -> float:
    weight = (1 + mp.cos(mp.pi * u)) / 2
    return float(mp.mpf(start) * weight + mp.mpf(end) * (1 - weight))


@pytest.fixture(autouse=True)
def fifty_digits() -> Any:
    with mp.workdps(50):
        yield


def ramp(*points: tuple[Any, int]) -> dict[str, Any]:
    return {"kind": "piecewise", "interpolation": "previous", "points": [list(point) for point in points]}


def in_tokens(curve: Any, total: Any, *points: tuple[Any, int]) -> dict[str, Any]:
    return {"total": total, "tokens_per_step": "batch", "schedules": {"batch": ramp(*points), "learning_rate": curve}}


def agrees(program: Program, step: int, expected: float, target: str = "learning_rate") -> None:
    assert program(step, target, exact=True) == expected, step
    assert program(step, target) == pytest.approx(expected, rel=8 * 2.0**-53, abs=0), step


GPT3_RAMP = ((0, 32768), (100_000_000, 1048576), (12 * 10**9, 3_200_000))
GPT3 = in_tokens(
    {"kind": "sequence", "boundaries": ["375M tokens", "260B tokens"], "parts": [
        {"kind": "linear", "start": 0, "end": 6e-5}, {"kind": "cosine", "end": 6e-6}, {"kind": "constant"}]},
    "300B tokens", (0, 32768), ("100M tokens", 1048576), ("12B tokens", 3200000),
)  # fmt: skip


def test_gpt_3_advances_by_tokens() -> None:
    loop, program = Loop(300 * 10**9, *GPT3_RAMP), compile(GPT3)
    assert program.total == loop.at(300 * 10**9) == len(loop.batches)
    up, down = loop.at(375 * 10**6), loop.at(260 * 10**9)
    assert [program.clock.ramp("tokens")(step) for step in range(len(loop.batches))] == loop.batches
    for step in (0, 1, 1000, loop.starts[1] - 1, loop.starts[1], loop.starts[1] + 1, up - 1):
        agrees(program, step, line(0, 6e-5, loop.share(step, 0, up)))
    for step in (up, up + 1, loop.starts[2] - 1, loop.starts[2], loop.starts[2] + 1, 50_000, down - 1):
        agrees(program, step, wave(6e-5, 6e-6, loop.share(step, up, down)))
    assert [program(step) for step in (down, down + 1, len(loop.batches), 10**7)] == [6e-6] * 4


def test_gpt_3_is_at_half_its_warm_up_after_half_its_tokens() -> None:
    loop, program = Loop(10**9, *GPT3_RAMP[:2]), compile(GPT3)
    halfway = loop.at(375 * 10**6 // 2)
    assert program(halfway) == pytest.approx(3e-5, rel=0.01)
    assert halfway > 0.9 * loop.at(375 * 10**6), "most updates of the warm-up are small"


DEEPSEEK_V3 = in_tokens(
    {"kind": "sequence", "boundaries": [2000, "10T tokens", "14.3T tokens", "14.633T tokens"], "parts": [
        {"kind": "linear", "start": 0, "end": 2.2e-4}, {"kind": "constant"}, {"kind": "cosine", "end": 2.2e-5},
        {"kind": "constant"}, 7.3e-6]},
    "14.8T tokens", (0, 12582912), ("156B tokens", 29360128), ("313B tokens", 46137344), ("469B tokens", 62914560),
)  # fmt: skip


def test_deepseek_v3_turns_where_its_tokens_say() -> None:
    t = 10**12
    points = (0, 12582912), (156 * 10**9, 29360128), (313 * 10**9, 46137344), (469 * 10**9, 62914560)
    loop, program = Loop(14_800 * 10**9, *points), compile(DEEPSEEK_V3)
    assert program.total == len(loop.batches)
    down, flat, last = loop.at(10 * t), loop.at(14_300 * 10**9), loop.at(14_633 * 10**9)
    for step in (0, 1, 1999):
        agrees(program, step, line(0, 2.2e-4, mp.mpf(step) / 2000))
    assert {program(step) for step in (2000, loop.starts[1], loop.starts[3], down - 1, down)} == {2.2e-4}
    for step in (down + 1, (down + flat) // 2, flat - 1):
        agrees(program, step, wave(2.2e-4, 2.2e-5, loop.share(step, down, flat)))
    assert {program(step) for step in (flat, last - 1)} == {2.2e-5}
    assert {program(step) for step in (last, len(loop.batches), 10**9)} == {7.3e-6}


LLAMA_3 = in_tokens(
    {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0, "end": 8e-5, "duration": "8000 steps"}, {"kind": "cosine", "end": 8e-7},
        {"kind": "linear", "end": 0, "duration": "40M tokens"}]},
    "1.2M steps", (0, 4194304), ("252M tokens", 8388608), ("2.87T tokens", 16777216),
)  # fmt: skip


def test_llama_3_ends_with_its_last_40m_tokens() -> None:
    program = compile(LLAMA_3)
    starts = [0, round(252 * 10**6 / 4194304)]
    starts.append(starts[1] + round((287 * 10**10 - starts[1] * 4194304) / 8388608))
    assert program.clock.ramp("tokens").starts == tuple(starts)
    anneal = 1_200_000 - round(40 * 10**6 / 16777216)  # in steps of the last batch
    assert anneal == 1_199_998
    for step in (1, 60, 7999):
        agrees(program, step, line(0, 8e-5, mp.mpf(step) / 8000))
    for step in (8000, 10_000, starts[2], 700_000, anneal - 1):  # the total is written in steps, so these count
        agrees(program, step, wave(8e-5, 8e-7, mp.mpf(step - 8000) / (anneal - 8000)))
    assert program(anneal) == 8e-7
    assert program(anneal + 1) == 4e-7
    assert program(1_200_000) == 0.0


def test_megatron_counts_samples() -> None:
    document = {"total": "24M samples", "samples_per_step": "batch_size", "schedules": {
        "batch_size": ramp((0, 256), ("1M samples", 512), ("4M samples", 1024)),
        "learning_rate": {"kind": "sequence", "parts": [
            {"kind": "linear", "start": 0, "end": 3e-4, "duration": "256k samples"}, {"kind": "constant"},
            {"kind": "linear", "end": 3e-5, "duration": "2.4M samples"}]},
        "weight_decay": {"kind": "cosine", "start": 0.033, "end": 0.1}}}  # fmt: skip
    loop, program = Loop(24 * 10**6, (0, 256), (10**6, 512), (4 * 10**6, 1024)), compile(document)
    total = len(loop.batches)
    assert program.total == total
    assert program.targets == (("learning_rate", None), ("weight_decay", None))
    assert 256_000 // 256 == 1000
    down = total - round(2.4e6 / 1024)
    for step in (0, 999):
        agrees(program, step, line(0, 3e-4, mp.mpf(step) / 1000))
    assert {program(step) for step in (1000, loop.starts[1], loop.starts[2], down)} == {3e-4}
    agrees(program, total - 1, line(3e-4, 3e-5, loop.share(total - 1, down, total)))
    for step in (0, 1, loop.starts[1] - 1, loop.starts[1], loop.starts[2], loop.starts[2] + 1, total - 1):
        agrees(program, step, wave(0.033, 0.1, loop.share(step, 0, total)), "weight_decay")


# Ten updates of 2, ten of 4, then 8: consumed are 20 at step 10, 60 at step 20, 140 at step 30.
STEEP = ((0, 2), ("20 tokens", 4), ("60 tokens", 8))
BEFORE = [2 * k if k <= 10 else 20 + 4 * (k - 10) if k <= 20 else 60 + 8 * (k - 20) for k in range(60)]


def steep(curve: Any, total: Any = "140 tokens") -> Program:
    return compile(in_tokens(curve, total, *STEEP))


# Each row: a curve on the steep clock of 140 tokens, or 30 steps, and what it means at a step.
MEANINGS: dict[str, tuple[Any, Callable[[int], float]]] = {
    "a line fills the total by tokens": ({"kind": "linear", "start": 0, "end": 140}, lambda k: min(BEFORE[k], 140)),
    "warp and power act on the tokens": (
        {"kind": "polynomial", "start": 1, "end": 0, "power": 2, "warp": 0.5},
        lambda k: (1 - math.sqrt(min(BEFORE[k], 140) / 140)) ** 2,
    ),
    "a geometric ramp": (
        {"kind": "exponential", "start": 1, "end": 16, "duration": "100 tokens"},
        lambda k: 16 ** min(BEFORE[k] / 100, 1),
    ),
    "a rate per tokens goes on": (
        {"kind": "exponential", "start": 1, "rate": 0.5, "every": "30 tokens"}, lambda k: 0.5 ** (BEFORE[k] / 30),
    ),
    "a timescale in tokens": (
        {"kind": "power_decay", "start": 1, "timescale": "20 tokens"}, lambda k: (1 + BEFORE[k] / 20) ** -0.5,
    ),
    "a duration in steps counts steps": (
        {"kind": "linear", "start": 0, "end": 24, "duration": 24}, lambda k: min(k, 24),
    ),
    "a percentage of the total is of its tokens": (
        {"kind": "linear", "start": 0, "end": 70, "duration": "50%"},  # 70 tokens: step 21.25, thus 21, 68 tokens
        lambda k: 70 * min(BEFORE[k] / 68, 1),
    ),
    "points in tokens, lines by tokens between them": (
        {"kind": "piecewise", "interpolation": "linear", "points": [[0, 0], ["60 tokens", 60], ["100 tokens", 100]]},
        lambda k: min(BEFORE[k], 100),
    ),
    "points in steps, lines by steps between them": (
        {"kind": "piecewise", "interpolation": "linear", "points": [[0, 0], [20, 20], ["100 tokens", 60]]},
        lambda k: k if k < 20 else 20 + min(BEFORE[k] - 60, 40),
    ),
    "values at so many tokens": (
        {"kind": "piecewise", "interpolation": "previous", "every": "30 tokens", "values": [1, 2, 3, 4]},
        # 30, 60, 90 tokens are used up at steps 12.5, 20, 23.75
        lambda k: 1 + sum(k >= at for at in (13, 20, 24)),
    ),
    "a staircase in tokens": (
        {"kind": "exponential", "start": 1, "rate": 0.5, "every": "30 tokens", "staircase": True},
        # and 150 tokens at 31.25, 180 at 35, 210 at 38.75, 240 at 42.5
        lambda k: 0.5 ** sum(k >= at for at in (13, 20, 24, 28, 31, 35, 39, 43, 46, 50, 54, 58)),
    ),
    "stairs in tokens": (
        {"kind": "stair", "every": "30 tokens", "curve": {"kind": "linear", "start": 0, "end": 30, "duration": 30}},
        lambda k: max(at for at in (0, 13, 20, 24, 28) if at <= k),
    ),
    "cycles in tokens": (
        {"kind": "repeat", "period": "40 tokens", "curve": {"kind": "linear", "start": 0, "end": 1}},
        # 40, 80, 120 tokens: steps 15, 22.5, 27.5
        lambda k: (
            BEFORE[k] / 40 if k < 15 else (BEFORE[k] - 40) / (BEFORE[23] - 40) if k < 23
            else (BEFORE[k] - BEFORE[23]) / (BEFORE[28] - BEFORE[23]) if k < 28
            else min(BEFORE[k] - BEFORE[28], 140 - BEFORE[28]) / (BEFORE[33] - BEFORE[28])
        ),
    ),
    "cycles that divide a total in tokens": (
        {"kind": "repeat", "times": 2, "curve": {"kind": "linear", "start": 0, "end": 1}},
        # 70 tokens: step 21.25
        lambda k: BEFORE[k] / 68 if k < 21 else min((BEFORE[k] - 68) / 72, 1),
    ),
    "cycles in steps on a clock of tokens": (
        {"kind": "repeat", "period": 10, "curve": {"kind": "linear", "start": 0, "end": 10}},
        lambda k: k % 10 if k < 30 else 10,
    ),
    "a product in the place's unit": (
        {"kind": "product", "curves": [2, {"kind": "linear", "start": 0, "end": 1}]},
        lambda k: 2 * min(BEFORE[k] / 140, 1),
    ),
    "warm-up and decay in tokens": (
        {"kind": "wsd", "peak": 1, "warmup": "20 tokens", "decay": "40 tokens", "shape": "linear"},
        lambda k: BEFORE[k] / 20 if k < 10 else 1.0 if k < 25 else max((140 - BEFORE[k]) / 40, 0),
    ),
    "a nested part starts where it starts": (
        {"kind": "sequence", "boundaries": [15], "parts": [0, {"kind": "sequence", "parts": [
            {"kind": "linear", "start": 0, "end": 20, "duration": "20 tokens"}, {"kind": "constant"}]}]},
        lambda k: 0 if k < 15 else min(BEFORE[k] - 40, 20),
    ),
    "a shift by tokens from the start": (
        {"kind": "shift", "by": "24 tokens", "curve": {"kind": "linear", "start": 0, "end": 140}},
        lambda k: min(BEFORE[k + 11], 140),
    ),
    "a window begins before the run": (
        {"kind": "window", "length": "100 tokens", "offset": "20 tokens",
         "curve": {"kind": "linear", "start": 0, "end": 1}},
        lambda k: min((20 + BEFORE[k]) / 104, 1),  # ten updates of 2 before the run; 100 end at step 22.5, thus 23
    ),
    "a cut in tokens of what counts steps": (
        {"kind": "sequence", "boundaries": ["40 tokens"], "parts": [
            {"kind": "linear", "start": 0, "end": 30, "duration": 30}, {"kind": "constant"}]},
        lambda k: min(k, 15),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_it_means(name: str) -> None:
    curve, meaning = MEANINGS[name]
    program = steep(curve)
    assert program.total == 30
    for step in range(48):
        assert program(step) == pytest.approx(meaning(step), rel=1e-14, abs=1e-15), step


def test_a_total_in_steps_counts_steps() -> None:
    program = steep({"kind": "linear", "start": 0, "end": 30}, 30)
    assert [program(step) for step in (5, 15, 25)] == [5.0, 15.0, 25.0]


def test_the_schedule_of_the_clock_is_no_target() -> None:
    program = steep({"kind": "linear", "start": 1, "end": 0})
    assert program.targets == (("learning_rate", None),)
    assert program.hyperparameters == ("learning_rate",)
    with pytest.raises(BindingError, match=r"belongs to the clock: call program\.clock\.tokens_per_step with a step"):
        program(0, "batch")
    batch = program.clock.tokens_per_step
    assert isinstance(batch, BatchRamp)
    assert [batch(step) for step in (0, 9, 10, 19, 20, 10**9)] == [2, 2, 4, 4, 8, 8]


def test_it_may_be_followed() -> None:
    scaled = {"kind": "product", "curves": [0.5, {"kind": "follow", "schedule": "batch"}]}
    program = steep(scaled)
    assert [program(step) for step in (0, 9, 10, 19, 20)] == [1.0, 1.0, 2.0, 2.0, 4.0]


def test_a_group_may_have_an_entry_under_its_name() -> None:
    document = in_tokens(1, "140 tokens", *STEEP) | {"groups": {"head": {"batch": 3}}}
    assert compile(document).targets == (("learning_rate", None), ("batch", "head"))


def test_an_argument_names_the_schedule_too() -> None:
    document = {"schedules": {"batch": ramp(*STEEP), "learning_rate": {"kind": "linear", "start": 0, "end": 140}}}
    named = compile(document, total="140 tokens", tokens_per_step="batch")
    assert [named(step) for step in (10, 20, 30)] == [20.0, 60.0, 140.0]
    assert named.targets == (("learning_rate", None),)


def test_a_number_overrides_the_ramp() -> None:
    program = compile(in_tokens({"kind": "linear", "start": 0, "end": 140}, "140 tokens", (0, 2)),
                      tokens_per_step=14)  # fmt: skip
    assert program.total == 10
    assert program.targets == (("learning_rate", None),)


def test_a_ramp_may_be_given_by_values() -> None:
    by_values = {"kind": "piecewise", "interpolation": "previous", "every": 10, "values": [2, 4, 8]}
    document = in_tokens({"kind": "linear", "start": 0, "end": 140}, "140 tokens", *STEEP)
    document["schedules"]["batch"] = by_values
    assert compile(document).body == steep({"kind": "linear", "start": 0, "end": 140}).body


def test_a_ramp_that_stays_is_a_number() -> None:
    curve = {"kind": "sequence", "boundaries": ["30 tokens"], "parts": [{"kind": "linear", "start": 0, "end": 1}, {
        "kind": "cosine", "end": 0}]}  # fmt: skip
    named, counted = compile(in_tokens(curve, "140 tokens", (0, 4))), compile(
        {"total": "140 tokens", "tokens_per_step": 4, "schedules": {"learning_rate": curve}})  # fmt: skip
    assert named.body == counted.body


def test_programs_and_states_survive_as_text() -> None:
    program = steep({"kind": "cosine", "start": 1, "end": 0})
    assert Program.from_json(program.to_json()) == program
    assert State.from_json(program.start().to_json()) == program.start()
    assert load(program.spec.to_json()) == program.spec


def test_a_state_of_a_damaged_ramp_is_refused() -> None:
    text = steep(1).to_json()
    for wrong in ('"counts": [2, 4]', '"counts": [2, 4, 0]', '"counts": [2, 4, "8"]', '"counts": 8'):
        with pytest.raises(SpecError, match="clock"):
            Program.from_json(text.replace('"counts": [2, 4, 8]', wrong))


def test_a_run_advances_by_tokens() -> None:
    program = steep({"kind": "linear", "start": 0, "end": 1})
    scheduler = unisched.build(program, form="scheduler")
    places = []
    for tokens in (19, 1, 3, 1, 36, 80, 7):
        scheduler.advance(tokens=tokens)
        places.append((scheduler.state().step, scheduler.state().carry))
    assert places == [(9, 1), (10, 0), (10, 3), (11, 0), (20, 0), (30, 0), (30, 7)]
    assert State.from_json(scheduler.state().to_json()) == scheduler.state()
    with pytest.raises(StepError, match="samples_per_step"):
        scheduler.advance(samples=1)


def test_a_backend_that_carries_the_learning_rate_only_takes_it() -> None:
    rate = unisched.build(GPT3, "numpy")
    assert rate(91_901) == 6e-6


def test_the_command_line_takes_the_name_too(tmp_path: Path) -> None:
    document = {"schedules": {"batch": ramp(*STEEP), "learning_rate": {"kind": "linear", "start": 0, "end": 140}}}
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    run = CliRunner().invoke(
        main, ["show", str(path), "--total", "140 tokens", "--tokens-per-step", "batch", "--at", "20", "--json"]
    )
    shown = json.loads(run.output)
    assert shown["clock"]["tokens_per_step"] == {"schedule": "batch", "starts": [0, 10, 20], "counts": [2, 4, 8]}
    assert shown["values"] == {"20": {"learning_rate": 60.0}}


@settings(max_examples=100, deadline=None)
@given(
    gaps=st.lists(st.integers(1, 9), max_size=4),
    counts=st.lists(st.integers(1, 30), min_size=5, max_size=5),
    step=st.integers(0, 50),
    count=st.integers(0, 900),
)
def test_a_ramp_counts_as_a_loop_does(gaps: list[int], counts: list[int], step: int, count: int) -> None:
    starts = tuple(sum(gaps[:index]) for index in range(len(gaps) + 1))
    grown = BatchRamp(schedule="batch", starts=starts, counts=tuple(counts[: len(starts)]))
    sizes = [counts[max(index for index, start in enumerate(starts) if start <= k)] for k in range(1000)]
    after, left = step, count
    while left >= sizes[after]:
        after, left = after + 1, left - sizes[after]
    assert grown.advanced(step, count) == (after, left)
    assert [grown(k) for k in range(60)] == sizes[:60]
    assert [grown.consumed(k) for k in range(60)] == [sum(sizes[:k]) for k in range(60)]
    assert grown.reached(grown.consumed(Fraction(step) + Fraction(1, 3))) == step + Fraction(1, 3)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    batches=st.lists(st.integers(1, 20), min_size=5, max_size=5),
    marks=st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True),
)
def test_boundaries_are_where_a_loop_that_counts_finds_them(
    steps: Sequence[int], batches: Sequence[int], marks: list[int]
) -> None:
    starts = [sum(steps[:index]) for index in range(len(steps) + 1)]
    sizes = [batches[max(i for i, at in enumerate(starts) if at <= step)] for step in range(2000)]
    before = [0]
    for size in sizes:
        before.append(before[-1] + size)

    def nearest(count: int) -> int:
        step = next(step for step in range(len(before)) if before[step] >= count)
        return step - (2 * (before[step] - count) > sizes[step - 1])

    found = sorted({nearest(mark): mark for mark in marks}.items())
    if found[0][0] == 0:
        return
    total = max(found[-1][0], starts[-1]) + 5
    lines = [{"kind": "linear", "start": index, "end": index + 1} for index in range(len(found) + 1)]
    bounded = {"kind": "sequence", "boundaries": [f"{mark} tokens" for _, mark in found], "parts": lines}
    program = compile(in_tokens(bounded, total, *zip(starts, batches, strict=False)))
    edges = [0, *(step for step, _ in found)]
    for index, (left, right) in enumerate(pairwise(edges)):
        for step in range(left, right):
            share = Fraction(before[step] - before[left], before[right] - before[left])
            assert program(step, exact=True) == float(index + share), step
    for step in range(edges[-1], total):
        assert program(step, exact=True) == float(len(found) + Fraction(step - edges[-1], total - edges[-1])), step


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(st.integers(1, 9), min_size=2, max_size=6),
    shares=st.lists(st.integers(10, 60), min_size=2, max_size=5),
)
def test_parts_in_tokens_always_add_up(batches: list[int], shares: list[int]) -> None:
    points = [(7 * index, batch) for index, batch in enumerate(batches)]
    held = [{"kind": "constant", "value": index, "duration": f"{share} tokens"} for index, share in enumerate(shares)]
    total = f"{sum(shares) + 400} tokens"
    one_by_one = seq(*held, {"kind": "constant", "value": 9})
    bounded = {"kind": "sequence", "parts": [*range(len(shares)), 9],
               "boundaries": [f"{sum(shares[: index + 1])} tokens" for index in range(len(shares))]}  # fmt: skip
    bodies = [compile(in_tokens(curve, total, *points)).body for curve in (one_by_one, bounded)]
    assert bodies[0] == bodies[1]


def seq(*parts: Any) -> dict[str, Any]:
    return {"kind": "sequence", "parts": list(parts)}


CYCLE = {"kind": "repeat", "period": 5, "curve": {"kind": "linear", "start": 1, "end": 0, "duration": "4 tokens"}}

LINE = {"kind": "linear", "start": 0, "end": 1}

FAULTS: list[tuple[Document, str, str, str]] = [
    (in_tokens({"kind": "product", "curves": [LINE] * 31}, "1000k tokens", *((step, step + 1) for step in range(1000))),
     "program.too_large", f"{LR}.curves[30]", "splits curves into more than 30000 rows"),
    (in_tokens(1, 10, (0, 1)) | {"tokens_per_step": "bach"}, "ref.undefined", "tokens_per_step", "mean 'batch'?"),
    (in_tokens(1, 10, (0, 1)) | {"tokens_per_step": "lr"}, "hyperparameter.name", "tokens_per_step", "learning_rate"),
    (in_tokens(1, 10, (0, 1)) | {"tokens_per_step": "4096"}, "type.integer", "tokens_per_step", "without quotes"),
    (in_tokens(1, 10, (0, 1)) | {"tokens_per_step": "learning_rate"}, "ramp.kind", LR, "is no batch ramp"),
    (in_tokens(1, 10, (0, 1)) | {"samples_per_step": "batch", "tokens_per_step": None} | {
        "schedules": {"learning_rate": 1, "batch": ramp((0, 1), ("5 tokens", 2))}}, "ramp.unit",
     "schedules.batch.points[1]", "in neither steps nor samples"),
    (in_tokens(1, 10, (0, 1), ("5 epochs", 2)), "ramp.unit", "schedules.batch.points[1]", "nor tokens"),
    (in_tokens(1, 10, (0, 1.5)), "ramp.value", "schedules.batch.points[0]", "1.5 is not a whole number from 1"),
    (in_tokens(1, 10, (0, 0)), "ramp.value", "schedules.batch.points[0]", "0.0 is not a whole number from 1"),
    (in_tokens(1, 10, (0, 4), ("5 tokens", 8), ("7 tokens", 9)), "piecewise.order", "schedules.batch.points[2]",
     "stands at step 1, not after step 1"),
    ({"tokens_per_step": "batch", "schedules": {"batch": ramp((0, 4))}}, "seq.empty", "schedules", "the clock's"),
    (in_tokens(CYCLE, 20, *STEEP), "ramp.cycle", f"{LR}.curve.duration", "is not as long in every cycle"),
    ({**in_tokens({"kind": "stair", "every": "9 tokens", "curve": 1}, 9, *STEEP), "total": None}, "ramp.endless",
     f"{LR}.every", "there is no last one"),
    (in_tokens(seq({"kind": "constant", "value": 1}, {"kind": "linear", "end": 0, "duration": "200 tokens"}),
               "140 tokens", *STEEP), "sequence.full", f"{LR}.parts[0]", "leave nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "path", "words"), FAULTS)
def test_it_is_refused(document: Document, code: str, path: str, words: str) -> None:
    with pytest.raises(SpecError) as raised:
        compile(document)
    assert (raised.value.code, raised.value.path) == (code, path)
    assert words in str(raised.value)
